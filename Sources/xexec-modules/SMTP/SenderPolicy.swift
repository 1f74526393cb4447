/// Who a user may send mail as: the login name, and what the administrator lists for it.
struct SenderPolicy {
  /// The user's own address.
  let own: Mailbox
  private let aliases: [Mailbox]

  /// - Parameters:
  ///   - user: The login name.
  ///   - domain: What makes an address of a login name without a domain.
  ///   - aliases: The administrator's list, if there is one.
  /// - Throws: ``Refusal`` if the login name makes no address, or the list has an error.
  init(user: String, domain: String?, aliases: AliasFile?) throws {
    let address = user.contains("@") ? user : domain.map { "\(user)@\($0)" } ?? user
    do {
      own = try Mailbox(address)
    } catch {
      throw Refusal(
        .misconfigured, "[CONTACTADMIN] Your login name makes no mail address: \(error.reason).")
    }
    self.aliases = try aliases?.addresses(of: user) ?? []
  }

  /// Whether the user may send as this address.
  func allows(_ address: Mailbox) -> Bool {
    own.isSame(as: address) || aliases.contains { $0.isSame(as: address) }
  }

  /// Checks the sender of an envelope.
  ///
  /// - Throws: ``Refusal`` if the user may not send as this address.
  func checkSender(_ sender: Mailbox) throws(Refusal) {
    guard allows(sender) else {
      throw Refusal(
        .notPermitted,
        "[NOPERM] You may not send mail as \(sender.text). Nothing was sent.")
    }
  }

  /// Checks who a message says it is from.
  ///
  /// - Parameter header: Its header. One without a From field claims nothing.
  /// - Throws: ``Refusal`` if it names an address that the user may not send as, or if it cannot be
  ///   told whom it names.
  func checkFrom(header: some Sequence<UInt8>) throws(Refusal) {
    let addresses: [Mailbox]?
    do {
      addresses = try FromField(header: header).addresses
    } catch .twice {
      throw Refusal(.badData, "The message has more than one From field. Nothing was sent.")
    } catch {
      throw Refusal(
        .badData, "The message's From field cannot be read as addresses. Nothing was sent.")
    }
    guard let forged = addresses?.first(where: { !allows($0) }) else { return }
    throw Refusal(
      .notPermitted,
      "[NOPERM] The message says it is from \(forged.text), and you may not send mail as that. "
        + "Nothing was sent.")
  }
}

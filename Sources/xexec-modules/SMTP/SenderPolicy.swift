/// Who a user may send mail as: the login name, and what the administrator lists for it. All are
/// allowed with sub-addresses (`joe+news@example.com`).
struct SenderPolicy {
  /// The user's own address.
  let own: Mailbox
  /// What of the administrator's list could not be used.
  let faults: [AliasFile.Fault]
  private let entries: [AliasFile.Entry]
  private let recipientDelimiter: String

  /// - Parameters:
  ///   - user: The login name.
  ///   - domain: What makes an address of a login name without a domain.
  ///   - aliases: The administrator's list, if there is one.
  ///   - recipientDelimiter: What parts a sub-address from the address: any of these characters.
  /// - Throws: ``Refusal`` if the login name makes no address.
  init(
    user: String, domain: String?, aliases: AliasFile?, recipientDelimiter: String = "+"
  ) throws(Refusal) {
    let address = user.contains("@") ? user : domain.map { "\(user)@\($0)" } ?? user
    do throws(Mailbox.Fault) {
      own = try Mailbox(address)
    } catch {
      throw Refusal(
        .misconfigured, "Your login name makes no mail address: \(error.reason).",
        log: .error("\"\(address)\" is no mail address, \(error.reason): see --domain"))
    }
    let listed = aliases?.entries(of: user, address: own)
    entries = listed?.entries ?? []
    faults = (aliases?.faults ?? []) + (listed?.faults ?? [])
    self.recipientDelimiter = recipientDelimiter
  }

  /// Whether the user may send as this address.
  func allows(_ address: Mailbox) -> Bool {
    isListed(address)
      || address.withoutDetail(behind: recipientDelimiter).map(isListed) ?? false
  }

  private func isListed(_ address: Mailbox) -> Bool {
    own.isSame(as: address)
      || entries.contains { entry in
        switch entry {
        case .address(let allowed): allowed.isSame(as: address)
        case .domain(let domain): address.isSame(domain: domain)
        }
      }
  }

  /// Checks the sender of an envelope.
  ///
  /// - Throws: ``Refusal`` if the user may not send as this address.
  func checkSender(_ sender: Mailbox) throws(Refusal) {
    guard allows(sender) else {
      throw Refusal(
        .notPermitted,
        "You may not send mail as \(sender.text). Nothing was sent.")
    }
  }

  /// Checks who a message says it is from, in From and Sender. One without these claims nothing.
  ///
  /// - Parameters:
  ///   - octets: Its header.
  ///   - mayBeResent: Whether a message that says it is sent once more is judged by who sends it now
  ///     (Resent-From, Resent-Sender), and not by who wrote it.
  /// - Throws: ``Refusal`` if it names an address that the user may not send as, be it as a display
  ///   name, or if it cannot be told whom it names.
  func checkHeader(_ octets: some Sequence<UInt8>, mayBeResent: Bool = true) throws(Refusal) {
    let header = Header(octets)
    let resending = header.lastResending()
    var fields = resending
    if !mayBeResent || resending.isEmpty {
      do throws(Header.Twice) {
        fields += try header.origin()
      } catch {
        throw Refusal(
          .badData, "The message has more than one \(error.name) field. Nothing was sent.")
      }
    }
    for field in fields { try check(field) }
  }

  private func check(_ field: Header.Field) throws(Refusal) {
    let title = field.name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }
      .joined(separator: "-")
    let list: AddressField
    do throws(AddressField.Unreadable) {
      list = try AddressField(field.body)
    } catch {
      throw Refusal(
        .badData, "The message's \(title) field cannot be read as addresses. Nothing was sent.")
    }
    if let forged = list.addresses.first(where: { !allows($0) }) {
      throw Refusal(
        .notPermitted,
        "The message says it is from \(forged.text)"
          + (field.name == "from" ? "" : " (\(title))")
          + ", and you may not send mail as that. Nothing was sent.")
    }
    let shown = list.names.flatMap { DisplayName($0).addresses }
    if shown.contains(where: { !((try? Mailbox($0)).map(allows) ?? false) }) {
      throw Refusal(
        .notPermitted,
        "A name in the message's \(title) field is a mail address, and not one that you "
          + "may send mail as. Nothing was sent.")
    }
  }
}

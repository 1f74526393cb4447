/// What a client asks of the forwarding.
enum ForwardRequest: Equatable {
  case forward(Forwarding)
  case off
  case status

  /// Reads the client's words. Those that are no address may be in any case.
  ///
  /// - Throws: ``Refusal`` if they are not `ADDRESS`, `ADDRESS keep`, `off` or `status`, or the
  ///   address is the user's own.
  init(_ words: [String], from user: MailUser) throws(Refusal) {
    let first = words.first?.lowercased()
    switch words.count {
    case 1 where first == "off":
      self = .off
    case 1 where first == "status":
      self = .status
    case 1,
      2 where words[1].lowercased() == "keep":
      let address = try MailAddress(words[0])
      guard address.ascii.lowercased() != user.name.lowercased(),
        address.text.lowercased() != user.name.lowercased()
      else {
        throw Refusal(.badData, "Mail for \(user.name) cannot be forwarded to the same address")
      }
      self = .forward(Forwarding(address: address, keepsCopy: words.count == 2))
    default:
      throw Refusal(.usage, "Usage: ADDRESS, ADDRESS keep, off, or status")
    }
  }

  /// The forwarding that there shall be, in the place of another.
  func result(from old: Forwarding?) -> Forwarding? {
    switch self {
    case .forward(let forwarding): forwarding
    case .off: nil
    case .status: old
    }
  }

  /// The answer, when the forwarding was `old`.
  func answer(from old: Forwarding?, user: MailUser) -> String {
    switch self {
    case .forward(let forwarding):
      (forwarding == old ? "Already forwarding" : "Forwarding") + " mail for \(user.name) to "
        + forwarding.address.text + (forwarding.keepsCopy ? ", a copy is kept" : "")
    case .off where old != nil:
      "No longer forwarding mail for \(user.name)"
    case .off, .status:
      old.map {
        "Mail for \(user.name) is forwarded to \($0.address.text), "
          + ($0.keepsCopy ? "a copy is kept" : "no copy is kept")
      } ?? "Mail for \(user.name) is not forwarded"
    }
  }
}

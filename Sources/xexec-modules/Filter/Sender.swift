/// What an entry of a list stands for: one sender, or all of a domain.
///
/// `@example.com` is that domain and none below it. Case does not matter, as in the comparison that
/// Sieve makes: an entry is in lower case, the local part too. `joe@example.com` is not
/// `joe+news@example.com`, and `*` and `?` are characters as any other.
enum Sender: Equatable {
  case address(String)
  case domain(String)

  /// Checks an address, or a domain behind an `@`.
  ///
  /// - Throws: ``Refusal`` (bad data) with the reason.
  init(_ text: String) throws(Refusal) {
    guard text.hasPrefix("@") else {
      self = .address(try MailAddress(text).text.lowercased())
      return
    }
    try MailAddress.checkCharacters(text)
    let domain = text.dropFirst()
    guard MailAddress.isDomain(domain) else {
      throw Refusal(.badData, "The domain is not of the form @example.com")
    }
    self = .domain(domain.lowercased())
  }

  /// The entry, as it stands in a list.
  var text: String {
    switch self {
    case .address(let address): address
    case .domain(let domain): "@\(domain)"
    }
  }
}

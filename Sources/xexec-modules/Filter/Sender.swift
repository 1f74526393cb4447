/// What an entry of a list stands for: one sender, or all of a domain, or all below one.
///
/// `@example.com` is that domain and none below it; `@*.example.com` are those below it alone. Case
/// does not matter, as in the comparison that Sieve makes: an entry is in lower case, the local part
/// too. `joe@example.com` is not `joe+news@example.com`, and in a local part `*` and `?` are
/// characters as any other, unless a `*` is all of it: people write `*@example.com` for the domain.
enum Sender: Equatable {
  case address(String)
  case domain(String)
  case subdomains(String)

  /// Checks an address, or a domain: `@example.com`, `*@example.com`, `@*.example.com` or
  /// `*.example.com`. It may stand in angle brackets.
  ///
  /// - Throws: ``Refusal`` (bad data) with the reason.
  init(_ text: String) throws(Refusal) { try self.init(octets: Array(text.utf8)[...]) }

  /// Checks one that is UTF-8.
  ///
  /// - Throws: ``Refusal`` (bad data) with the reason.
  init(octets: ArraySlice<UInt8>) throws(Refusal) {
    let octets = MailAddress.withoutBrackets(octets)
    guard let domain = Self.domainPattern(octets) else {
      let address = try MailAddress(octets: octets)
      self = .address("\(address.localPart.lowercased())@\(address.domain)")
      return
    }
    try MailAddress.checkShape(octets)
    let isBelow = domain.starts(with: Self.starDot)
    guard let name = try MailAddress.domain(isBelow ? domain.dropFirst(2) : domain) else {
      throw Refusal(.badData, "The domain is not of the form @example.com")
    }
    guard name.utf8.contains(UInt8(ascii: ".")) else {
      throw Refusal(.badData, "The domain is a whole top-level domain, which is not accepted")
    }
    self = isBelow ? .subdomains(name) : .domain(name)
  }

  /// The entry, as it stands in a list.
  var text: String {
    switch self {
    case .address(let address): address
    case .domain(let domain): "@\(domain)"
    case .subdomains(let domain): "@*.\(domain)"
    }
  }

  /// The entry in ASCII: the same for all the forms in which it can be written.
  var ascii: String {
    switch self {
    case .address(let text): Self.forms(of: text).first ?? text
    case .domain(let domain): "@\(DomainName.ascii(domain) ?? domain)"
    case .subdomains(let domain): "@*.\(DomainName.ascii(domain) ?? domain)"
    }
  }

  /// An address, with its domain in each form that mail can have it in.
  static func forms(of address: String) -> [String] {
    guard DomainName.isInternational(address.utf8),
      let separator = address.lastIndex(of: "@")
    else { return [address] }
    let domain = address[address.index(after: separator)...]
    return DomainName.forms(String(domain)).map { "\(address[...separator])\($0)" }
  }

  private static let starDot = Array("*.".utf8)

  /// What stands behind the `@` of a domain; nil for an address.
  static func domainPattern(_ octets: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let at = UInt8(ascii: "@")
    if octets.first == at { return octets.dropFirst() }
    guard octets.first == UInt8(ascii: "*"), let second = octets.dropFirst().first else {
      return nil
    }
    if second == at { return octets.dropFirst(2) }
    // *.name@example.com is an address, though none of the usual form
    return second == starDot[1] && !octets.contains(at) ? octets : nil
  }
}

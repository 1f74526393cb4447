/// An e-mail address, `name@example.com`, as it may stand in an envelope and in a Sieve script.
///
/// The local part is a Dot-string (RFC 5321, section 4.1.2), the domain one of host names; both are
/// ASCII. Without quoted local parts, address literals, source routes and comments nothing is left
/// that means anything to Sieve, SMTP or a header. A name beyond ASCII would match nothing:
/// Dovecot 2.3 offers no SMTPUTF8. The underscore, which no host name has, is found in real ones.
struct MailAddress: Equatable {
  /// The part before the `@`, in the case it was written in.
  let localPart: String

  /// The domain, in lower case.
  let domain: String

  /// The address, with the domain in lower case.
  var text: String { "\(localPart)@\(domain)" }

  /// Octets that an address may have (RFC 5321, section 4.5.3.1.3, without the angle brackets).
  static let maxLength = 254
  /// Octets that a local part may have (section 4.5.3.1.1).
  static let maxLocalPartLength = 64
  /// Octets that a label of a domain may have (RFC 1035, section 2.3.4).
  static let maxLabelLength = 63

  /// Checks an address.
  ///
  /// - Throws: ``Refusal`` (bad data) with the reason.
  init(_ text: String) throws(Refusal) {
    try Self.checkCharacters(text)
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, Self.isDotString(parts[0]), Self.isDomain(parts[1]) else {
      throw Refusal(.badData, "The address is not of the form name@example.com")
    }
    guard parts[0].utf8.count <= Self.maxLocalPartLength else {
      throw Refusal(
        .badData, "The address has more than \(Self.maxLocalPartLength) octets before the @")
    }
    localPart = String(parts[0])
    domain = parts[1].lowercased()
  }

  /// Checks what holds for every word that is to be an address, or was one in an old list: it is
  /// there, not too long, and on one line in one piece.
  ///
  /// - Throws: ``Refusal`` (bad data) with the reason.
  static func checkShape(_ text: String) throws(Refusal) {
    guard !text.isEmpty else { throw Refusal(.badData, "The address is empty") }
    guard text.utf8.count <= maxLength else {
      throw Refusal(.badData, "The address is longer than \(maxLength) octets")
    }
    let isBroken = text.unicodeScalars.contains {
      $0.properties.generalCategory == .control || $0.properties.isWhitespace
    }
    guard !isBroken else {
      throw Refusal(.badData, "The address holds a blank or a control character")
    }
  }

  /// ``checkShape(_:)``, and that all of it is ASCII.
  static func checkCharacters(_ text: String) throws(Refusal) {
    try checkShape(text)
    guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
      throw Refusal(
        .badData, "The address is not plain ASCII; a domain can be written in its xn-- form")
    }
  }

  /// Whether a text is a domain of host names: labels of letters, digits, `-` and `_`.
  static func isDomain(_ text: some StringProtocol) -> Bool {
    text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      (1...maxLabelLength).contains(label.utf8.count)
        && label.first != "-" && label.last != "-"
        && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F }
    }
  }

  /// RFC 5321: `Atom *("." Atom)`.
  private static func isDotString(_ text: some StringProtocol) -> Bool {
    text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { atom in
      !atom.isEmpty && atom.utf8.allSatisfy { isAlphanumeric($0) || marks.contains($0) }
    }
  }

  /// `atext` of RFC 5322, section 3.2.3, without letters and digits.
  private static let marks = Array("!#$%&'*+-/=?^_`{|}~".utf8)

  private static func isAlphanumeric(_ octet: UInt8) -> Bool {
    switch octet {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: false
    }
  }
}

/// An e-mail address, `name@example.com`, as it may stand in an envelope and in a Sieve script.
///
/// The local part is a Dot-string (RFC 5321, section 4.1.2) in ASCII, the domain one of host names.
/// Without quoted local parts, address literals, source routes and comments nothing is left that
/// means anything to Sieve, SMTP or a header. A local part beyond ASCII would match nothing: Dovecot
/// 2.3 offers no SMTPUTF8. The underscore, which no host name has, is found in real ones.
struct MailAddress: Equatable {
  /// The part before the `@`, in the case it was written in.
  let localPart: String

  /// The domain, in lower case: in ASCII, or with letters beyond it (see ``DomainName``).
  let domain: String

  /// The address, with the domain in lower case.
  var text: String { "\(localPart)@\(domain)" }

  /// The address in ASCII, as SMTP takes it.
  var ascii: String { "\(localPart)@\(DomainName.ascii(domain) ?? domain)" }

  /// Octets that an address may have (RFC 5321, section 4.5.3.1.3, without the angle brackets).
  static let maxLength = 254
  /// Octets that a local part may have (section 4.5.3.1.1).
  static let maxLocalPartLength = 64
  /// Octets that a label of a domain may have (RFC 1035, section 2.3.4).
  static let maxLabelLength = 63

  /// Checks an address. It may stand in angle brackets.
  ///
  /// - Throws: ``Refusal`` (bad data) with the reason.
  init(_ text: String) throws(Refusal) {
    try self.init(octets: Self.withoutBrackets(Array(text.utf8)[...]))
  }

  /// Checks an address, which is UTF-8.
  ///
  /// - Throws: ``Refusal`` (bad data) with the reason.
  init(octets: ArraySlice<UInt8>) throws(Refusal) {
    try Self.checkShape(octets)
    guard let separator = octets.firstIndex(of: UInt8(ascii: "@")) else { throw Self.badForm }
    let name = octets[..<separator]
    guard name.allSatisfy({ $0 < 0x80 }) else {
      throw Refusal(.badData, "The address is not plain ASCII before the @")
    }
    guard Self.isDotString(name) else { throw Self.badForm }
    guard let domain = try Self.domain(octets[(separator + 1)...]) else { throw Self.badForm }
    guard name.count <= Self.maxLocalPartLength else {
      throw Refusal(
        .badData, "The address has more than \(Self.maxLocalPartLength) octets before the @")
    }
    localPart = String(decoding: name, as: UTF8.self)
    self.domain = domain
  }

  private static let badForm = Refusal(
    .badData, "The address is not of the form name@example.com")

  /// What stands in a pair of angle brackets, `<joe@example.com>`.
  static func withoutBrackets(_ octets: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard octets.count > 2, octets.first == UInt8(ascii: "<"), octets.last == UInt8(ascii: ">")
    else { return octets }
    return octets.dropFirst().dropLast()
  }

  /// Checks what holds for every word that is to be an address: it is there, not too long, and on
  /// one line in one piece.
  ///
  /// - Throws: ``Refusal`` (bad data) with the reason.
  static func checkShape(_ octets: ArraySlice<UInt8>) throws(Refusal) {
    guard !octets.isEmpty else { throw Refusal(.badData, "The address is empty") }
    guard octets.count <= maxLength else {
      throw Refusal(.badData, "The address is longer than \(maxLength) octets")
    }
    let isBroken =
      octets.contains { $0 <= 0x20 || $0 == 0x7F }
      || (octets.contains { $0 >= 0x80 }
        && String(decoding: octets, as: UTF8.self).unicodeScalars.contains {
          $0.properties.generalCategory == .control || $0.properties.isWhitespace
        })
    guard !isBroken else {
      throw Refusal(.badData, "The address holds a blank or a control character")
    }
  }

  /// A domain of host names, in lower case.
  ///
  /// - Returns: Nil if it is none.
  /// - Throws: ``Refusal`` if it has letters beyond ASCII, and none of that name can be had.
  static func domain(_ octets: ArraySlice<UInt8>) throws(Refusal) -> String? {
    if isDomain(octets) { return String(decoding: octets, as: UTF8.self).lowercased() }
    guard octets.contains(where: { $0 >= 0x80 }) else { return nil }
    guard let text = String(validating: octets, as: UTF8.self),
      let ascii = DomainName.ascii(text)
    else {
      throw Refusal(
        .badData, "The domain cannot be taken as it is; it can be written in its xn-- form")
    }
    return DomainName.unicode(ascii) ?? ascii
  }

  /// Whether octets are a domain of host names: labels of letters, digits, `-` and `_`.
  static func isDomain(_ octets: ArraySlice<UInt8>) -> Bool {
    let hyphen = UInt8(ascii: "-")
    var length = 0
    var last: UInt8 = 0
    for octet in octets {
      if octet == UInt8(ascii: ".") {
        if length == 0 || last == hyphen { return false }
        length = 0
      } else {
        guard isAlphanumeric(octet) || octet == hyphen || octet == UInt8(ascii: "_"),
          octet != hyphen || length > 0, length < maxLabelLength
        else { return false }
        length += 1
      }
      last = octet
    }
    return length > 0 && last != hyphen
  }

  /// RFC 5321: `Atom *("." Atom)`.
  private static func isDotString(_ octets: ArraySlice<UInt8>) -> Bool {
    var last = UInt8(ascii: ".")
    for octet in octets {
      if octet == UInt8(ascii: ".") {
        if last == octet { return false }
      } else if !isAlphanumeric(octet) && !marks.contains(octet) {
        return false
      }
      last = octet
    }
    return last != UInt8(ascii: ".")
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

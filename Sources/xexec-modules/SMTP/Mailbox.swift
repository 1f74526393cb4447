import Glibc

/// A mail address that can stand in an SMTP command: `Mailbox` of RFC 5321, section 4.1.2.
///
/// Checked octet by octet, so that no address can end its command, or add a parameter to it. It is
/// stricter than the RFC where a relay could read an address in another way: angle brackets are
/// refused inside of quotes too. It is wider in the domain: the underscore, which no host name has,
/// is found in real ones.
///
/// A ``MailAddress`` is a plainer one, without quotes, address literals and letters beyond ASCII.
struct Mailbox: Equatable {
  /// The address as it was given.
  let text: String
  /// What stands before the last `@`.
  let localPart: String
  /// What stands behind it.
  let domain: String
  /// The domain as it goes to a relay: in A-labels, if it has other letters than ASCII and can be
  /// said so.
  let asciiDomain: String

  /// Reads an address.
  ///
  /// - Throws: ``Fault``: what is wrong with it.
  init(_ text: String) throws(Fault) {
    guard !text.isEmpty else { throw .empty }
    guard text.utf8.count <= 254 else { throw .tooLong }
    guard text.unicodeScalars.allSatisfy(Self.isVisible) else { throw .blankOrControl }
    guard let separator = text.lastIndex(of: "@") else { throw .noDomain }
    localPart = String(text[..<separator])
    domain = String(text[text.index(after: separator)...])
    guard Self.isDomain(domain) else { throw .badDomain }
    guard localPart.utf8.count <= 64 else { throw .tooLong }
    guard Self.isDotString(localPart) || Self.isQuotedString(localPart) else {
      throw .badLocalPart
    }
    asciiDomain = DomainLabels.ascii(domain) ?? domain
    self.text = text
  }

  /// The address as it goes to a relay.
  var wireText: String { "\(localPart)@\(asciiDomain)" }

  /// Whether the address can only be sent to a relay that knows SMTPUTF8 (RFC 6531).
  var needsUTF8: Bool { !wireText.utf8.allSatisfy { $0 < 0x80 } }

  /// Whether both are the same mailbox: the case of ASCII letters does not matter, not in front of
  /// the `@` either, where no mail server tells it apart. Nor does the spelling of an international
  /// domain.
  func isSame(as other: Mailbox) -> Bool {
    Self.lower(localPart) == Self.lower(other.localPart) && isSame(domain: other.domain)
  }

  /// Whether a domain is that of this address.
  func isSame(domain other: String) -> Bool {
    if domain.utf8.elementsEqual(other.utf8) { return true }
    return Self.lower(asciiDomain) == Self.lower(DomainLabels.ascii(other) ?? other)
  }

  /// The address without what follows a delimiter: `joe@example.com` for `joe+x@example.com`.
  ///
  /// - Parameter delimiters: Characters, any of which is one.
  /// - Returns: Nil if the address has no such part.
  func withoutDetail(behind delimiters: String) -> Mailbox? {
    guard !localPart.hasPrefix("\""),
      let end = localPart.firstIndex(where: { delimiters.contains($0) }),
      end > localPart.startIndex
    else { return nil }
    return try? Mailbox("\(localPart[..<end])@\(domain)")
  }

  /// The octets, with the letters A to Z in lower case.
  static func lower(_ text: some StringProtocol) -> [UInt8] {
    text.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
  }

  /// Whether a text is a domain of a mail address, or an address literal such as `[192.0.2.1]`.
  static func isDomain(_ text: String) -> Bool {
    if text.hasPrefix("["), text.hasSuffix("]") {
      return isAddressLiteral(String(text.dropFirst().dropLast()))
    }
    guard (1...253).contains(text.utf8.count) else { return false }
    return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
        && label.unicodeScalars.allSatisfy {
          isLetterOrDigit($0) || $0 == "-" || $0 == "_" || isForeign($0)
        }
    }
  }

  private static func isAddressLiteral(_ text: String) -> Bool {
    var address = in6_addr()
    if text.hasPrefix("IPv6:") {
      return inet_pton(AF_INET6, String(text.dropFirst(5)), &address) == 1
    }
    return inet_pton(AF_INET, text, &address) == 1
  }

  private static func isDotString(_ text: String) -> Bool {
    text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { atom in
      !atom.isEmpty
        && atom.unicodeScalars.allSatisfy {
          isLetterOrDigit($0) || "!#$%&'*+-/=?^_`{|}~".unicodeScalars.contains($0) || isForeign($0)
        }
    }
  }

  private static func isQuotedString(_ text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    guard scalars.count >= 3, scalars.first == "\"", scalars.last == "\"" else { return false }
    var isEscaped = false
    for scalar in scalars.dropFirst().dropLast() {
      if scalar == "<" || scalar == ">" { return false }
      if isEscaped {
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else if scalar == "\"" {
        return false
      }
    }
    return !isEscaped
  }

  /// Neither a blank nor a control character, nor one that is not seen (Unicode's categories C and
  /// Z).
  private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value > 0x20 && scalar.value < 0x7F }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned: return false
    case .spaceSeparator, .lineSeparator, .paragraphSeparator: return false
    default: return scalar != "\u{FFFD}"
    }
  }

  private static func isForeign(_ scalar: Unicode.Scalar) -> Bool { !scalar.isASCII }

  private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
  }
}

extension Mailbox {
  /// Why a text is no mail address that can be used.
  enum Fault: Error {
    case empty
    case tooLong
    case blankOrControl
    case noDomain
    case badDomain
    case badLocalPart

    /// The end of a sentence that starts with what the text was to be.
    var reason: String {
      switch self {
      case .empty: "it is empty"
      case .tooLong: "it is too long"
      case .blankOrControl: "it holds a blank or a control character"
      case .noDomain: "it has no @ and no domain"
      case .badDomain: "what stands behind the @ is no domain"
      case .badLocalPart: "what stands before the @ is not allowed"
      }
    }
  }
}

import CXexec

/// The octets that have a meaning of their own in settings, programs' text and IMAP.
enum ASCII {
  static let nul: UInt8 = 0x00
  /// ENQ, the prompt octet.
  static let prompt: UInt8 = 0x05
  static let tab: UInt8 = 0x09
  static let lineFeed: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D
  static let space: UInt8 = 0x20

  /// CTL of RFC 5234: the control octets of ASCII, DEL included.
  static func isControl(_ octet: UInt8) -> Bool { octet < 0x20 || octet == 0x7F }

  /// Whether the octet is a visible character of ASCII, or a space.
  static func isPrintable(_ octet: UInt8) -> Bool { octet &- 0x20 < 0x7F - 0x20 }

  /// Whether eight octets are all printable.
  static func isPrintable(eightFrom start: UnsafePointer<UInt8>) -> Bool {
    let octets = UnsafeRawPointer(start).loadUnaligned(as: UInt64.self)
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highBits = ones &* 0x80
    // below 0x20, or DEL: the subtraction borrows into the high bit; carries reach further octets
    // only if there is such an octet before them
    let belowSpace = octets &- ones &* 0x20
    let delToZero = octets ^ (ones &* 0x7F)
    return (octets | belowSpace | (delToZero &- ones)) & highBits == 0
  }

  static func isDigit(_ octet: UInt8) -> Bool {
    octet >= UInt8(ascii: "0") && octet <= UInt8(ascii: "9")
  }

  static func uppercased(_ octet: UInt8) -> UInt8 {
    octet >= UInt8(ascii: "a") && octet <= UInt8(ascii: "z") ? octet - 0x20 : octet
  }

  /// ATOM-CHAR of RFC 3501, section 9: what an IMAP atom consists of.
  static func isAtomCharacter(_ octet: UInt8) -> Bool {
    switch octet {
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"), UInt8(ascii: "%"),
      UInt8(ascii: "*"), UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "]"), space:
      return false
    default:
      return octet < 0x80 && !isControl(octet)
    }
  }

  /// Whether the octets are an IMAP atom: one or more ATOM-CHARs.
  static func isAtom(_ octets: UnsafeBufferPointer<UInt8>) -> Bool {
    if octets.isEmpty { return false }
    for octet in octets where !isAtomCharacter(octet) { return false }
    return true
  }

  /// Compares octets with a fixed text, without regard to ASCII case.
  static func equalsIgnoringCase(
    _ octets: UnsafeBufferPointer<UInt8>, _ text: StaticString
  ) -> Bool {
    equalsIgnoringCase(
      octets, UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Compares octets without regard to ASCII case.
  static func equalsIgnoringCase(
    _ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    if left.count != right.count { return false }
    for index in 0..<left.count where uppercased(left[index]) != uppercased(right[index]) {
      return false
    }
    return true
  }
}

/// The octets of a C string, without its NUL; valid as long as the string.
func octets(of string: UnsafePointer<CChar>) -> UnsafeBufferPointer<UInt8> {
  UnsafeBufferPointer(
    start: UnsafeRawPointer(string).assumingMemoryBound(to: UInt8.self), count: strlen(string))
}

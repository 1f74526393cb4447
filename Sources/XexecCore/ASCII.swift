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

  /// Whether the octet is text that needs no attention: a visible character of ASCII, a space or a
  /// TAB, but not one that clients read as structure (`TextGuard`).
  static func isPlain(_ octet: UInt8) -> Bool {
    (octet &- 0x20 < 0x7F - 0x20 || octet == tab)
      && octet != UInt8(ascii: "[") && octet != UInt8(ascii: "{")
  }

  /// How many octets `isPlain(blockFrom:)` looks at.
  static let plainBlock = 32

  /// Whether a block of octets is all plain. Written without a branch, so that it becomes a few
  /// vector instructions.
  static func isPlain(blockFrom start: UnsafePointer<UInt8>) -> Bool {
    var others: UInt8 = 0
    for index in 0..<plainBlock {
      let isNotPrintable: UInt8 = start[index] &- 0x20 < 0x7F - 0x20 ? 0 : 1
      let isNotTab: UInt8 = start[index] == tab ? 0 : 1
      let isBracket: UInt8 = start[index] == UInt8(ascii: "[") ? 1 : 0
      let isBrace: UInt8 = start[index] == UInt8(ascii: "{") ? 1 : 0
      others |= isNotPrintable & isNotTab | isBracket | isBrace
    }
    return others == 0
  }

  /// How many octets at the start of `octets` are plain.
  static func plainPrefix(_ octets: UnsafeBufferPointer<UInt8>) -> Int {
    guard let start = octets.baseAddress else { return 0 }
    var count = 0
    while octets.count - count >= plainBlock {
      if !isPlain(blockFrom: start + count) { break }
      count += plainBlock
    }
    // what is left is mostly less than a block: look at the last one once more, with it
    if count < octets.count, octets.count - count < plainBlock, count > 0,
      isPlain(blockFrom: start + octets.count - plainBlock)
    {
      return octets.count
    }
    while count < octets.count && isPlain(start[count]) { count += 1 }
    return count
  }

  static func isBlank(_ octet: UInt8) -> Bool { octet == space || octet == tab }

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

/// The response codes that a program may send: those of RFC 3501 section 7.1 and RFC 5530 section 3
/// that speak of what the program did. Those that speak of the session or of the mailbox
/// (`UNAVAILABLE`, `UIDVALIDITY`) are the server's: a client acts on them.
enum ResponseCode {
  /// Whether `text` starts with a well formed code that a program may send: `[CODE]`, a space, and
  /// text that is not blank.
  ///
  /// None of these codes takes an argument, so one with an argument is not well formed.
  @_optimize(size)
  @inline(never)
  static func begins(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard text.first == UInt8(ascii: "[") else { return false }
    var end = 1
    while end < text.count && ASCII.isAtomCharacter(text[end]) { end += 1 }
    guard end + 2 < text.count, text[end] == UInt8(ascii: "]"), text[end + 1] == ASCII.space else {
      return false
    }
    return isAllowed(UnsafeBufferPointer(rebasing: text[1..<end]))
      && text[(end + 2)...].contains { !ASCII.isBlank($0) }
  }

  private static func isAllowed(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    func isNamed(_ code: StaticString) -> Bool { ASCII.equalsIgnoringCase(name, code) }
    return isNamed("ALERT") || isNamed("ALREADYEXISTS") || isNamed("CANNOT")
      || isNamed("CONTACTADMIN") || isNamed("INUSE") || isNamed("LIMIT") || isNamed("NONEXISTENT")
      || isNamed("NOPERM") || isNamed("OVERQUOTA")
  }
}

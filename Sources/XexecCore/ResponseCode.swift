/// The response codes that a program may send (RFC 3501 section 7.1, RFC 5530 section 3).
///
/// A text that starts with `[` is read by clients as a code. A program's line must not pass for one
/// by accident: a stray `[UIDVALIDITY 1]` would corrupt a client's cache.
enum ResponseCode {
  /// Whether `text` starts with a well formed code that a program may send: `[CODE]`, a space, and
  /// text.
  ///
  /// None of these codes takes an argument, so one with an argument is not well formed.
  static func begins(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard text.first == UInt8(ascii: "[") else { return false }
    var end = 1
    while end < text.count && ASCII.isAtomCharacter(text[end]) { end += 1 }
    guard end + 2 < text.count, text[end] == UInt8(ascii: "]"), text[end + 1] == ASCII.space else {
      return false
    }
    return isAllowed(UnsafeBufferPointer(rebasing: text[1..<end]))
  }

  private static func isAllowed(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    func isNamed(_ code: StaticString) -> Bool { ASCII.equalsIgnoringCase(name, code) }
    return isNamed("ALERT")
      || isNamed("UNAVAILABLE") || isNamed("AUTHENTICATIONFAILED")
      || isNamed("AUTHORIZATIONFAILED") || isNamed("EXPIRED") || isNamed("PRIVACYREQUIRED")
      || isNamed("CONTACTADMIN") || isNamed("NOPERM") || isNamed("INUSE")
      || isNamed("EXPUNGEISSUED") || isNamed("CORRUPTION") || isNamed("SERVERBUG")
      || isNamed("CLIENTBUG") || isNamed("CANNOT") || isNamed("LIMIT") || isNamed("OVERQUOTA")
      || isNamed("ALREADYEXISTS") || isNamed("NONEXISTENT")
  }
}

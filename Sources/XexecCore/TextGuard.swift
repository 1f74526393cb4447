import CXexec

/// Keeps a program's text from being read as structure of IMAP.
///
/// Clients read more into a text than RFC 3501 lets them. What each guard is against is in
/// PROTOCOL.md, and Tests/Clients tries them on the libraries that mail programs are built on. Only
/// texts with `[` or `{` need one (`ASCII.isPlain`).
enum TextGuard {
  /// A response code of our own. No client knows it, so what stands behind it is plain text.
  static let code: StaticString = "[XEXEC] "

  /// What stands in front of a first word that may not be the first.
  static let word: StaticString = "- "

  /// What stands behind a text that may not be the end of the line. Blanks alone do not help: some
  /// clients drop them.
  static let stop: StaticString = " ."

  /// Appends a response with a text, guarded.
  ///
  /// - Parameter isPart: It goes on with a longer line.
  @inline(never)
  static func append(
    _ text: UnsafeBufferPointer<UInt8>, as prefix: StaticString, isPart: Bool,
    to responses: inout OctetBuffer
  ) {
    responses.append(prefix)
    if text.isEmpty {
      // RFC 3501: text = 1*TEXT-CHAR
      responses.append(ASCII.space)
    } else if needsWord(text) {
      responses.append(code)
      responses.append(word)
    } else if needsCode(text, isPart: isPart) {
      responses.append(code)
    }
    responses.append(text)
    if needsStop(text) { responses.append(stop) }
    responses.append("\r\n")
  }

  /// Whether `code` has to stand in front: the text has a `[`, wherever, that may begin a response
  /// code, and is none that a program may send.
  ///
  /// - Parameter isPart: It goes on with a longer line, and has no code of its own.
  @_optimize(size)
  @inline(never)
  static func needsCode(_ text: UnsafeBufferPointer<UInt8>, isPart: Bool) -> Bool {
    if !contains(text, UInt8(ascii: "[")) { return false }
    var isInFront = true
    for position in 0..<text.count {
      if text[position] == UInt8(ascii: "[") {
        let rest = UnsafeBufferPointer(rebasing: text[position...])
        // what stands behind a code is text to all
        if ResponseCode.begins(rest) { return isPart && isInFront }
        if isInFront || !isLetter(rest) { return true }
      }
      if !ASCII.isBlank(text[position]) { isInFront = false }
    }
    return false
  }

  /// Whether a bracket holds one letter, as in `[x]`: too short for a code.
  private static func isLetter(_ bracket: UnsafeBufferPointer<UInt8>) -> Bool {
    bracket.count >= 3 && bracket[2] == UInt8(ascii: "]")
      && ASCII.uppercased(bracket[1]) &- UInt8(ascii: "A") < 26
  }

  /// Whether `code` and `word` have to stand in front: the first word, or the one behind a code, has
  /// a brace and the digits of a large size, `{99999999} x`. A client would make room for that much.
  @_optimize(size)
  @inline(never)
  static func needsWord(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    if !contains(text, UInt8(ascii: "{")) { return false }
    var wordsLeft = 1
    var previous = ASCII.space
    // digits behind a brace; nil if there is none
    var digits: Int?
    for octet in text {
      if !ASCII.isBlank(octet) && ASCII.isBlank(previous) {
        if wordsLeft == 0 { return false }
        if octet != UInt8(ascii: "[") { wordsLeft -= 1 }
      }
      if octet == UInt8(ascii: "{") {
        digits = 0
      } else if let count = digits, ASCII.isDigit(octet) {
        if count + 1 == TextGuard.largeSize { return true }
        digits = count + 1
      } else {
        digits = nil
      }
      previous = octet
    }
    return false
  }

  /// How many digits a large size has: a million and more.
  private static let largeSize = 7

  /// Whether `stop` has to stand behind: the text ends with a number in braces, `{300}`, blanks
  /// behind it or not. To some clients `{3e2}` and `{ +300 }` are numbers too.
  @_optimize(size)
  @inline(never)
  static func needsStop(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var position = text.count - 1
    while position >= 0 && ASCII.isBlank(text[position]) { position -= 1 }
    if position < 0 || text[position] != UInt8(ascii: "}") { return false }
    var hasDigit = false
    position -= 1
    while position >= 0 && isOfNumber(text[position]) {
      hasDigit = hasDigit || ASCII.isDigit(text[position])
      position -= 1
    }
    return hasDigit && position >= 0 && text[position] == UInt8(ascii: "{")
  }

  private static func isOfNumber(_ octet: UInt8) -> Bool {
    switch octet {
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "e"),
      UInt8(ascii: "E"):
      return true
    default:
      return ASCII.isDigit(octet) || ASCII.isBlank(octet)
    }
  }

  private static func contains(_ text: UnsafeBufferPointer<UInt8>, _ octet: UInt8) -> Bool {
    guard let start = text.baseAddress else { return false }
    return memchr(start, Int32(octet), text.count) != nil
  }
}

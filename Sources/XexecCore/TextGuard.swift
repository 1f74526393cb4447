/// Keeps a program's text from being read as structure of IMAP.
///
/// Clients read more into a text than RFC 3501 lets them. What each guard is against is in
/// PROTOCOL.md, and Tests/Clients tries them on the libraries that mail programs are built on.
enum TextGuard {
  /// A response code of our own. No client knows it, so what stands behind it is plain text.
  static let code: StaticString = "[XEXEC] "

  /// Whether `code` has to stand in front: the text starts with `[`, blanks or not before it, and
  /// is no response code that a program may send.
  ///
  /// - Parameter isPart: It goes on with a longer line, and has no code of its own.
  static func needsCode(_ text: UnsafeBufferPointer<UInt8>, isPart: Bool) -> Bool {
    for octet in text where octet != ASCII.space && octet != ASCII.tab {
      return octet == UInt8(ascii: "[") && (isPart || !ResponseCode.begins(text))
    }
    return false
  }

  /// Whether a space has to stand behind: `{300}` at the end of a line announces a literal, and
  /// `{300+}` is one to those who read sizes leniently.
  static func needsSpace(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    if text.last != UInt8(ascii: "}") { return false }
    var position = text.count - 2
    while position >= 0 && isOfSize(text[position]) { position -= 1 }
    return position >= 0 && position < text.count - 2 && text[position] == UInt8(ascii: "{")
  }

  private static func isOfSize(_ octet: UInt8) -> Bool {
    ASCII.isDigit(octet) || octet == UInt8(ascii: "+") || octet == UInt8(ascii: "-")
  }
}

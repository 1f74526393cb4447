/// A relay's reply to a command: a code, and lines that are safe to show.
struct SMTPReply: Equatable {
  /// Three digits; the first says how it went (RFC 5321, section 4.2.1).
  let code: Int
  /// The lines as they came, code included, but as text without control characters.
  let lines: [String]

  var isPositive: Bool { code / 100 == 2 }
  var isTemporary: Bool { code / 100 == 4 }
}

/// Puts replies together from their lines. What a relay sends is not trusted: a reply that does not
/// end takes no more memory.
struct SMTPReplyReader {
  private static let maxLines = 50
  private static let maxCharacters = 500

  private var lines: [String] = []
  private var omitted = 0

  /// Takes the next line.
  ///
  /// - Parameter line: It, with its line end.
  /// - Returns: The reply, if this is its last line. That is judged as libcurl does.
  mutating func take(_ line: some Collection<UInt8>) -> SMTPReply? {
    let start = Array(line.prefix(5))
    let digits = start.prefix(3).prefix { (0x30...0x39).contains($0) }.map { Int($0) - 0x30 }
    let isLast = start.count >= 4 && digits.count == 3 && (start[3] == 0x20 || line.count == 5)
    if lines.count < Self.maxLines || isLast {
      lines.append(Self.clean(line))
    } else {
      omitted += 1
    }
    guard isLast else { return nil }
    if omitted > 0 { lines.insert("(\(omitted) more lines)", at: lines.count - 1) }
    defer {
      lines = []
      omitted = 0
    }
    return SMTPReply(code: digits.reduce(0) { $0 * 10 + $1 }, lines: lines)
  }

  /// The text of a line: valid, without control characters, and not too long.
  private static func clean(_ line: some Collection<UInt8>) -> String {
    var text = String(decoding: line.prefix(4 * maxCharacters), as: UTF8.self)
    text.unicodeScalars.replaceControls()
    while text.last == " " { text.removeLast() }
    return text.count > maxCharacters ? text.prefix(maxCharacters) + "..." : text
  }
}

extension String.UnicodeScalarView {
  /// Puts a space in the place of each control character, C1 included.
  fileprivate mutating func replaceControls() {
    self = .init(map { $0.properties.generalCategory == .control ? " " : $0 })
  }
}

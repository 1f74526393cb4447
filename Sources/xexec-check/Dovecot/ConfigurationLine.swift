/// A line of Dovecot's configuration files, read as Dovecot reads it (config/config-parser.c).
struct ConfigurationLine: Equatable {
  enum Kind: Equatable {
    case setting(key: String, value: String)
    /// `TYPE NAME {`
    case sectionStart(type: String, name: String)
    case sectionEnd
    /// `!include`, `!include_try`: files by a pattern of a shell
    case include(pattern: String)
    /// An empty line, a comment, or something that Dovecot refuses.
    case other
  }

  let kind: Kind
  /// The number of the line on which it begins.
  var firstNumber = 0
  /// Whether quotes stood around all of a setting's value.
  var isQuoted = false
  /// What stands behind the `#` that ended the line; nil without one.
  var comment: String?
  /// Whether that `#` stands directly behind a word.
  var commentTouchesWord = false

  /// Whether the text of the comment may have been meant for the value: a comment has a blank on
  /// both sides of its `#`.
  var commentMayBeMeant: Bool {
    guard let comment, let first = comment.utf8.first else { return false }
    return commentTouchesWord || !ConfigurationText.isBlank(first) && first != UInt8(ascii: "#")
  }
}

/// Splits the octets of a file into lines.
struct ConfigurationText {
  /// Each line with the number of the line on which it ends, as Dovecot counts: a backslash at the
  /// end of a line joins the next one to it.
  static func lines(_ octets: [UInt8]) -> [(number: Int, line: ConfigurationLine)] {
    var lines: [(Int, ConfigurationLine)] = []
    var joined: [UInt8] = []
    var first: Int?
    for (index, part) in octets.split(separator: 0x0A, omittingEmptySubsequences: false)
      .enumerated()
    {
      var text = trimmed(part.last == 0x0D ? part.dropLast() : part)
      if text.isEmpty || text.first == UInt8(ascii: "#") { continue }
      if first == nil { first = index + 1 }
      var comment: ArraySlice<UInt8>?
      var touches = false
      if let hash = startOfComment(text) {
        comment = text[(hash + 1)...]
        touches = !isBlank(text[hash - 1])
        text = trimmed(text[..<hash])
      }
      if text.last == UInt8(ascii: "\\") {
        joined += trimmed(text.dropLast()) + [0x20]
        continue
      }
      var line = line(joined + text)
      line.firstNumber = first ?? index + 1
      line.comment = comment.map { String(decoding: $0, as: UTF8.self) }
      line.commentTouchesWord = touches
      lines.append((index + 1, line))
      joined = []
      first = nil
    }
    return lines
  }

  static func isBlank(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x09 }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = text
    while let octet = text.first, isBlank(octet) { text.removeFirst() }
    while let octet = text.last, isBlank(octet) { text.removeLast() }
    return text
  }

  /// The first `#` outside of quotes.
  private static func startOfComment(_ text: ArraySlice<UInt8>) -> Int? {
    var quote: UInt8?
    var index = text.startIndex
    while index < text.endIndex {
      let octet = text[index]
      if let open = quote {
        if octet == UInt8(ascii: "\\") { index += 1 }
        if octet == open { quote = nil }
      } else if octet == UInt8(ascii: "'") || octet == UInt8(ascii: "\"") {
        quote = octet
      } else if octet == UInt8(ascii: "#") {
        return index
      }
      index += 1
    }
    return nil
  }

  private static func line(_ line: [UInt8]) -> ConfigurationLine {
    let keyEnd = line.firstIndex { isBlank($0) || $0 == UInt8(ascii: "=") } ?? line.endIndex
    let key = String(decoding: line[..<keyEnd], as: UTF8.self)
    let rest = trimmed(line[keyEnd...])
    if key == "!include" || key == "!include_try" {
      return ConfigurationLine(kind: .include(pattern: String(decoding: rest, as: UTF8.self)))
    }
    if rest.first == UInt8(ascii: "=") {
      let value = trimmed(rest.dropFirst())
      return ConfigurationLine(
        kind: .setting(key: key, value: unquoted(value)), isQuoted: isQuoted(value))
    }
    if key == "}" && rest.isEmpty { return ConfigurationLine(kind: .sectionEnd) }
    guard rest.last == UInt8(ascii: "{") else { return ConfigurationLine(kind: .other) }
    return ConfigurationLine(
      kind: .sectionStart(type: key, name: unquoted(trimmed(rest.dropLast()))))
  }

  private static func isQuoted(_ value: ArraySlice<UInt8>) -> Bool {
    guard value.count >= 2, let quote = value.first, value.last == quote else { return false }
    return quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
  }

  private static func unquoted(_ value: ArraySlice<UInt8>) -> String {
    if !isQuoted(value) { return String(decoding: value, as: UTF8.self) }
    var plain: [UInt8] = []
    var isEscaped = false
    for octet in value.dropFirst().dropLast() {
      if !isEscaped && octet == UInt8(ascii: "\\") {
        isEscaped = true
      } else {
        plain.append(octet)
        isEscaped = false
      }
    }
    return String(decoding: plain, as: UTF8.self)
  }
}

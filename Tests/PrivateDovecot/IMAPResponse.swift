/// One response of an IMAP server: a line, or several where literals go on in the next.
public struct IMAPResponse: Sendable, Hashable, CustomStringConvertible {
  /// All octets without the last CRLF. A literal stands in it as the server sent it: `{n}`, CRLF
  /// and its octets.
  public let octets: [UInt8]

  /// Makes a response of its octets.
  public init(octets: [UInt8]) {
    self.octets = octets
  }

  /// The octets as UTF-8 text, repaired where they are not.
  public var text: String { String(decoding: octets, as: UTF8.self) }

  /// The same as ``text``.
  public var description: String { text }

  /// Whether it is a continuation request (`+`).
  public var isContinuation: Bool { octets.first == UInt8(ascii: "+") }

  /// Whether it is an untagged response (`*`).
  public var isUntagged: Bool { octets.first == UInt8(ascii: "*") }

  /// Whether it is the tagged response with this tag.
  public func isTagged(_ tag: String) -> Bool { octets.starts(with: Array("\(tag) ".utf8)) }

  /// Whether the rest of it is free text, in which `{n}` at the end announces no literal.
  static func isText(_ line: [UInt8]) -> Bool {
    guard line.starts(with: Array("* ".utf8)) else { return true }
    let word = line.dropFirst(2).prefix { $0 != UInt8(ascii: " ") }
    return ["OK", "NO", "BAD", "BYE", "PREAUTH"].contains(
      String(decoding: word, as: UTF8.self).uppercased())
  }

  /// The size of the literal that a line announces at its end, `{n}` or `~{n}`, where
  /// the response is not free text.
  static func literalSize(_ line: [UInt8]) -> Int? {
    guard line.last == UInt8(ascii: "}"),
      let open = line.lastIndex(of: UInt8(ascii: "{"))
    else { return nil }
    return Int(String(decoding: line[(open + 1)...].dropLast(), as: UTF8.self))
  }
}

/// All responses to one command.
public struct IMAPReply: Sendable {
  /// The responses before the tagged one, continuation requests among them.
  public let untagged: [IMAPResponse]

  /// The tagged response.
  public let tagged: IMAPResponse

  /// Every response as text, the tagged one last.
  public var lines: [String] { (untagged + [tagged]).map(\.text) }

  /// The word after the tag: `OK`, `NO` or `BAD`.
  public var status: String {
    let words = tagged.text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    return words.count > 1 ? String(words[1]) : ""
  }

  /// What follows the status in the tagged response, response code included.
  public var statusText: String {
    let words = tagged.text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    return words.count > 2 ? String(words[2]) : ""
  }

  /// Whether the status is `OK`.
  public var isOK: Bool { status == "OK" }
}

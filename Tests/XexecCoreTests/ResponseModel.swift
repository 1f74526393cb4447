import Testing

@testable import XexecCore

/// What a writer makes of pieces, in one go.
func written(
  _ pieces: [Octets], on stream: ResponseWriter.Stream = .stdout, finishing: Bool = true
) -> (octets: Octets, prompts: Int) {
  var writer = ResponseWriter(stream: stream)
  var prompts = 0
  let octets = appended { buffer in
    for piece in pieces {
      prompts += piece.withBuffer { writer.write($0, to: &buffer) }
    }
    if finishing { prompts += writer.finish(to: &buffer) }
  }
  return (octets, prompts)
}

/// What it makes of a text.
func responses(
  to text: Octets, on stream: ResponseWriter.Stream = .stdout, finishing: Bool = true
) -> Octets {
  written([text], on: stream, finishing: finishing).octets
}

/// What a program's octets have to become: the contract once more, on whole texts and with the
/// standard library's Unicode.
struct ResponseModel {
  private(set) var octets = Octets()
  private(set) var prompts = 0

  init(of written: Octets, on stream: ResponseWriter.Stream) {
    var lines = written.array.split(separator: 0x0A, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    for var line in lines {
      if line.last == 0x0D { line.removeLast() }
      let isPrompt = stream == .stdout && line.first == 0x05
      if isPrompt {
        line.removeFirst()
        prompts += 1
      }
      add(Self.parts(of: line), isPrompt: isPrompt, tag: stream == .stdout ? "* OK " : "* NO ")
    }
  }

  private mutating func add(_ parts: [String], isPrompt: Bool, tag: String) {
    for (index, part) in parts.enumerated() {
      var text = part
      if text.isEmpty { text = isPrompt ? "OK" : " " }
      let hasStop = Self.endsWithSize(text)
      if Self.beginsWithSize(text) {
        text = "[XEXEC] - " + text
      } else if Self.mayBeCode(text, isFirst: index == 0) {
        text = "[XEXEC] " + text
      }
      if hasStop { text += " ." }
      let start = isPrompt && index == parts.count - 1 ? "+ " : tag
      octets += Octets(start + text + "\r\n")
    }
  }

  /// The safe text of a line, in parts of up to 8000 octets.
  private static func parts(of line: some Collection<UInt8>) -> [String] {
    var parts = [""]
    var count = 0
    for scalar in String(decoding: line, as: UTF8.self).unicodeScalars {
      let isControl = scalar.value < 0x20 && scalar != "\t" || scalar.value == 0x7F
      let safe = isControl ? " " : scalar
      let size = UTF8.width(safe)
      if count + size > 8000 {
        parts.append("")
        count = 0
      }
      parts[parts.count - 1].unicodeScalars.append(safe)
      count += size
    }
    return parts
  }

  private static func startsWithCode(_ text: String) -> Bool {
    ResponseCodeTests.allowed.contains { code in
      let start = Array("[\(code)] ".utf8)
      let other = text.utf8.prefix(start.count).map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }
      return start == other && text.utf8.dropFirst(start.count).contains { $0 != 0x20 && $0 != 9 }
    }
  }

  /// Somebody reads a code in it, and not one that a program may send.
  private static func mayBeCode(_ text: String, isFirst: Bool) -> Bool {
    let octets = Array(text.utf8)
    let start = octets.firstIndex { $0 != 0x20 && $0 != 0x09 }
    for bracket in octets.indices where octets[bracket] == 0x5B {
      let rest = String(decoding: octets[bracket...], as: UTF8.self)
      if startsWithCode(rest) { return bracket == start && !isFirst }
      let isLetter =
        octets[bracket...].prefix(3).last == 0x5D
        && octets[bracket...].prefix(3).count == 3
        && (0x41...0x5A).contains(octets[bracket + 1] & 0xDF)
      if bracket == start || !isLetter { return true }
    }
    return false
  }

  /// Either end looks like the announcement of a literal.
  private static func endsWithSize(_ text: String) -> Bool {
    let backwards = text.utf8.reversed().drop { $0 == 0x20 || $0 == 0x09 }
    let size = backwards.dropFirst().prefix { "0123456789+-.eE \t".utf8.contains($0) }
    return backwards.first == 0x7D && size.contains { "0123456789".utf8.contains($0) }
      && backwards.dropFirst(1 + size.count).first == 0x7B
  }

  private static func beginsWithSize(_ text: String) -> Bool {
    let words = text.utf8.split { $0 == 0x20 || $0 == 0x09 }
    return words.prefix(words.prefix { $0.first == 0x5B }.count + 1).contains { word in
      let pieces: [ArraySlice<UInt8>] = Array(word).split(
        separator: 0x7B, maxSplits: .max, omittingEmptySubsequences: false)
      return pieces.dropFirst().contains {
        $0.prefix { (0x30...0x39).contains($0) }.count >= 7
      }
    }
  }

  /// Whether these are responses as IMAP has them. (Knows nothing of what was written.)
  func checkIsValid(on stream: ResponseWriter.Stream) {
    let tag = stream == .stdout ? "* OK " : "* NO "
    var requests = 0
    for line in octets.responses {
      let isRequest = line.string.hasPrefix("+ ")
      if isRequest { requests += 1 }
      let text = line.array.dropFirst(isRequest ? 2 : 5).dropLast(2)
      let isValid =
        (isRequest || Array(line.array.prefix(5)) == Array(tag.utf8))
        && line.array.suffix(2) == [0x0D, 0x0A]
        && (1...8012).contains(text.count)
        && !Self.endsWithSize(String(decoding: text, as: UTF8.self))
        && !Self.beginsWithSize(String(decoding: text, as: UTF8.self))
        && text.allSatisfy { ($0 >= 0x20 || $0 == 0x09) && $0 != 0x7F }
        && String(validating: text, as: UTF8.self) != nil
        && (text.starts(with: "[XEXEC] ".utf8)
          || !Self.mayBeCode(String(decoding: text, as: UTF8.self), isFirst: true))
      if !isValid { Issue.record("no response: \(line)") }
    }
    if requests != prompts { Issue.record("\(requests) requests for \(prompts) prompts") }
  }
}

/// What a program's text has to become: the contract's rules, one after the other, on the whole
/// text. Slow and simple; nothing of the core is used.
struct ReferenceResponses {
  /// All responses, as the client has to receive them.
  private(set) var wire: [UInt8] = []
  /// The end of each response in `wire`, and how much of the text has been written when it has to
  /// be with the client.
  private(set) var responses: [(end: Int, due: Int)] = []
  private(set) var prompts = 0

  /// - Parameter text: all that a program writes to the stream. A last line without a newline is
  ///   due at the end of the stream, one octet behind the text.
  init(_ text: [UInt8], stream: ResponseWriter.Stream, takesPrompts: Bool = true) {
    wire.reserveCapacity(text.count + text.count / 4 + 64)
    text.withUnsafeBufferPointer { text in
      var start = 0
      while start < text.count {
        let end = text[start...].firstIndex(of: 0x0A) ?? text.count
        addLine(text, start, end, stream, takesPrompts)
        start = end + 1
      }
    }
  }

  private mutating func addLine(
    _ text: UnsafeBufferPointer<UInt8>, _ lineStart: Int, _ lineEnd: Int,
    _ stream: ResponseWriter.Stream, _ takesPrompts: Bool
  ) {
    var start = lineStart
    var end = lineEnd
    let isMarked = stream == .stdout && start < end && text[start] == 0x05
    var isPrompt = isMarked && takesPrompts
    if isPrompt { start += 1 }
    if end > start && text[end - 1] == 0x0D { end -= 1 }
    var untagged = stream == .stdout ? "* OK " : "* NO "
    var isForClient = true

    // characters, and the parts that they make
    var part: [UInt8] = []
    part.reserveCapacity(min(end - start, 8000))
    var isFirst = true
    var position = start
    while position < end {
      let first = text[position]
      let (length, isValid) = UTF8Table.character(text, position, end)
      let size = isValid ? length : 3
      position += length
      if part.count + size > 8000 {
        let line = Array(part.dropFirst(takesPrompts ? 0 : 1))
        if isMarked && isFirst {
          if ReferenceReports.isMeant(line) { isPrompt = false }
          switch ReferenceNote(line) {
          case .prompt: break
          case .text: isPrompt = false
          case .log: isForClient = false
          case .failure(let text):
            (isPrompt, untagged) = (false, "* NO ")
            part = text
          }
        }
        if !isForClient { return }
        // it has to be out when the octet behind the character that did not fit is there
        add(untagged, part, isFirst, due: min(position + 1, lineEnd + 1))
        part.removeAll(keepingCapacity: true)
        isFirst = false
      }
      if (first < 0x20 && first != 0x09) || first == 0x7F {
        part.append(0x20)
      } else if isValid {
        for octet in text[(position - length)..<position] { part.append(octet) }
      } else {
        part += [0xEF, 0xBF, 0xBD]
      }
    }

    if isMarked && isFirst {
      let line = Array(part.dropFirst(takesPrompts ? 0 : 1))
      // nobody asks for reports here
      if ReferenceReports.isOne(line) { return }
      if ReferenceReports.isMeant(line) { isPrompt = false }
      switch ReferenceNote(line) {
      case .prompt: break
      case .text: isPrompt = false
      case .log: return
      case .failure(let text):
        if text.isEmpty { return }
        (isPrompt, untagged) = (false, "* NO ")
        part = text
      }
    }
    if isPrompt {
      prompts += 1
      add("+ ", part.isEmpty ? Array("OK".utf8) : part, isFirst, due: lineEnd + 1)
    } else {
      add(untagged, part, isFirst, due: lineEnd + 1)
    }
  }

  private mutating func add(_ prefix: String, _ text: [UInt8], _ isFirst: Bool, due: Int) {
    wire += prefix.utf8
    // a text has one octet at least, no bracket but behind a code, and no size at its ends
    if text.isEmpty { wire.append(0x20) }
    if ReferenceLiterals.begin(text) {
      wire += "[XEXEC] - ".utf8
    } else if ReferenceCodes.mayBeRead(in: text, isFirst: isFirst) {
      wire += "[XEXEC] ".utf8
    }
    wire += text
    if ReferenceLiterals.end(text) { wire += " .".utf8 }
    wire += [0x0D, 0x0A]
    responses.append((wire.count, due))
  }
}

/// Well-formed UTF-8 as table 3-7 of the Unicode standard has it.
enum UTF8Table {
  /// How many octets the character at `position` has; if it is none, how many of them a single
  /// U+FFFD stands for (the maximal subpart of the Unicode standard, section 3.9).
  static func character(
    _ text: UnsafeBufferPointer<UInt8>, _ position: Int, _ end: Int
  ) -> (length: Int, isValid: Bool) {
    guard let (wanted, second) = row(text[position]) else { return (1, false) }
    var length = 1
    while length < wanted && position + length < end
      && (length == 1 ? second : 0x80...0xBF).contains(text[position + length])
    {
      length += 1
    }
    return (length, length == wanted)
  }

  /// How many octets a character has that begins with this one, and the range of the second.
  private static func row(_ first: UInt8) -> (length: Int, second: ClosedRange<UInt8>)? {
    switch first {
    case 0x00...0x7F: (1, 0x80...0xBF)
    case 0xC2...0xDF: (2, 0x80...0xBF)
    case 0xE0: (3, 0xA0...0xBF)
    case 0xE1...0xEC: (3, 0x80...0xBF)
    case 0xED: (3, 0x80...0x9F)
    case 0xEE...0xEF: (3, 0x80...0xBF)
    case 0xF0: (4, 0x90...0xBF)
    case 0xF1...0xF3: (4, 0x80...0xBF)
    case 0xF4: (4, 0x80...0x8F)
    default: nil
    }
  }
}

/// What clients take for the announcement of a literal.
enum ReferenceLiterals {
  /// In the first word of a text, or the one behind words with a bracket in front.
  static func begin(_ text: some Collection<UInt8>) -> Bool {
    let words = text.split { $0 == 0x20 || $0 == 0x09 }
    let brackets = words.prefix { $0.first == UInt8(ascii: "[") }.count
    return words.prefix(brackets + 1).contains { word in
      let pieces: [ArraySlice<UInt8>] = Array(word).split(
        separator: 0x7B, maxSplits: .max, omittingEmptySubsequences: false)
      return pieces.dropFirst().contains {
        $0.prefix { (0x30...0x39).contains($0) }.count >= 7
      }
    }
  }

  /// At its end.
  static func end(_ text: some Collection<UInt8>) -> Bool {
    let backwards = Array(text).reversed().drop { $0 == 0x20 || $0 == 0x09 }
    if backwards.first != 0x7D { return false }
    let size = backwards.dropFirst().prefix { "0123456789+-.eE \t".utf8.contains($0) }
    return size.contains { (0x30...0x39).contains($0) }
      && backwards.dropFirst(1 + size.count).first == 0x7B
  }
}

/// A program's reports of its progress: 0x05 and `[PROGRESS 175 1000]`.
enum ReferenceReports {
  static func isMeant(_ line: [UInt8]) -> Bool {
    String(decoding: line.prefix(9), as: UTF8.self).uppercased() == "[PROGRESS"
  }

  static func isOne(_ line: [UInt8]) -> Bool {
    guard isMeant(line), let close = line.firstIndex(of: UInt8(ascii: "]")) else { return false }
    if close + 1 < line.count && line[close + 1] != 0x20 { return false }
    let numbers = line[9..<close].split(separator: 0x20, omittingEmptySubsequences: false)
    return numbers.first?.isEmpty == true && numbers.count <= 3
      && numbers.dropFirst().allSatisfy {
        !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) }
          && UInt32(String(decoding: $0, as: UTF8.self)) != nil
      }
  }
}

/// What else a program may say behind 0x05 that is no prompt.
enum ReferenceNote {
  case prompt
  /// None, but it looks like one: no prompt either.
  case text
  case log
  /// With its text.
  case failure([UInt8])

  init(_ line: [UInt8]) {
    func rest(behind word: String) -> [UInt8]? {
      guard line.starts(with: word.utf8) else { return nil }
      let rest = line.dropFirst(word.utf8.count)
      return Array(rest.first == 0x20 ? rest.dropFirst() : rest)
    }
    self = .prompt
    if line.starts(with: "[LOG ".utf8) || line.starts(with: "[STATUS ".utf8) { self = .text }
    for word in ["[LOG]", "[LOG WARNING]", "[LOG INFO]"] where rest(behind: word) != nil {
      self = .log
    }
    for zeros in ["", "0", "00"] {
      for status in 1...255 where zeros.count + "\(status)".count <= 3 {
        if let text = rest(behind: "[STATUS \(zeros)\(status)]") { self = .failure(text) }
      }
    }
  }
}

/// The response codes that a program may send.
enum ReferenceCodes {
  /// Those of RFC 3501, section 7.1, and RFC 5530, section 3, that do not speak of the session.
  private static let names: Set<[UInt8]> = Set(
    [
      "ALERT", "ALREADYEXISTS", "CANNOT", "CONTACTADMIN", "INUSE", "LIMIT", "NONEXISTENT", "NOPERM",
      "OVERQUOTA",
    ].map { Array($0.utf8) })

  /// Whether some client reads a code in the text, and not one that a program may send.
  static func mayBeRead(in text: [UInt8], isFirst: Bool) -> Bool {
    let brackets = text.indices.filter { text[$0] == UInt8(ascii: "[") }
    let first = text.firstIndex { $0 != 0x20 && $0 != 0x09 }
    for bracket in brackets {
      let rest = Array(text[bracket...])
      if begin(rest) { return bracket == first && !isFirst }
      let isLetter =
        rest.count >= 3 && rest[2] == UInt8(ascii: "]")
        && (0x41...0x5A).contains(rest[1] & 0xDF)
      if bracket == first || !isLetter { return true }
    }
    return false
  }

  /// Whether a text begins with `[NAME]`, a space, and something that is not blank.
  static func begin(_ text: [UInt8]) -> Bool {
    if text.first != UInt8(ascii: "[") { return false }
    guard let close = text.prefix(40).firstIndex(of: UInt8(ascii: "]")) else { return false }
    let name = text[1..<close].map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }
    return names.contains(name) && text.count >= close + 3 && text[close + 1] == 0x20
      && !text[(close + 2)...].allSatisfy { $0 == 0x20 || $0 == 0x09 }
  }
}

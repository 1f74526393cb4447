import CXexec

/// Turns what a program writes to one stream into response lines for the client.
///
/// A state machine over octets: what comes out depends on the octets alone, not on how reads cut
/// them. It holds at most one response line.
struct ResponseWriter: ~Copyable {
  /// The stream, which decides what kind of response its lines become.
  enum Stream {
    case stdout
    case stderr
  }

  /// How many octets of a program's text a response line carries at most, its guards not counted.
  /// Longer lines of a program go on in further responses. (RFC 2683, section 3.2.1.5, has clients
  /// and servers cope with lines of 8000 octets.)
  static let maximumText = 8000

  private let stream: Stream
  /// Whether a line that starts with the prompt octet is a prompt.
  private let takesPrompts: Bool
  private let progress: ProgressReport.Style
  private let tag: OwnedCString?
  /// Whether the next report of progress is passed on; there are none behind it then.
  var takesReport = false
  /// Whether all lines are for the log, and none for the client.
  var logsAll = false
  /// What the program has said for the log since this was emptied.
  var notes = LogNotes()
  /// The exit status that the program has given itself, see ``ProgramNote/status(_:)``.
  private(set) var ownStatus: UInt8?
  /// The text of the response that is being put together, safe for IMAP.
  private var text = OctetBuffer()
  private var characters = UTF8Validator()
  private var position = Position.lineStart
  private var kind = Kind.text
  /// A CR is dropped at the end of a line and is a control octet anywhere else.
  private var heldCarriageReturn = false

  private enum Position {
    /// Nothing of the line has been read.
    case lineStart
    case firstResponse
    /// A part of the line has become a response already.
    case furtherResponse
  }

  /// What a line is for.
  private enum Kind {
    case text
    /// It began with the prompt octet: a prompt, or a note.
    case marked
    /// A failure in the program's own words, as a line of stderr is.
    case failure
    /// The log. The client sees nothing of it.
    case log
  }

  /// - Parameters:
  ///   - takesPrompts: False where no prompt can be answered: 0x05 is a control octet like the others
  ///     then, but in front of a note.
  ///   - progress: How reports are passed on, and with which tag.
  init(
    stream: Stream, takesPrompts: Bool = true, progress: ProgressReport.Style = .none,
    tag: OwnedCString? = nil
  ) {
    self.stream = stream
    self.takesPrompts = takesPrompts
    self.progress = progress
    self.tag = tag
  }

  /// Takes what the program wrote. Appends the responses that it completes to `responses`, and
  /// returns how many prompts are among them.
  mutating func write(
    _ octets: UnsafeBufferPointer<UInt8>, to responses: inout OctetBuffer
  ) -> Int {
    guard var start = octets.baseAddress else { return 0 }
    let end = start + octets.count
    let isForClient = !logsAll
    var prompts = 0
    while start < end {
      let newline = memchr(start, Int32(ASCII.lineFeed), end - start)
      let lineEnd = newline.map { UnsafePointer($0.assumingMemoryBound(to: UInt8.self)) } ?? end
      let line = UnsafeBufferPointer(start: start, count: lineEnd - start)
      if newline == nil {
        append(line, to: &responses)
        return prompts
      }
      if position == .lineStart && isForClient && isPlain(line) {
        sendPlain(line, to: &responses)
      } else {
        append(line, to: &responses)
        prompts += endLine(to: &responses)
      }
      start = lineEnd + 1
    }
    return prompts
  }

  /// The stream has ended: completes a last line that has no newline. Returns the number of
  /// prompts, 0 or 1.
  mutating func finish(to responses: inout OctetBuffer) -> Int {
    position == .lineStart ? 0 : endLine(to: &responses)
  }

  // MARK: - The common case

  /// Whether a whole line can be sent as it is: plain ASCII, not empty, no prompt, and nothing to
  /// guard against.
  private func isPlain(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    !line.isEmpty && line.count <= Self.maximumText && ASCII.plainPrefix(line) == line.count
  }

  private func sendPlain(
    _ line: UnsafeBufferPointer<UInt8>, to responses: inout OctetBuffer
  ) {
    // two constants are copied by a move or two each, one that is not known by a call
    if stream == .stdout {
      responses.append("* OK ", line, "\r\n")
    } else {
      responses.append("* NO ", line, "\r\n")
    }
  }

  private var prefix: StaticString {
    stream == .stderr || kind == .failure ? "* NO " : "* OK "
  }

  // MARK: - Any text

  /// Takes octets of a line, without its newline.
  private mutating func append(
    _ octets: UnsafeBufferPointer<UInt8>, to responses: inout OctetBuffer
  ) {
    var rest = octets[...]
    if position == .lineStart, let first = rest.first {
      position = .firstResponse
      if logsAll {
        kind = .log
      } else if first == ASCII.prompt && stream == .stdout {
        kind = .marked
        if takesPrompts { rest = rest.dropFirst() }
      }
    }
    while let octet = rest.first {
      if characters.pendingCount == 0 && !heldCarriageReturn {
        let plain = ASCII.plainPrefix(UnsafeBufferPointer(rebasing: rest))
        if plain > 0 {
          appendPlain(UnsafeBufferPointer(rebasing: rest.prefix(plain)), to: &responses)
          rest = rest.dropFirst(plain)
          continue
        }
      }
      append(octet, to: &responses)
      rest = rest.dropFirst()
    }
  }

  private mutating func appendPlain(
    _ octets: UnsafeBufferPointer<UInt8>, to responses: inout OctetBuffer
  ) {
    var rest = octets[...]
    while !rest.isEmpty {
      if text.count == Self.maximumText { sendPart(to: &responses) }
      let fitting = min(rest.count, Self.maximumText - text.count)
      text.append(UnsafeBufferPointer(rebasing: rest.prefix(fitting)))
      rest = rest.dropFirst(fitting)
    }
  }

  private mutating func append(_ octet: UInt8, to responses: inout OctetBuffer) {
    if heldCarriageReturn {
      heldCarriageReturn = false
      appendCharacter(ASCII.space, to: &responses)
    }
    switch characters.take(octet) {
    case .ascii:
      if octet == ASCII.carriageReturn {
        heldCarriageReturn = true
      } else if ASCII.isControl(octet) && octet != ASCII.tab {
        appendCharacter(ASCII.space, to: &responses)
      } else {
        appendCharacter(octet, to: &responses)
      }
    case .incomplete:
      break
    case .complete:
      let pending = characters.pending
      let count = characters.pendingCount
      makeRoom(for: count + 1, to: &responses)
      text.append(pending.0)
      if count > 1 { text.append(pending.1) }
      if count > 2 { text.append(pending.2) }
      text.append(octet)
      characters.reset()
    case .invalid:
      appendReplacement(to: &responses)
    case .invalidBefore:
      characters.reset()
      appendReplacement(to: &responses)
      append(octet, to: &responses)
    }
  }

  private mutating func appendCharacter(_ octet: UInt8, to responses: inout OctetBuffer) {
    makeRoom(for: 1, to: &responses)
    text.append(octet)
  }

  /// Appends U+FFFD in place of octets that are no character.
  private mutating func appendReplacement(to responses: inout OctetBuffer) {
    makeRoom(for: 3, to: &responses)
    text.append("\u{FFFD}")
  }

  /// Sends what there is if a character of `size` octets does not fit behind it: lines are cut
  /// between characters.
  private mutating func makeRoom(for size: Int, to responses: inout OctetBuffer) {
    if text.count + size > Self.maximumText { sendPart(to: &responses) }
  }

  // MARK: - Responses

  /// Sends the first part of a line that goes on. The parts of a prompt's label are untagged
  /// responses but for the last: one prompt is one continuation request.
  private mutating func sendPart(to responses: inout OctetBuffer) {
    // a report that is too long must not wait for an answer either
    if kind == .marked && position == .firstResponse { readNote() }
    sendText(as: prefix, to: &responses)
    position = .furtherResponse
  }

  /// Sends the line, or what is left of it. Returns the number of prompts, 0 or 1.
  private mutating func endLine(to responses: inout OctetBuffer) -> Int {
    heldCarriageReturn = false
    if characters.pendingCount > 0 {
      characters.reset()
      appendReplacement(to: &responses)
    }
    // an empty line has not been looked at
    if logsAll { kind = .log }
    defer {
      kind = .text
      position = .lineStart
      text.removeAll()
    }
    if kind == .marked && position == .firstResponse {
      if let report = ProgressReport(markedText) {
        pass(report, to: &responses)
        return 0
      }
      readNote()
    }
    if kind == .failure && position == .firstResponse && text.isEmpty { return 0 }
    let isPrompt = kind == .marked && takesPrompts
    if isPrompt && text.isEmpty { text.append("OK") }
    sendText(as: isPrompt ? "+ " : prefix, to: &responses)
    return isPrompt ? 1 : 0
  }

  /// What stands behind the prompt octet, which has become a space where no prompt can be answered.
  private var markedText: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: text.octets[(takesPrompts ? 0 : 1)...])
  }

  /// Reads the note that the line may be, and makes it what it is for. What is meant to be one, and is
  /// not well formed, is text: it must not wait for an answer.
  @inline(never)
  private mutating func readNote() {
    if ProgressReport.isMeant(by: markedText) {
      kind = .text
      return
    }
    var textStart = 0
    switch ProgramNote(markedText, textStart: &textStart) {
    case nil: return
    case .malformed:
      kind = .text
      return
    case .log(let level):
      kind = .log
      notes.level = level
    case .status(let status):
      kind = .failure
      ownStatus = status
    }
    text.removeFirst(text.count - markedText.count + textStart)
  }

  private mutating func pass(_ report: ProgressReport, to responses: inout OctetBuffer) {
    if !takesReport { return }
    takesReport = false
    report.append(to: &responses, style: progress, tag: tag, line: markedText)
  }

  private mutating func sendText(as prefix: StaticString, to responses: inout OctetBuffer) {
    if kind == .log {
      // the rest of a line that is too long for a response is too long for the log as well
      if position == .firstResponse || logsAll { notes.append(text.octets) }
      text.removeAll()
      return
    }
    responses.append(prefix)
    if text.isEmpty {
      // RFC 3501: text = 1*TEXT-CHAR
      responses.append(ASCII.space)
    } else if TextGuard.needsWord(text.octets) {
      responses.append(TextGuard.code)
      responses.append(TextGuard.word)
    } else if TextGuard.needsCode(text.octets, isPart: position == .furtherResponse) {
      responses.append(TextGuard.code)
    }
    responses.append(text.octets)
    if TextGuard.needsStop(text.octets) { responses.append(TextGuard.stop) }
    responses.append("\r\n")
    text.removeAll()
  }
}

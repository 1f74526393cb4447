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
  private var text = SafeText()
  private var position = Position.lineStart
  private var kind = Kind.text

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
    !line.isEmpty && line.count <= SafeText.maximum && ASCII.plainPrefix(line) == line.count
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
    while !rest.isEmpty {
      rest = rest.dropFirst(text.take(UnsafeBufferPointer(rebasing: rest)))
      if text.isFull { sendPart(to: &responses) }
    }
  }

  // MARK: - Responses

  /// Sends the first part of a line that goes on. The parts of a prompt's label are untagged
  /// responses but for the last: one prompt is one continuation request.
  @_optimize(size)
  @inline(never)
  private mutating func sendPart(to responses: inout OctetBuffer) {
    // a report that is too long must not wait for an answer either
    if kind == .marked && position == .firstResponse { readNote() }
    sendText(as: prefix, to: &responses)
    position = .furtherResponse
  }

  /// Sends the line, or what is left of it. Returns the number of prompts, 0 or 1.
  private mutating func endLine(to responses: inout OctetBuffer) -> Int {
    text.endLine()
    if text.isFull { sendPart(to: &responses) }
    // an empty line has not been looked at
    if logsAll { kind = .log }
    defer {
      kind = .text
      position = .lineStart
      text.removePart()
    }
    if kind == .marked && position == .firstResponse {
      if passReport(to: &responses) { return 0 }
      readNote()
    }
    if kind == .failure && position == .firstResponse && text.isEmpty { return 0 }
    let isPrompt = kind == .marked && takesPrompts
    if isPrompt && text.isEmpty {
      responses.append("+ OK\r\n")
    } else {
      sendText(as: isPrompt ? "+ " : prefix, to: &responses)
    }
    return isPrompt ? 1 : 0
  }

  /// What stands behind the prompt octet, which has become a space where no prompt can be answered.
  private var markedText: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: text.octets[(takesPrompts ? 0 : 1)...])
  }

  /// Reads the note that the line may be, and makes it what it is for. What is meant to be one, and is
  /// not well formed, is text: it must not wait for an answer.
  @_optimize(size)
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

  /// Passes on the report of progress that the line may be, if it is wanted now. Returns false if it
  /// is none.
  @_optimize(size) @inline(never)
  private mutating func passReport(to responses: inout OctetBuffer) -> Bool {
    guard let report = ProgressReport(markedText) else { return false }
    if takesReport {
      takesReport = false
      report.append(to: &responses, style: progress, tag: tag, line: markedText)
    }
    return true
  }

  @inline(never)
  private mutating func sendText(as prefix: StaticString, to responses: inout OctetBuffer) {
    if kind == .log {
      // the rest of a line that is too long for a response is too long for the log as well
      if position == .firstResponse || logsAll { notes.append(text.octets) }
    } else {
      TextGuard.append(
        text.octets, as: prefix, isPart: position == .furtherResponse, to: &responses)
    }
    text.removePart()
  }
}

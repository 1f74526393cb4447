import CXexec

/// The conversation between a program and a client: lines out, prompts, answers in.
///
/// A state machine over octets. It knows no descriptor, no process and no clock, so that every rule
/// of the conversation can be tried without them.
struct Relay: ~Copyable {
  private var stdout: ResponseWriter
  private var stderr = ResponseWriter(stream: .stderr)
  /// Prompts that the client has not answered yet.
  private(set) var openPrompts = 0
  /// What the program has not read yet: answers, and what goes ahead of them.
  private var unread = OctetBuffer()
  /// The program can read no more: answers still belong to their prompts, but go nowhere.
  private(set) var stdinIsClosed = false

  /// While the program leaves this many octets of answers unread, no further ones are taken from
  /// the client.
  static let maximumUnreadAnswers = 65536

  /// - Parameters:
  ///   - takesPrompts: False where stdin is for something else than answers.
  ///   - progress: How the program's reports of progress are passed on, and with which tag.
  init(
    takesPrompts: Bool = true, progress: ProgressReport.Style = .none, tag: OwnedCString? = nil
  ) {
    stdout = ResponseWriter(
      stream: .stdout, takesPrompts: takesPrompts, progress: progress, tag: tag)
  }

  /// Whether the next report of progress is passed on. The others are dropped: they would be many.
  var takesReport: Bool {
    get { stdout.takesReport }
    set { stdout.takesReport = newValue }
  }

  /// From now on the lines of stderr are for the log of the server, and not for the client.
  mutating func logStderr() { stderr.logsAll = true }

  /// Hands what the program has said for the log to `write`.
  mutating func removeNotes(_ write: (LogLevel, UnsafeBufferPointer<UInt8>) -> Void) {
    stdout.notes.removeAll(write)
    stderr.notes.removeAll(write)
  }

  /// Whether there is any.
  var hasNotes: Bool { !stdout.notes.isEmpty || !stderr.notes.isEmpty }

  /// The exit status that the program has given itself: it counts if it exits with 0.
  var ownStatus: UInt8? { stdout.ownStatus }

  /// Queues octets for the program's stdin, ahead of all answers.
  mutating func sendFirst(_ octets: UnsafeBufferPointer<UInt8>) {
    unread.append(octets)
  }

  /// Takes what the program wrote to one of its streams, and appends the responses that it makes.
  mutating func programWrote(
    _ octets: UnsafeBufferPointer<UInt8>, to stream: ResponseWriter.Stream,
    responses: inout OctetBuffer
  ) {
    switch stream {
    case .stdout: openPrompts += stdout.write(octets, to: &responses)
    case .stderr: openPrompts += stderr.write(octets, to: &responses)
    }
  }

  /// The program, and whoever else held it, has closed a stream.
  mutating func programClosed(_ stream: ResponseWriter.Stream, responses: inout OctetBuffer) {
    switch stream {
    case .stdout: openPrompts += stdout.finish(to: &responses)
    case .stderr: openPrompts += stderr.finish(to: &responses)
    }
  }

  /// Whether a line of the client would be taken as an answer now.
  var takesAnswer: Bool {
    openPrompts > 0 && unread.count < Self.maximumUnreadAnswers
  }

  /// Takes whole lines (ended by CRLF or LF) as answers, as long as prompts are open. Returns how
  /// many octets it took; the others belong to later prompts, or are commands.
  mutating func clientSent(_ octets: UnsafeBufferPointer<UInt8>) -> Int {
    var taken = 0
    while takesAnswer {
      let rest = UnsafeBufferPointer(rebasing: octets[taken...])
      guard let start = rest.baseAddress,
        let newline = memchr(start, Int32(ASCII.lineFeed), rest.count)
      else { break }
      let end = UnsafePointer(newline.assumingMemoryBound(to: UInt8.self))
      answer(UnsafeBufferPointer(start: start, count: end - start))
      taken += end - start + 1
    }
    return taken
  }

  private mutating func answer(_ line: UnsafeBufferPointer<UInt8>) {
    openPrompts -= 1
    if stdinIsClosed { return }
    let hasCarriageReturn = line.last == ASCII.carriageReturn
    unread.append(UnsafeBufferPointer(rebasing: line.dropLast(hasCarriageReturn ? 1 : 0)))
    unread.append(ASCII.lineFeed)
  }

  /// What is to be written to the program's stdin; valid until the next change.
  var octetsForProgram: UnsafeBufferPointer<UInt8> { unread.octets }

  /// The program's stdin took the first `count` octets of `octetsForProgram`.
  mutating func programTook(_ count: Int) {
    unread.removeFirst(count)
  }

  /// The program's stdin takes nothing any more.
  mutating func programClosedStdin() {
    stdinIsClosed = true
    unread.removeAll()
  }
}

import CXexec

/// What a program and a client say to each other: a ``Relay``, with the program's stdin at its one end,
/// and responses at the other, which wait while the client takes none. Who has not heard of its command
/// for a while is told that it is still being worked on.
struct Conversation: ~Copyable {
  private var relay: Relay
  private var input: ProgramInput
  private var responses = OctetBuffer()
  /// One of them tells of progress.
  private var hasReport = false
  private var silence: Silence
  private let progress: ProgressReport.Style
  private let tag: OwnedCString?
  /// What the program has written.
  private(set) var octetsOut = 0
  /// The client takes no responses at the moment.
  var isHeld = false

  @_optimize(size)
  init(_ command: Run.Command, _ input: ProgramInput, now: Int) {
    self.input = input
    progress = command.module.options.progress
    tag = command.tag
    relay = Relay(takesPrompts: !command.hasLiteral, progress: progress, tag: tag)
    silence = Silence(now: now)
    if command.module.options.stderr == .log { relay.logStderr() }
  }

  // MARK: - What the program says

  mutating func programWrote(
    _ octets: UnsafeBufferPointer<UInt8>, to stream: ResponseWriter.Stream, log: inout RunLog
  ) {
    octetsOut += octets.count
    let takesReport = progress != .none && silence.takesReport(now: Clock.now())
    relay.takesReport = takesReport
    relay.programWrote(octets, to: stream, responses: &responses)
    if takesReport && !relay.takesReport { hasReport = true }
    if relay.hasNotes { writeNotes(&log) }
  }

  mutating func programClosed(_ stream: ResponseWriter.Stream, log: inout RunLog) {
    relay.programClosed(stream, responses: &responses)
    if relay.hasNotes { writeNotes(&log) }
  }

  @inline(never)
  private mutating func writeNotes(_ log: inout RunLog) {
    relay.removeNotes { log.write($0, $1) }
  }

  /// From now on what it says on stderr is for the log.
  mutating func logStderr() { relay.logStderr() }

  /// The exit status that it has given itself.
  var ownStatus: UInt8? { relay.ownStatus }

  // MARK: - What the client says

  /// Octets of the client's that the program's stdin has taken.
  var octetsIn: Int { input.octetsOfClient }

  var takesAnswer: Bool { relay.takesAnswer }

  /// Takes answers. Returns how many octets it took.
  mutating func answer(_ octets: UnsafeBufferPointer<UInt8>) -> Int {
    let taken = relay.clientSent(octets)
    if taken > 0 { writeInput(isWanted: true) }
    return taken
  }

  /// Whether octets of a literal would be taken now.
  ///
  /// - Parameter isWanted: There is a program to take them. If not they are dropped.
  func takesLiteral(isWanted: Bool) -> Bool {
    input.takesLiteral(isWanted: isWanted && !relay.stdinIsClosed)
  }

  /// Takes octets of it. Returns how many it took.
  mutating func takeLiteral(_ octets: UnsafeBufferPointer<UInt8>, isWanted: Bool) -> Int {
    if !takesLiteral(isWanted: isWanted) { return 0 }
    if !isWanted || relay.stdinIsClosed { return octets.count }
    return input.takeLiteral(octets, &relay)
  }

  mutating func completeLiteral(isWanted: Bool) {
    if input.completeLiteral() { endInputIfComplete(isWanted: isWanted) }
  }

  /// Whether the client is waited for: neither the program's time nor the client's patience runs then.
  /// Not while answers wait for the program, and not while the client does not read: nothing is read
  /// from it then.
  func waitsForClient(isWanted: Bool) -> Bool {
    !isHeld
      && (relay.takesAnswer
        || (isWanted && !relay.stdinIsClosed && takesLiteral(isWanted: true)))
  }

  // MARK: - The program's stdin

  /// What becomes writable when it has room again; -1 while it has.
  var watchedStdin: Int32 { input.watched }

  /// What must stay open when the program is ended.
  var keptStdin: FileDescriptor? { input.keptOpen }

  /// Octets for it, ahead of all others.
  mutating func sendFirst(_ octets: UnsafeBufferPointer<UInt8>) { relay.sendFirst(octets) }

  /// There is a connection to a service.
  mutating func connect(_ socket: FileDescriptor) {
    input.connect(socket)
    writeInput(isWanted: true)
  }

  @inline(never)
  mutating func writeInput(isWanted: Bool) {
    input.write(waitingIn: &relay)
    endInputIfComplete(isWanted: isWanted)
  }

  private mutating func endInputIfComplete(isWanted: Bool) {
    if isWanted && !relay.stdinIsClosed { input.endIfComplete(&relay) }
  }

  mutating func programClosedStdin() { relay.programClosedStdin() }

  // MARK: - Responses

  /// Makes room for what becomes of a block of so many octets.
  mutating func expect(_ count: Int) { responses.reserveCapacity(count + count / 4) }

  /// Hands the responses to `send`, unless they have to wait.
  mutating func send(_ send: (UnsafeBufferPointer<UInt8>) -> Void) {
    if isHeld || responses.isEmpty { return }
    send(responses.octets)
    responses.removeAll()
    silence.end(withReport: hasReport, now: Clock.now())
    hasReport = false
  }

  /// The server waits for the client from now on, or not.
  mutating func setWaitingForClient(_ waiting: Bool, now: Int) {
    silence.setWaitingForClient(waiting, now: now)
  }

  // MARK: - Progress

  /// Milliseconds until the client is to be told that its command is still being worked on; nil if it
  /// is not.
  func timeout(now: Int) -> Int? {
    progress == .none || isHeld ? nil : silence.timeout(now: now)
  }

  /// Tells the client so, if it is due.
  mutating func report(ifDue now: Int) {
    if timeout(now: now) == 0 { report(progress) }
  }

  /// Tells the client so, whether it wants to be told or not.
  mutating func report() { report(progress == .none ? .text : progress) }

  @_optimize(size) @inline(never)
  private mutating func report(_ style: ProgressReport.Style) {
    ProgressReport().append(
      to: &responses, style: style, tag: tag, line: UnsafeBufferPointer(start: nil, count: 0))
    hasReport = true
  }
}

import CXexec

/// One program, from its start to its tagged response: the descriptors and the clock around a
/// `Relay`.
///
/// Nothing here blocks. All descriptors stay open until the run is freed, so that whoever watches
/// them can stop watching first.
final class Run {
  private let program: Program
  private let exit: FileDescriptor
  /// `exit` tells of an exit that cannot be waited for yet: the program is traced.
  private var exitIsAhead = false
  private let command: Command
  private var stdin: ProgramInput
  private var stdout: OutputStream
  private var stderr: OutputStream

  private var stderrHold: StderrHold

  private var relay: Relay
  private var responses = OctetBuffer()
  /// One of them tells of progress.
  private var hasReport = false
  private let block = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Run.blockSize)

  private var limit: TimeLimit
  private var silence: Silence
  /// The client takes no responses at the moment: they wait in `responses`.
  private var isHeld = false
  /// When a client that has ended its sending side is given up: it may be gone altogether.
  private var leavesAt: Int?

  private var status: TerminationStatus?
  private var ending: Ending?
  private var octetsOut = 0
  /// The texts of the outcome, kept for the caller.
  private var reply = OctetBuffer()
  private var logLine = OctetBuffer()
  private var log: RunLog

  /// How much is read at once. Less than a pipe holds: the program can write on while the block is
  /// on its way. What becomes of lines of ordinary length fits into 64 kB then.
  private static let blockSize = 49152

  /// Where no descriptor tells of the exit, it is looked for this often: milliseconds.
  private static let exitPollInterval = 20

  /// How long a client that has ended its sending side is still served, in milliseconds. It cannot
  /// be told from one that is gone behind a firewall that tells nobody.
  static let halfClosedPeriod = 10_000

  /// What the program is to the server.
  private enum Program {
    /// A process that it has started, the leader of a group.
    case process(ProcessGroup)
    /// A connection to the service that runs it.
    case service
  }

  private struct Ending {
    let reason: RunOutcome.Reason
    /// Only a process group has to be ended; a service sees the end of its connection.
    let teardown: Teardown?
  }

  /// The way to a service.
  private var connection: ServiceConnection?
  /// How a service's program ends.
  private var result = ServiceResult()
  /// When octets that may be the result are taken for output.
  private var releaseAt = 0

  /// What a run has to know of the client's command.
  struct Command {
    let module: Module
    /// nil if it is not known, or cannot be quoted.
    let tag: OwnedCString?
    /// A literal of it is the program's stdin.
    let hasLiteral: Bool
    let host: xexec_run_host
  }

  /// Takes over a program that was just started.
  convenience init(_ program: SpawnedProgram, _ command: Command) {
    self.init(
      .process(program.group), exit: program.exit,
      stdin: ProgramInput(program.stdin, takesLiteral: command.hasLiteral),
      stdout: OutputStream(descriptor: program.stdout, kind: .stdout),
      stderr: OutputStream(descriptor: program.stderr, kind: .stderr), command,
      .process(program.group.leader))
  }

  /// A program of a service, which is not connected to yet.
  convenience init(
    _ connection: ServiceConnection, at address: OwnedCString,
    request: borrowing ServiceRequest, _ command: Command
  ) {
    let closed = FileDescriptor(owning: -1)
    self.init(
      .service, exit: closed,
      stdin: ProgramInput(
        nil, requestSize: request.lines.count, takesLiteral: command.hasLiteral),
      stdout: OutputStream(descriptor: closed, kind: .stdout),
      stderr: OutputStream(descriptor: closed, kind: .stderr, isDone: true), command,
      .service(address: address))
    self.connection = connection
    relay.sendFirst(request.lines.octets)
  }

  @inline(never)
  private init(
    _ program: Program, exit: FileDescriptor, stdin: ProgramInput, stdout: OutputStream,
    stderr: OutputStream, _ command: Command, _ runner: RunLog.Runner
  ) {
    let now = Clock.now()
    let options = command.module.options
    self.program = program
    self.exit = exit
    self.stdin = stdin
    self.stdout = stdout
    self.stderr = stderr
    self.command = command
    relay = Relay(
      takesPrompts: !command.hasLiteral, progress: options.progress, tag: command.tag)
    limit = TimeLimit(milliseconds: options.timeLimit, now: now)
    silence = Silence(now: now)
    log = RunLog(host: command.host, module: command.module, runner: runner, now: now)
    let logsStderr = options.stderr == .log
    stderrHold = StderrHold(until: logsStderr || stderr.isDone ? nil : now + StderrHold.period)
    if logsStderr { relay.logStderr() }
  }

  deinit { block.deallocate() }

  // MARK: - Services

  private func connect(isReady: Bool) {
    guard let connection, !hasEnded, ending == nil else { return }
    switch connection.step(isReady: isReady, now: Clock.now()) {
    case .none: break
    case .connected(let socket): connected(socket)
    case .failed(let reason): unreachable(reason)
    }
  }

  func connected(_ socket: FileDescriptor) {
    connection = nil
    stdin.connect(socket)
    stdout.descriptor = socket
    writeInput()
  }

  private func unreachable(_ reason: UnsafePointer<CChar>) {
    log.writeUnreachable(reason)
    status = .unreachable
    hasEnded = true
    stdout.close()
  }

  /// The name of the host that a service is on has been looked up.
  func lookedUp(
    _ addresses: UnsafeBufferPointer<UnsafePointer<CChar>?>, error: UnsafePointer<CChar>?
  ) {
    connection?.lookedUp(addresses, error: error, now: Clock.now())
  }

  // MARK: - Events

  /// Carries on after events (a mask of `xexec_event`), and hands the responses that come of it to
  /// `send`.
  ///
  /// - Parameter hasRoom: False if the client takes none now. They are kept, and no output is to be
  ///   read meanwhile.
  func step(events: UInt32, hasRoom: Bool = true, send: (UnsafeBufferPointer<UInt8>) -> Void) {
    func happened(_ event: xexec_event) -> Bool { events & UInt32(event.rawValue) != 0 }

    isHeld = !hasRoom
    if happened(XEXEC_EVENT_EXIT) {
      noticeExit()
      exitIsAhead = !hasEnded
    }
    if connection != nil {
      connect(isReady: happened(XEXEC_EVENT_STDIN))
    } else if happened(XEXEC_EVENT_STDIN) {
      writeInput()
    }
    if hasRoom {
      readOutput(stdout: happened(XEXEC_EVENT_STDOUT), stderr: happened(XEXEC_EVENT_STDERR))
    }
    if happened(XEXEC_EVENT_TIMEOUT) { checkTime() }
    updateWaiting()

    if hasRoom && !responses.isEmpty {
      send(responses.octets)
      responses.removeAll()
      silence.end(withReport: hasReport, now: Clock.now())
      hasReport = false
    }
  }

  /// What to watch next.
  func watch() -> xexec_watch {
    let now = Clock.now()
    return xexec_watch(
      stdout_fd: stdout.isDone ? -1 : stdout.descriptor.number,
      stderr_fd: stderr.isDone || !stderrHold.isOver ? -1 : stderr.descriptor.number,
      stdin_fd: hasEnded ? -1 : connection?.descriptor ?? stdin.watched,
      exit_fd: hasEnded || exitIsAhead ? -1 : exit.number,
      hangup_fd: -1,
      pid: processID,
      timeout: Int32(clamping: timeout(now: now) ?? -1),
      lookup: hasEnded ? nil : connection?.hostToLookUp,
      client: takesAnswer,
      finished: isFinished,
      gone: !hasEnded && leavesAt.map { $0 <= now } ?? false)
  }

  /// The process that is to be waited for, or 0.
  private var processID: pid_t {
    if case .process(let group) = program, !hasEnded { return group.leader }
    return 0
  }

  /// Whether a line of the client is waited for.
  var takesAnswer: Bool { ending == nil && !hasEnded && relay.takesAnswer }

  /// Whether nothing more will come.
  var isFinished: Bool { hasEnded && isDrained }

  private var isDrained: Bool { stdout.isDone && stderr.isDone }

  /// The program is no more, or past help.
  private var hasEnded = false

  private func timeout(now: Int) -> Int? {
    if hasEnded { return isDrained || isHeld ? nil : Run.exitPollInterval }
    var due = ending?.teardown?.untilDue(now: now) ?? limit.timeout(now: now)
    func atLatest(_ other: Int?) {
      if let other { due = min(due ?? other, max(0, other)) }
    }
    if !isHeld {
      atLatest(untilReport(now: now))
      atLatest(stderrHold.timeout(now: now))
    }
    atLatest(leavesAt.map { $0 - now })
    atLatest(connection?.timeout(now: now))
    switch program {
    case .process: if !exit.isOpen || exitIsAhead { atLatest(Run.exitPollInterval) }
    case .service: if result.heldCount > 0 { atLatest(releaseAt - now) }
    }
    return due
  }

  // MARK: - Output

  /// Whether nothing is read from stderr yet.
  var holdsStderr: Bool { !stderrHold.isOver }

  /// Reads from the streams that are ready. A program that ends closes both and exits: if one is
  /// closed the other is looked at as well, and then the exit, so that not each of them wakes the
  /// server by itself.
  private func readOutput(stdout isStdoutReady: Bool, stderr isStderrReady: Bool) {
    if !isStdoutReady && !isStderrReady { return }
    if isStdoutReady { read(&stdout) }
    if octetsOut > 0 { stderrHold.release() }
    // what stderr is for shows with the exit
    if stdout.isDone && !stderrHold.isOver { noticeExit() }
    if stderrHold.isOver && (isStderrReady || stdout.isDone) { read(&stderr) }
    if !isStdoutReady && stderr.isDone { read(&stdout) }
    if stdout.isDone && stderr.isDone { noticeExit() }
  }

  private func read(_ stream: inout OutputStream) {
    if stream.isDone { return }
    switch stream.read(into: block) {
    case .octets(let count):
      if count == block.count { responses.reserveCapacity(block.count + block.count / 4) }
      take(UnsafeBufferPointer(rebasing: block[..<count]), from: stream.kind)
      if stream.isDrained { close(&stream) }
    case .nothing: break
    case .end: close(&stream)
    }
  }

  private func take(_ octets: UnsafeBufferPointer<UInt8>, from stream: ResponseWriter.Stream) {
    switch program {
    case .process:
      programWrote(octets, to: stream)
    case .service:
      result.take(octets) { programWrote($0, to: stream) }
      // whatever was held before, what is held now has come just now
      releaseAt = Clock.now() + ServiceResult.holdPeriod
    }
  }

  private func programWrote(
    _ octets: UnsafeBufferPointer<UInt8>, to stream: ResponseWriter.Stream
  ) {
    octetsOut += octets.count
    let takesReport = progress != .none && silence.takesReport(now: Clock.now())
    relay.takesReport = takesReport
    relay.programWrote(octets, to: stream, responses: &responses)
    if takesReport && !relay.takesReport { hasReport = true }
    if relay.hasNotes { writeNotes() }
  }

  @inline(never)
  private func writeNotes() {
    relay.removeNotes { log.write($0, $1) }
  }

  private func close(_ stream: inout OutputStream) {
    if stream.isDone { return }
    stream.close()
    if case .service = program {
      status = result.finish { programWrote($0, to: stream.kind) }
      hasEnded = true
      relay.programClosedStdin()
    }
    relay.programClosed(stream.kind, responses: &responses)
    if relay.hasNotes { writeNotes() }
  }

  // MARK: - Input

  /// Takes answers out of what the client sent. Returns how many octets it took.
  @inline(never)
  func answer(_ octets: UnsafeBufferPointer<UInt8>) -> Int {
    if !takesAnswer { return 0 }
    let taken = relay.clientSent(octets)
    if taken > 0 {
      writeInput()
      updateWaiting()
    }
    return taken
  }

  private func writeInput() {
    stdin.write(waitingIn: &relay)
    endInputIfComplete()
  }

  // MARK: - The literal

  /// Whether octets of the literal would be taken now.
  var takesLiteral: Bool { stdin.takesLiteral(isWanted: wantsLiteral) }

  /// Whether the program can still do something with octets of the literal.
  private var wantsLiteral: Bool { ending == nil && !hasEnded && !relay.stdinIsClosed }

  /// Takes octets of the literal that is the program's stdin. Returns how many it took.
  @inline(never)
  func takeLiteral(_ octets: UnsafeBufferPointer<UInt8>) -> Int {
    if !takesLiteral { return 0 }
    if !wantsLiteral { return octets.count }
    let taken = stdin.takeLiteral(octets, &relay)
    updateWaiting()
    return taken
  }

  /// The literal is complete, and nothing but the end of the line came behind it: the program reads
  /// an end of file.
  @inline(never)
  func completeLiteral() {
    if !stdin.completeLiteral() { return }
    endInputIfComplete()
    updateWaiting()
  }

  private func endInputIfComplete() {
    if wantsLiteral { stdin.endIfComplete(&relay) }
  }

  /// Something else than the end of the line came behind the literal. The client is told so even if
  /// the program has ended before.
  func literalNotLast() {
    end(.literalNotLast)
    if ending == nil { ending = Ending(reason: .literalNotLast, teardown: nil) }
  }

  /// The client's line is longer than the server can hold.
  func answerTooLong() { end(.answerTooLong) }

  // MARK: - The client's end

  /// The client has ended its sending side, and a prompt waits for what cannot come any more. The
  /// program is ended: one that read an end of file instead might go on with an empty answer.
  func clientEnded() { end(.connectionClosed) }

  /// The client has ended its sending side, as far as the system knows. It may be gone: it is told
  /// something, which the system of one that is gone answers with a reset.
  @inline(never)
  func clientHalfClosed() {
    if leavesAt != nil || hasEnded { return }
    leavesAt = Clock.now() + Run.halfClosedPeriod
    report(progress == .none ? .text : progress)
  }

  // MARK: - Time

  /// Neither the program's time nor the client's patience runs while the client is waited for: not
  /// while answers wait for the program, and not while the client does not read. Nothing is read from
  /// it then.
  private func updateWaiting() {
    let now = Clock.now()
    let waitsForClient = !isHeld && (relay.takesAnswer || (takesLiteral && wantsLiteral))
    limit.setRunning(!waitsForClient, now: now)
    silence.setWaitingForClient(waitsForClient, now: now)
  }

  private func checkTime() {
    // a program that has ended in time may not have been looked at since
    noticeExit()
    let now = Clock.now()
    stderrHold.release(ifDue: now)
    if hasEnded {
      // what was in a pipe at the exit may be gone, and then no event tells of it
      if !isHeld { readOutput(stdout: true, stderr: true) }
      return
    }
    if result.heldCount > 0 && now >= releaseAt {
      result.release { programWrote($0, to: .stdout) }
    }
    if let teardown = ending?.teardown {
      teardown.killIfDue(now: now)
      if teardown.isHopeless(now: now) { drain() }
    } else if limit.timeout(now: now) == 0 {
      end(.timedOut)
    }
    if !isHeld && untilReport(now: now) == 0 { report(progress) }
  }

  // MARK: - Progress

  private var progress: ProgressReport.Style { command.module.options.progress }

  /// Milliseconds until the client is told that its command is still being worked on.
  private func untilReport(now: Int) -> Int? {
    progress == .none ? nil : silence.timeout(now: now)
  }

  private func report(_ style: ProgressReport.Style) {
    ProgressReport().append(
      to: &responses, style: style, tag: command.tag,
      line: UnsafeBufferPointer(start: nil, count: 0))
    hasReport = true
  }

  // MARK: - The end

  private func end(_ reason: RunOutcome.Reason) {
    if ending != nil || hasEnded { return }
    stderrHold.release()
    switch program {
    case .process(let group):
      ending = Ending(
        reason: reason,
        teardown: Teardown(
          group, outputs: [stdout.descriptor, stderr.descriptor],
          stdin: stdin.keptOpen, now: Clock.now()))
    case .service:
      ending = Ending(reason: reason, teardown: nil)
      drain()
    }
  }

  private func noticeExit() {
    guard case .process(let group) = program, !hasEnded, let status = group.reapLeader() else {
      return
    }
    exited(status)
  }

  /// Somebody else has waited for the program, and tells its status word (wait(2)).
  func reaped(waitStatus: Int32) {
    if !hasEnded { exited(TerminationStatus(waitStatus: waitStatus)) }
  }

  private func exited(_ status: TerminationStatus) {
    self.status = status
    ending?.teardown?.leaderIsReaped = true
    drain()
  }

  /// From now on only what is in the pipes already is read.
  private func drain() {
    hasEnded = true
    relay.programClosedStdin()
    drain(&stdout)
    if !stderrHold.isOver {
      stderrHold.release()
      if let status, StderrHold.didNotRun(status), stdout.isDone { relay.logStderr() }
    }
    drain(&stderr)
  }

  private func drain(_ stream: inout OutputStream) {
    if stream.isDone { return }
    stream.drain()
    if stream.isDrained { close(&stream) }
  }

  /// How the finished run ended. The strings are valid as long as the run.
  func finish() -> xexec_outcome { outcome() }

  /// Ends the program because the connection is no more.
  func cancel() -> xexec_outcome {
    noticeExit()
    end(.connectionClosed)
    return outcome()
  }

  private func outcome() -> xexec_outcome {
    let outcome = RunOutcome(status: ownStatus ?? status, reason: ending?.reason)
    outcome.appendReply(to: &reply)
    log.append(
      outcome, octetsOut: octetsOut, octetsIn: stdin.octetsOfClient, now: Clock.now(),
      to: &logLine)
    var teardown: OpaquePointer?
    if let left = ending?.teardown, !left.isOver {
      teardown = OpaquePointer(Unmanaged.passRetained(left).toOpaque())
    }
    return xexec_outcome(
      reply: reply.cString(), bad: outcome.isClientsFault, log: logLine.cString(),
      teardown: teardown)
  }

  /// The status that the program has given itself, which counts if it exits with 0.
  private var ownStatus: TerminationStatus? {
    guard status == .exited(0), let own = relay.ownStatus else { return nil }
    return .exited(Int(own))
  }
}

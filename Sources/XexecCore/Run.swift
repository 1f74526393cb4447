import CXexec

/// One program, from its start to its tagged response: the descriptors and the clock around a
/// `Relay`.
///
/// Nothing here blocks. All descriptors stay open until the run is freed, so that whoever watches
/// them can stop watching first.
final class Run {
  /// The program, which is one of these two.
  private var process: ProgramProcess?
  private var service: ServiceProgram?
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
  /// Why the server ends the program, if it does.
  private var reason: RunOutcome.Reason?
  private var octetsOut = 0
  /// The texts of the outcome, kept for the caller.
  private var reply = OctetBuffer()
  private var logLine = OctetBuffer()
  private var log: RunLog

  /// How much is read at once. Less than a pipe holds: the program can write on while the block is
  /// on its way. What becomes of lines of ordinary length fits into 64 kB then.
  private static let blockSize = 49152

  /// How long a client that has ended its sending side is still served, in milliseconds. It cannot
  /// be told from one that is gone behind a firewall that tells nobody.
  static let halfClosedPeriod = 10_000

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
      stdin: ProgramInput(program.stdin, takesLiteral: command.hasLiteral),
      stdout: OutputStream(descriptor: program.stdout, kind: .stdout),
      stderr: OutputStream(descriptor: program.stderr, kind: .stderr), command,
      .process(program.group.leader))
    process = ProgramProcess(program.group, exit: program.exit)
  }

  /// A program of a service, which is not connected to yet.
  convenience init(
    _ connection: ServiceConnection, at address: OwnedCString,
    request: borrowing ServiceRequest, _ command: Command
  ) {
    let closed = FileDescriptor(owning: -1)
    self.init(
      stdin: ProgramInput(
        nil, requestSize: request.lines.count, takesLiteral: command.hasLiteral),
      stdout: OutputStream(descriptor: closed, kind: .stdout),
      stderr: OutputStream(descriptor: closed, kind: .stderr, isDone: true), command,
      .service(address: address))
    service = ServiceProgram(connection)
    relay.sendFirst(request.lines.octets)
  }

  @inline(never)
  private init(
    stdin: ProgramInput, stdout: OutputStream,
    stderr: OutputStream, _ command: Command, _ runner: RunLog.Runner
  ) {
    let now = Clock.now()
    let options = command.module.options
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
    if hasEnded || reason != nil { return }
    switch service?.connect(isReady: isReady, now: Clock.now()) ?? .underWay {
    case .underWay: break
    case .connected(let socket):
      stdin.connect(socket)
      stdout.descriptor = socket
      writeInput()
    case .failed(let reason): unreachable(reason)
    }
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
    service?.lookedUp(addresses, error: error, now: Clock.now())
  }

  // MARK: - Events

  /// Carries on after events, and hands the responses that come of it to
  /// `send`.
  ///
  /// - Parameter hasRoom: False if the client takes none now. They are kept, and no output is to be
  ///   read meanwhile.
  func step(events: RunEvents, hasRoom: Bool = true, send: (UnsafeBufferPointer<UInt8>) -> Void) {
    isHeld = !hasRoom
    if events.contains(.exit) {
      noticeExit()
      if !hasEnded { process?.exitIsToCome() }
    }
    if service?.isConnected == false {
      connect(isReady: events.contains(.stdin))
    } else if events.contains(.stdin) {
      writeInput()
    }
    if hasRoom {
      readOutput(stdout: events.contains(.stdout), stderr: events.contains(.stderr))
    }
    if events.contains(.timeout) { checkTime() }
    updateWaiting()

    if hasRoom && !responses.isEmpty {
      send(responses.octets)
      responses.removeAll()
      silence.end(withReport: hasReport, now: Clock.now())
      hasReport = false
    }
  }

  /// The client takes no responses from now on, or takes them again.
  func hold(_ isHeld: Bool) {
    if isHeld == self.isHeld { return }
    self.isHeld = isHeld
    updateWaiting()
  }

  /// What to watch next.
  func watch() -> RunWatch {
    let now = Clock.now()
    return RunWatch(
      stdout: stdout.isDone ? -1 : stdout.descriptor.number,
      stderr: stderr.isDone || !stderrHold.isOver ? -1 : stderr.descriptor.number,
      stdin: hasEnded ? -1 : max(stdin.watched, service?.connectingDescriptor ?? -1),
      exit: hasEnded ? -1 : process?.exitDescriptor ?? -1,
      pid: hasEnded ? 0 : process?.id ?? 0,
      timeout: Int32(clamping: timeout(now: now) ?? -1),
      lookup: hasEnded ? nil : service?.hostToLookUp,
      client: takesAnswer,
      finished: isFinished,
      gone: !hasEnded && leavesAt.map { $0 <= now } ?? false)
  }

  /// Whether a line of the client is waited for.
  var takesAnswer: Bool { reason == nil && !hasEnded && relay.takesAnswer }

  /// Whether nothing more will come.
  var isFinished: Bool { hasEnded && isDrained }

  private var isDrained: Bool { stdout.isDone && stderr.isDone }

  /// The program is no more, or past help.
  private var hasEnded = false

  private func timeout(now: Int) -> Int? {
    if hasEnded { return isDrained || isHeld ? nil : ProgramProcess.pollInterval }
    var due = process?.teardown?.untilDue(now: now) ?? limit.timeout(now: now)
    func atLatest(_ other: Int?) {
      if let other { due = min(due ?? other, max(0, other)) }
    }
    if !isHeld {
      atLatest(untilReport(now: now))
      atLatest(stderrHold.timeout(now: now))
    }
    atLatest(leavesAt.map { $0 - now })
    atLatest(process?.untilLook)
    atLatest(service?.timeout(now: now))
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
    if service == nil {
      programWrote(octets, to: stream)
    } else {
      service?.take(octets, now: Clock.now()) { programWrote($0, to: stream) }
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
    if let status = service?.finish(passOn: { programWrote($0, to: stream.kind) }) {
      self.status = status
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
  private var wantsLiteral: Bool { reason == nil && !hasEnded && !relay.stdinIsClosed }

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
    if reason == nil { reason = .literalNotLast }
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
    service?.release(ifDue: now) { programWrote($0, to: .stdout) }
    if let teardown = process?.teardown {
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
    if self.reason != nil || hasEnded { return }
    self.reason = reason
    stderrHold.release()
    // a service sees the end of its connection
    if process == nil { drain() }
    process?.end(
      outputs: [stdout.descriptor, stderr.descriptor], stdin: stdin.keptOpen, now: Clock.now())
  }

  private func noticeExit() {
    if hasEnded { return }
    if let status = process?.lookForExit() { exited(status) }
  }

  /// Somebody else has waited for the program, and tells its status word (wait(2)).
  func reaped(waitStatus: Int32) {
    if !hasEnded { exited(TerminationStatus(waitStatus: waitStatus)) }
  }

  private func exited(_ status: TerminationStatus) {
    self.status = status
    process?.isReaped()
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

  /// How a run ended. The strings are valid as long as the run.
  struct End {
    /// The text of the tagged response: behind `BAD` if bad, else with its own `NO` or `OK`.
    let reply: UnsafePointer<CChar>
    let isBad: Bool
    let log: UnsafePointer<CChar>
    /// Of what is left of the program.
    let teardown: Teardown?
  }

  /// How the finished run ended.
  func finish() -> End { end() }

  /// Ends the program because the connection is no more.
  func cancel() -> End {
    noticeExit()
    // what it has said for the log is not lost
    if stdout.descriptor.isOpen { readOutput(stdout: true, stderr: true) }
    end(.connectionClosed)
    return end()
  }

  /// Nothing is logged any more.
  func stopLogging() { log.isSilent = true }

  private func end() -> End {
    let outcome = RunOutcome(status: ownStatus ?? status, reason: reason)
    outcome.appendReply(to: &reply)
    log.append(
      outcome, octetsOut: octetsOut, octetsIn: stdin.octetsOfClient, now: Clock.now(),
      to: &logLine)
    let teardown = process?.teardown
    return End(
      reply: reply.cString(), isBad: outcome.isClientsFault, log: logLine.cString(),
      teardown: teardown?.isOver == false ? teardown : nil)
  }

  /// The status that the program has given itself, which counts if it exits with 0.
  private var ownStatus: TerminationStatus? {
    guard status == .exited(0), let own = relay.ownStatus else { return nil }
    return .exited(Int(own))
  }
}

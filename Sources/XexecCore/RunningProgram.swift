import CXexec

/// A program at work, from its start to its end: what it is, what it writes, and how far it has come.
final class RunningProgram {
  private let program: Program
  private var output: ProgramOutput
  var conversation: Conversation
  private(set) var state = RunState.running
  private(set) var log: RunLog

  @_optimize(size)
  @inline(never)
  init(
    _ program: Program, _ input: ProgramInput, _ output: ProgramOutput, _ command: Run.Command,
    _ runner: RunLog.Runner, now: Int
  ) {
    self.program = program
    self.output = output
    conversation = Conversation(command, input, now: now)
    log = RunLog(host: command.host, module: command.module, runner: runner, now: now)
  }

  /// Whether nothing more will come.
  var isFinished: Bool { state.hasEnded && output.isDone }

  /// Its end, once it is being ended.
  var teardown: Teardown? { program.process?.teardown }

  /// Nothing is logged any more.
  func stopLogging() { log.isSilent = true }

  // MARK: - Events

  /// Carries on after events, but for the time.
  func carryOn(_ events: RunEvents) {
    if events.contains(.exit) {
      noticeExit()
      if !state.hasEnded { program.process?.exitIsToCome() }
    }
    if program.service?.isConnected == false {
      connect(isReady: events.contains(.stdin))
    } else if events.contains(.stdin) {
      conversation.writeInput(isWanted: state.isRunning)
    }
    if !conversation.isHeld {
      readOutput(stdout: events.contains(.stdout), stderr: events.contains(.stderr))
    }
  }

  /// What to watch for it.
  var watch: RunWatch {
    var watch = RunWatch(stdout: output.watchedStdout, stderr: output.watchedStderr)
    if state.hasEnded { return watch }
    watch.stdin = max(conversation.watchedStdin, program.service?.connectingDescriptor ?? -1)
    watch.exit = program.process?.exitDescriptor ?? -1
    watch.pid = program.process?.id ?? 0
    watch.lookup = program.service?.hostToLookUp
    return watch
  }

  // MARK: - Time

  /// Milliseconds until it has to be looked at; nil if there is no need.
  func timeout(now: Int) -> Int? {
    if state.hasEnded {
      return output.isDone || conversation.isHeld ? nil : ProgramProcess.pollInterval
    }
    let due = program.timeout(now: now)
    guard !conversation.isHeld, let release = output.timeout(now: now) else { return due }
    return min(due ?? release, release)
  }

  /// Looks at it, at any time.
  @_optimize(size) @inline(never)
  func look(now: Int) {
    // a program that has ended in time may not have been looked at since
    noticeExit()
    output.releaseStderr(ifDue: now)
    if state.hasEnded {
      // what was in a pipe at the exit may be gone, and then no event tells of it
      if !conversation.isHeld { readOutput(stdout: true, stderr: true) }
      return
    }
    program.service?.release(ifDue: now) { programWrote($0, to: .stdout) }
    if let teardown {
      teardown.killIfDue(now: now)
      if teardown.isHopeless(now: now) { drain(nil) }
    }
  }

  // MARK: - Services

  @_optimize(size)
  private func connect(isReady: Bool) {
    guard state.isRunning, let service = program.service else { return }
    switch service.connect(isReady: isReady, now: Clock.now()) {
    case .underWay: break
    case .connected(let socket):
      output.connect(socket)
      conversation.connect(socket)
    case .failed(let reason):
      log.writeUnreachable(reason)
      state.end(with: .unreachable)
      _ = output.close(.stdout)
    }
  }

  /// The name of the host that it is on has been looked up.
  func lookedUp(
    _ addresses: UnsafeBufferPointer<UnsafePointer<CChar>?>, error: UnsafePointer<CChar>?
  ) {
    program.service?.lookedUp(addresses, error: error, now: Clock.now())
  }

  // MARK: - Output

  /// Whether nothing is read from stderr yet.
  var holdsStderr: Bool { output.holdsStderr }

  /// Reads from the streams that are ready. A program that ends closes both and exits: if one is
  /// closed the other is looked at as well, and then the exit, so that not each of them wakes the
  /// server by itself.
  private func readOutput(stdout isStdoutReady: Bool, stderr isStderrReady: Bool) {
    if !isStdoutReady && !isStderrReady { return }
    if isStdoutReady { read(.stdout) }
    if conversation.octetsOut > 0 { output.releaseStderr() }
    // what stderr is for shows with the exit
    if output.stdout.isDone && output.holdsStderr { noticeExit() }
    if !output.holdsStderr && (isStderrReady || output.stdout.isDone) { read(.stderr) }
    if !isStdoutReady && output.stderr.isDone { read(.stdout) }
    if output.isDone { noticeExit() }
  }

  private func read(_ stream: ResponseWriter.Stream) {
    switch output.read(stream) {
    case .octets(let octets):
      if octets.count == ProgramOutput.blockSize { conversation.expect(octets.count) }
      if let service = program.service {
        service.take(octets, now: Clock.now()) { programWrote($0, to: stream) }
      } else {
        programWrote(octets, to: stream)
      }
      if output.isDrained(stream) { close(stream) }
    case .nothing: break
    case .end: close(stream)
    }
  }

  private func programWrote(
    _ octets: UnsafeBufferPointer<UInt8>, to stream: ResponseWriter.Stream
  ) {
    conversation.programWrote(octets, to: stream, log: &log)
  }

  private func close(_ stream: ResponseWriter.Stream) {
    if !output.close(stream) { return }
    if let service = program.service {
      state.end(with: service.finish { programWrote($0, to: stream) })
      conversation.programClosedStdin()
    }
    conversation.programClosed(stream, log: &log)
  }

  // MARK: - The end

  /// Ends it.
  @_optimize(size)
  func end(_ reason: RunOutcome.Reason) {
    if !state.end(for: reason) { return }
    output.releaseStderr()
    if let process = program.process {
      process.end(outputs: output.descriptors, stdin: conversation.keptStdin, now: Clock.now())
    } else {
      // a service sees the end of its connection
      drain(nil)
    }
  }

  private func noticeExit() {
    if state.hasEnded { return }
    if let status = program.process?.lookForExit() { exited(status) }
  }

  /// Somebody else has waited for the program, and tells its status word (wait(2)).
  func reaped(waitStatus: Int32) {
    if !state.hasEnded { exited(TerminationStatus(waitStatus: waitStatus)) }
  }

  private func exited(_ status: TerminationStatus) {
    program.process?.isReaped()
    drain(status)
  }

  /// From now on only what is in the pipes already is read.
  @_optimize(size)
  private func drain(_ status: TerminationStatus?) {
    state.end(with: status)
    conversation.programClosedStdin()
    if output.drain(.stdout) { close(.stdout) }
    if output.holdsStderr {
      output.releaseStderr()
      if let status, StderrHold.didNotRun(status), output.stdout.isDone {
        conversation.logStderr()
      }
    }
    if output.drain(.stderr) { close(.stderr) }
  }

  /// What there is to be read is read, and then it is ended.
  func cancel() {
    noticeExit()
    // what it has said for the log is not lost
    if output.isOpen { readOutput(stdout: true, stderr: true) }
    end(.connectionClosed)
  }

  /// Something else than the end of the line came behind the literal.
  func literalNotLast() {
    end(.literalNotLast)
    state.blame(.literalNotLast)
  }
}

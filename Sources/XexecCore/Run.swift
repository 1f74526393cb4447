import CXexec

/// One program, from its start to its tagged response: the descriptors and the clock around a
/// `Relay`.
///
/// Nothing here blocks. All descriptors stay open until the run is freed, so that whoever watches
/// them can stop watching first.
final class Run {
  private let module: Module
  private let group: ProcessGroup
  private let exit: FileDescriptor
  private let stdin: FileDescriptor
  private var stdout: OutputStream
  private var stderr: OutputStream

  private var relay = Relay()
  private var responses = OctetBuffer()
  private let block = UnsafeMutablePointer<UInt8>.allocate(capacity: Run.blockSize)

  private let startedAt: Int
  private var limit: TimeLimit
  private var status: TerminationStatus?
  private var ending: Ending?
  private var octetsOut = 0
  private var octetsIn = 0
  /// The texts of the outcome, kept for the caller.
  private var reply = OctetBuffer()
  private var log = OctetBuffer()

  /// How much is read at once. Half of a pipe: the program can write on while the block is on its
  /// way.
  private static let blockSize = 32768

  /// Where there is no descriptor that tells of the exit, it is looked for this often: milliseconds.
  private static let exitPollInterval = 20

  /// One of the program's two output streams.
  private struct OutputStream {
    let descriptor: FileDescriptor
    let kind: ResponseWriter.Stream
    /// Nothing more is to be read.
    var isDone = false
    /// After the program's exit: how many of its octets are still in the pipe. A process that it
    /// left behind may write on for ever, and is not waited for.
    var left: Int?
  }

  /// Why the server ended the program.
  private enum Reason {
    case timedOut
    case answerTooLong
    case connectionClosed
  }

  private struct Ending {
    let reason: Reason
    let teardown: Teardown
  }

  /// Takes over a program that was just started.
  init(_ program: SpawnedProgram, module: Module) {
    self.module = module
    group = program.group
    exit = program.exit
    stdin = program.stdin
    stdout = OutputStream(descriptor: program.stdout, kind: .stdout)
    stderr = OutputStream(descriptor: program.stderr, kind: .stderr)
    startedAt = Clock.now()
    limit = TimeLimit(milliseconds: module.timeLimit, now: startedAt)
  }

  deinit { block.deallocate() }

  // MARK: - Events

  /// Carries on after events (a mask of `xexec_event`), and hands the responses that come of it to
  /// `send`.
  func step(events: UInt32, send: (UnsafeBufferPointer<UInt8>) -> Void) {
    func happened(_ event: xexec_event) -> Bool { events & UInt32(event.rawValue) != 0 }

    if happened(XEXEC_EVENT_EXIT) { noticeExit() }
    if happened(XEXEC_EVENT_STDIN) { writeAnswers() }
    if happened(XEXEC_EVENT_STDOUT) { read(&stdout) }
    if happened(XEXEC_EVENT_STDERR) { read(&stderr) }
    if happened(XEXEC_EVENT_TIMEOUT) { checkTime() }
    updateLimit()

    if !responses.isEmpty {
      send(responses.octets)
      responses.removeAll()
    }
  }

  /// What to watch next.
  func watch() -> xexec_watch {
    xexec_watch(
      stdout_fd: stdout.isDone ? -1 : stdout.descriptor.number,
      stderr_fd: stderr.isDone ? -1 : stderr.descriptor.number,
      stdin_fd: relay.answersForProgram.isEmpty ? -1 : stdin.number,
      exit_fd: hasEnded ? -1 : exit.number,
      timeout: Int32(clamping: timeout(now: Clock.now()) ?? -1),
      answer: ending == nil && !hasEnded && relay.takesAnswer,
      finished: hasEnded && stdout.isDone && stderr.isDone)
  }

  /// The program is no more, or past help.
  private var hasEnded = false

  private func timeout(now: Int) -> Int? {
    if hasEnded { return nil }
    let due = ending?.teardown.untilDue(now: now) ?? limit.timeout(now: now)
    return exit.isOpen ? due : min(due ?? Int.max, Run.exitPollInterval)
  }

  // MARK: - Output

  private func read(_ stream: inout OutputStream) {
    if stream.isDone { return }
    let wanted = min(stream.left ?? Run.blockSize, Run.blockSize)
    let count = CXexec.read(stream.descriptor.number, block, wanted)
    if count > 0 {
      octetsOut += count
      relay.programWrote(
        UnsafeBufferPointer(start: block, count: count), to: stream.kind, responses: &responses)
      if let left = stream.left {
        stream.left = left - count
        if left == count { close(&stream) }
      }
    } else if count == 0 || (xexec_errno() != EAGAIN && xexec_errno() != EINTR) {
      close(&stream)
    }
  }

  private func close(_ stream: inout OutputStream) {
    if stream.isDone { return }
    stream.isDone = true
    relay.programClosed(stream.kind, responses: &responses)
  }

  // MARK: - Answers

  /// Takes answers out of what the client sent. Returns how many octets it took.
  func answer(_ octets: UnsafeBufferPointer<UInt8>) -> Int {
    if ending != nil || hasEnded { return 0 }
    let taken = relay.clientSent(octets)
    if taken > 0 {
      writeAnswers()
      updateLimit()
    }
    return taken
  }

  /// Writes as much to the program as it takes now. SIGPIPE is ignored in every Dovecot process
  /// (lib-master/master-service.c).
  private func writeAnswers() {
    while true {
      let octets = relay.answersForProgram
      if octets.isEmpty { return }
      let count = write(stdin.number, octets.baseAddress, octets.count)
      if count >= 0 {
        octetsIn += count
        relay.programTook(count)
      } else if xexec_errno() == EAGAIN {
        return
      } else if xexec_errno() != EINTR {
        relay.programClosedStdin()
      }
    }
  }

  /// The client's line is longer than the server can hold.
  func answerTooLong() { end(.answerTooLong) }

  // MARK: - Time

  /// The time stands still while the client is waited for: not while answers wait for the program.
  private func updateLimit() {
    limit.setRunning(!relay.takesAnswer, now: Clock.now())
  }

  private func checkTime() {
    // a program that has ended in time may not have been looked at since
    noticeExit()
    let now = Clock.now()
    if hasEnded { return }
    if let ending {
      ending.teardown.killIfDue(now: now)
      if ending.teardown.isHopeless(now: now) { drain() }
    } else if limit.timeout(now: now) == 0 {
      end(.timedOut)
    }
  }

  // MARK: - The end

  private func end(_ reason: Reason) {
    if ending != nil || hasEnded { return }
    ending = Ending(
      reason: reason,
      teardown: Teardown(
        group, outputs: [stdout.descriptor, stderr.descriptor], now: Clock.now()))
  }

  private func noticeExit() {
    if hasEnded { return }
    guard let status = group.reapLeader() else { return }
    self.status = status
    ending?.teardown.leaderIsReaped = true
    drain()
  }

  /// From now on only what is in the pipes already is read.
  private func drain() {
    hasEnded = true
    relay.programClosedStdin()
    drain(&stdout)
    drain(&stderr)
  }

  private func drain(_ stream: inout OutputStream) {
    if stream.isDone { return }
    let left = Int(xexec_bytes_readable(stream.descriptor.number))
    stream.left = left
    if left == 0 { close(&stream) }
  }

  /// How the finished run ended. The strings are valid as long as the run.
  func finish() -> xexec_outcome {
    composeReply()
    return outcome()
  }

  /// Ends the program because the connection is no more.
  func cancel() -> xexec_outcome {
    noticeExit()
    end(.connectionClosed)
    return outcome()
  }

  private func outcome() -> xexec_outcome {
    composeLog()
    var teardown: OpaquePointer?
    if let left = ending?.teardown, !left.isOver {
      teardown = OpaquePointer(Unmanaged.passRetained(left).toOpaque())
    }
    return xexec_outcome(
      reply: reply.cString(), bad: ending?.reason == .answerTooLong, log: log.cString(),
      teardown: teardown)
  }

  private func composeReply() {
    switch ending?.reason {
    case .timedOut:
      reply.append("NO [LIMIT] command timed out")
    case .answerTooLong:
      reply.append("Answer to a prompt is too long.")
    case .connectionClosed:
      break
    case nil:
      switch status ?? .unknown {
      case .exited(0):
        reply.append("OK command exited successfully")
      case .unknown:
        reply.append("NO [SERVERBUG] command ended, but its exit status is unknown")
      case let status:
        reply.append("NO command failed (")
        status.describe(to: &reply)
        reply.append(")")
      }
    }
  }

  /// One line: module, process id, how it ended, milliseconds, octets out and in. Never any of the
  /// arguments, answers and texts: they hold passwords.
  private func composeLog() {
    log.append("xexec: module ")
    log.append(cString: module.name.start)
    log.append(", pid ")
    log.append(decimal: Int(group.leader))
    log.append(": ")
    switch ending?.reason {
    case .timedOut: log.append("timed out")
    case .answerTooLong: log.append("answer to a prompt too long")
    case .connectionClosed: log.append("connection closed")
    case nil: break
    }
    if let status {
      if ending != nil { log.append(", ") }
      status.describe(to: &log)
    }
    log.append(", ")
    log.append(decimal: Clock.now() - startedAt)
    log.append(" ms, ")
    log.append(decimal: octetsOut)
    log.append(" octets out, ")
    log.append(decimal: octetsIn)
    log.append(" octets in")
  }
}

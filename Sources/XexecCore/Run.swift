import CXexec

/// One program, from its start to its tagged response: the descriptors and the clock around a
/// `Relay`.
///
/// Nothing here blocks. All descriptors stay open until the run is freed, so that whoever watches
/// them can stop watching first.
final class Run {
  private let module: Module
  private let program: Program
  private let exit: FileDescriptor
  private var stdin: FileDescriptor
  private var stdout: OutputStream
  private var stderr: OutputStream

  private var relay: Relay
  private var literal: Literal
  /// The program's stdin takes nothing at the moment.
  private var stdinIsFull = false
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

  /// What the program is to the server.
  private enum Program {
    /// A process that it has started, the leader of a group.
    case process(ProcessGroup)
    /// A connection to the service that runs it.
    case service(address: OwnedCString)
  }

  /// A literal of the client that is the program's stdin.
  private enum Literal {
    case none
    case coming
    case complete
  }

  /// One of the program's two output streams.
  private struct OutputStream {
    var descriptor: FileDescriptor
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
    case literalNotLast
    case connectionClosed
  }

  private struct Ending {
    let reason: Reason
    /// Only a process group has to be ended; a service sees the end of its connection.
    let teardown: Teardown?
  }

  /// What a service's program is sent first, and how it ends.
  private var requestLeft = 0
  private var result = ServiceResult()
  /// When octets that may be the result are taken for output.
  private var releaseAt = 0

  /// Takes over a program that was just started.
  init(_ program: SpawnedProgram, module: Module, literal: Bool) {
    self.module = module
    self.program = .process(program.group)
    relay = Relay(takesPrompts: !literal)
    self.literal = literal ? .coming : .none
    exit = program.exit
    stdin = program.stdin
    stdout = OutputStream(descriptor: program.stdout, kind: .stdout)
    stderr = OutputStream(descriptor: program.stderr, kind: .stderr)
    startedAt = Clock.now()
    limit = TimeLimit(milliseconds: module.options.timeLimit, now: startedAt)
  }

  /// A program of a service, to which the caller has to connect first.
  init(at address: OwnedCString, request: borrowing ServiceRequest, module: Module, literal: Bool) {
    self.module = module
    program = .service(address: address)
    relay = Relay(takesPrompts: !literal)
    relay.sendFirst(request.lines.octets)
    requestLeft = request.lines.count
    self.literal = literal ? .coming : .none
    exit = FileDescriptor(owning: -1)
    stdin = FileDescriptor(owning: -1)
    stdout = OutputStream(descriptor: stdin, kind: .stdout)
    stderr = OutputStream(descriptor: stdin, kind: .stderr, isDone: true)
    startedAt = Clock.now()
    limit = TimeLimit(milliseconds: module.options.timeLimit, now: startedAt)
  }

  deinit { block.deallocate() }

  // MARK: - Services

  /// The address of the service that the program belongs to, or nil for a process. The string is
  /// valid as long as the run.
  var serviceAddress: UnsafePointer<CChar>? {
    if case .service(let address) = program { return address.start }
    return nil
  }

  /// There is a connection to the service: a non-blocking socket, which the run owns from now on.
  func connected(_ socket: Int32) {
    let connection = FileDescriptor(owning: socket)
    if hasEnded { return }
    stdin = connection
    stdout.descriptor = connection
    writeInput()
  }

  /// There is none.
  func unreachable() {
    if hasEnded { return }
    status = .unreachable
    hasEnded = true
    stdout.isDone = true
  }

  // MARK: - Events

  /// Carries on after events (a mask of `xexec_event`), and hands the responses that come of it to
  /// `send`.
  func step(events: UInt32, send: (UnsafeBufferPointer<UInt8>) -> Void) {
    func happened(_ event: xexec_event) -> Bool { events & UInt32(event.rawValue) != 0 }

    if happened(XEXEC_EVENT_EXIT) { noticeExit() }
    if happened(XEXEC_EVENT_STDIN) { writeInput() }
    readOutput(stdout: happened(XEXEC_EVENT_STDOUT), stderr: happened(XEXEC_EVENT_STDERR))
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
      stdin_fd: stdinIsFull && !hasEnded ? stdin.number : -1,
      exit_fd: hasEnded ? -1 : exit.number,
      timeout: Int32(clamping: timeout(now: Clock.now()) ?? -1),
      answer: ending == nil && !hasEnded && relay.takesAnswer,
      literal: takesLiteral,
      finished: hasEnded && stdout.isDone && stderr.isDone)
  }

  /// The program is no more, or past help.
  private var hasEnded = false

  private func timeout(now: Int) -> Int? {
    if hasEnded { return nil }
    let due = ending?.teardown?.untilDue(now: now) ?? limit.timeout(now: now)
    switch program {
    case .process: return exit.isOpen ? due : min(due ?? Int.max, Run.exitPollInterval)
    case .service: return result.heldCount == 0 ? due : min(due ?? Int.max, max(0, releaseAt - now))
    }
  }

  // MARK: - Output

  /// Reads from the streams that are ready. A program that ends closes both and exits: if one is
  /// closed the other is looked at as well, and then the exit, so that not each of them wakes the
  /// server by itself.
  private func readOutput(stdout isStdoutReady: Bool, stderr isStderrReady: Bool) {
    if !isStdoutReady && !isStderrReady { return }
    if isStdoutReady { read(&stdout) }
    if isStderrReady || stdout.isDone { read(&stderr) }
    if !isStdoutReady && stderr.isDone { read(&stdout) }
    if stdout.isDone && stderr.isDone { noticeExit() }
  }

  private func read(_ stream: inout OutputStream) {
    if stream.isDone { return }
    let wanted = min(stream.left ?? Run.blockSize, Run.blockSize)
    let count = CXexec.read(stream.descriptor.number, block, wanted)
    if count > 0 {
      take(UnsafeBufferPointer(start: block, count: count), from: stream.kind)
      if let left = stream.left {
        stream.left = left - count
        if left == count { close(&stream) }
      }
    } else if count == 0 || (xexec_errno() != EAGAIN && xexec_errno() != EINTR) {
      close(&stream)
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
    relay.programWrote(octets, to: stream, responses: &responses)
  }

  private func close(_ stream: inout OutputStream) {
    if stream.isDone { return }
    stream.isDone = true
    if case .service = program {
      status = result.finish { programWrote($0, to: stream.kind) }
      hasEnded = true
      relay.programClosedStdin()
    }
    relay.programClosed(stream.kind, responses: &responses)
  }

  // MARK: - Input

  /// Takes answers out of what the client sent. Returns how many octets it took.
  func answer(_ octets: UnsafeBufferPointer<UInt8>) -> Int {
    if ending != nil || hasEnded { return 0 }
    let taken = relay.clientSent(octets)
    if taken > 0 {
      writeInput()
      updateLimit()
    }
    return taken
  }

  /// Writes as much to the program as it takes now of what waits for it.
  private func writeInput() {
    stdinIsFull = false
    while !stdinIsFull && !relay.octetsForProgram.isEmpty {
      let count = write(relay.octetsForProgram)
      if relay.stdinIsClosed { return }
      let ofRequest = min(count, requestLeft)
      requestLeft -= ofRequest
      octetsIn += count - ofRequest
      relay.programTook(count)
    }
    endInputIfComplete()
  }

  /// Writes octets to the program. Returns how many it took; fewer than all only if its stdin is
  /// full. What it cannot take because it has closed its stdin counts as taken.
  ///
  /// SIGPIPE is ignored in every Dovecot process (lib-master/master-service.c).
  private func write(_ octets: UnsafeBufferPointer<UInt8>) -> Int {
    guard let start = octets.baseAddress else { return 0 }
    var written = 0
    while written < octets.count {
      let count = CXexec.write(stdin.number, start + written, octets.count - written)
      if count >= 0 {
        written += count
      } else if xexec_errno() == EAGAIN {
        stdinIsFull = true
        return written
      } else if xexec_errno() != EINTR {
        relay.programClosedStdin()
        return octets.count
      }
    }
    return written
  }

  // MARK: - The literal

  /// Whether octets of the literal would be taken now.
  private var takesLiteral: Bool {
    literal == .coming && (!wantsLiteral || (stdin.isOpen && !stdinIsFull))
  }

  /// Whether the program can still do something with octets of the literal. If not they are taken,
  /// and dropped.
  private var wantsLiteral: Bool { ending == nil && !hasEnded && !relay.stdinIsClosed }

  /// Takes octets of the literal that is the program's stdin. Returns how many it took.
  func takeLiteral(_ octets: UnsafeBufferPointer<UInt8>) -> Int {
    if !takesLiteral { return 0 }
    if !wantsLiteral { return octets.count }
    let taken = write(octets)
    if !relay.stdinIsClosed { octetsIn += taken }
    updateLimit()
    return taken
  }

  /// The literal is complete, and nothing but the end of the line came behind it: the program reads
  /// an end of file.
  func completeLiteral() {
    if literal != .coming { return }
    literal = .complete
    endInputIfComplete()
    updateLimit()
  }

  private func endInputIfComplete() {
    if literal != .complete || !wantsLiteral || !relay.octetsForProgram.isEmpty { return }
    relay.programClosedStdin()
    switch program {
    case .process: stdin.close()
    case .service: shutdown(stdin.number, Int32(SHUT_WR))
    }
  }

  /// Something else than the end of the line came behind the literal. The client is told so even if
  /// the program has ended before.
  func literalNotLast() {
    end(.literalNotLast)
    if ending == nil { ending = Ending(reason: .literalNotLast, teardown: nil) }
  }

  /// The client's line is longer than the server can hold.
  func answerTooLong() { end(.answerTooLong) }

  // MARK: - Time

  /// The time stands still while the client is waited for: not while answers wait for the program.
  private func updateLimit() {
    let waitsForClient = relay.takesAnswer || (takesLiteral && wantsLiteral)
    limit.setRunning(!waitsForClient, now: Clock.now())
  }

  private func checkTime() {
    // a program that has ended in time may not have been looked at since
    noticeExit()
    let now = Clock.now()
    if hasEnded { return }
    if result.heldCount > 0 && now >= releaseAt {
      result.release { programWrote($0, to: .stdout) }
    }
    if let teardown = ending?.teardown {
      teardown.killIfDue(now: now)
      if teardown.isHopeless(now: now) { drain() }
    } else if limit.timeout(now: now) == 0 {
      end(.timedOut)
    }
  }

  // MARK: - The end

  private func end(_ reason: Reason) {
    if ending != nil || hasEnded { return }
    switch program {
    case .process(let group):
      ending = Ending(
        reason: reason,
        teardown: Teardown(
          group, outputs: [stdout.descriptor, stderr.descriptor],
          stdin: literal == .coming ? stdin : nil, now: Clock.now()))
    case .service:
      ending = Ending(reason: reason, teardown: nil)
      drain()
    }
  }

  private func noticeExit() {
    guard case .process(let group) = program, !hasEnded, let status = group.reapLeader() else {
      return
    }
    self.status = status
    ending?.teardown?.leaderIsReaped = true
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
      reply: reply.cString(), bad: isClientsFault, log: log.cString(), teardown: teardown)
  }

  private var isClientsFault: Bool {
    ending?.reason == .answerTooLong || ending?.reason == .literalNotLast
  }

  private func composeReply() {
    switch ending?.reason {
    case .timedOut:
      reply.append("NO [LIMIT] command timed out")
    case .answerTooLong:
      reply.append("Answer to a prompt is too long.")
    case .literalNotLast:
      reply.append("The literal is not the last argument.")
    case .connectionClosed:
      break
    case nil:
      switch status ?? .unknown {
      case .exited(0):
        reply.append("OK command exited successfully")
      case .failed:
        reply.append("NO command failed")
      case .lost:
        reply.append("NO [UNAVAILABLE] connection to the service of this command was lost")
      case .unreachable:
        reply.append("NO [UNAVAILABLE] service of this command cannot be reached")
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
    switch program {
    case .process(let group):
      log.append(", pid ")
      log.append(decimal: Int(group.leader))
    case .service(let address):
      log.append(", ")
      log.append(cString: address.start)
    }
    log.append(": ")
    switch ending?.reason {
    case .timedOut: log.append("timed out")
    case .answerTooLong: log.append("answer to a prompt too long")
    case .literalNotLast: log.append("literal not the last argument")
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

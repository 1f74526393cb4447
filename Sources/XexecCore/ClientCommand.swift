import CXexec

/// One XEXEC command, from its line to its tagged response: a run or a refusal, and the client's side
/// of it.
final class ClientCommand {
  private enum Course {
    case run(Run)
    case refused(Run.Refusal)
  }

  private let programs: Programs
  private let host: xexec_run_host
  private let course: Course
  private let readiness: Readiness?
  private let hangup: Hangup?
  private var hasHungUp = false
  /// The client has ended its sending side.
  private var clientHasEnded = false
  /// When there is something to do, whatever happens.
  private var dueAt: Int?
  private var literal = ClientLiteral()
  /// How it ended, for the log.
  private var logLine: UnsafePointer<CChar>?
  /// In the list of the programs.
  var next: ClientCommand?

  /// Finds the module that a client asks for, and starts its program. What is refused is logged.
  @_optimize(size)
  init(
    _ request: xexec_request, in table: ModuleTable, of programs: Programs, host: xexec_run_host
  ) {
    self.programs = programs
    self.host = host
    var opened: (Readiness, Hangup)?
    do throws(Errno) {
      opened = (
        try Readiness(), try Hangup(input: request.client_in, output: request.client_out)
      )
    } catch {
      ClientCommand.logFailure(error, host)
    }
    readiness = opened?.0
    hangup = opened?.1
    do throws(Run.Refusal) {
      if hangup == nil { throw .notStarted }
      course = .run(try Run.start(request, in: table, host: host))
    } catch {
      course = .refused(error)
    }
    // one that a refused client would still have to be asked for is not
    if let announced = request.arguments.literal, run != nil || !announced.isSynchronizing {
      literal = ClientLiteral(size: announced.size, isSynchronizing: announced.isSynchronizing)
    }
    programs.add(self)
  }

  @_optimize(size)
  private static func logFailure(_ error: Errno, _ host: xexec_run_host) {
    var line = OctetBuffer()
    line.append("xexec: the client cannot be watched: ")
    line.append(cString: strerror(error.code))
    host.log(.error, &line)
  }

  private var run: Run? {
    if case .run(let run) = course { return run }
    return nil
  }

  // MARK: - Events

  /// With this many octets waiting for the client the program has to wait too. With what becomes of a
  /// block they fit into 64 kB.
  static let maximumWaiting = 8 * 1024

  /// Does what there is to do, and asks for the literal when the program takes it.
  ///
  /// - Parameter waiting: How many octets wait for the client to read.
  func step(waiting: Int) {
    let hasRoom = takesMore(waiting)
    guard let run else {
      look()
      return
    }
    var events = readiness?.events() ?? []
    if events.contains(.hangup) { look() }
    if let dueAt, Clock.now() >= dueAt { events.insert(.timeout) }
    readiness?.forgetStdin()
    run.step(events: events, hasRoom: hasRoom, send: send)
    if hasRoom && literal.isWanted && run.takesLiteral && !run.isFinished {
      let request: StaticString = "+ OK\r\n"
      send(UnsafeBufferPointer(start: request.utf8Start, count: request.utf8CodeUnitCount))
      literal.ask()
    }
  }

  private func send(_ octets: UnsafeBufferPointer<UInt8>) {
    host.send(host.context, octets.baseAddress, octets.count)
  }

  /// A file takes all there is, and cannot be waited for.
  private func takesMore(_ waiting: Int) -> Bool {
    waiting < ClientCommand.maximumWaiting || hangup?.outputIsFile == true && waiting != .max
  }

  /// Whether the client takes what comes next. Dovecot drops what waits for a client whose input has
  /// ended (imap/imap-client.c, client_disconnect()): with the last command the connection ends. So
  /// that all of it, and the tagged response, is written before.
  private func hasRoom(_ waiting: Int) -> Bool {
    guard let run, run.isFinished, let hangup, clientHasEnded || !hangup.isSocket,
      !hangup.outputIsFile
    else { return takesMore(waiting) }
    return waiting == 0 && hangup.outputIsWritable
  }

  /// What to wait for next.
  ///
  /// - Parameter waiting: How many octets wait for the client to read.
  @_optimize(size)
  func watch(waiting: Int) -> xexec_watch {
    let hasRoom = hasRoom(waiting)
    run?.hold(!hasRoom)
    var watch = run?.watch() ?? RunWatch(finished: true)
    if literal.isOnItsWay {
      watch.client = literal.isBeyond || watch.finished || run?.takesLiteral == true
      watch.finished = false
    }
    if !hasRoom {
      watch.client = false
      watch.finished = false
      watch.stdout = -1
      watch.stderr = -1
    }
    // the end of what a client sends is read, if that is read
    let looksAtHangup = !hasHungUp && !(watch.client && hangup?.isSocket == true)
    if !watch.finished {
      readiness?.wait(for: watch, hangup: looksAtHangup ? hangup?.descriptor.number ?? -1 : -1)
    }
    dueAt = watch.timeout < 0 ? nil : Clock.now() + Int(watch.timeout)
    return xexec_watch(
      fd: run == nil ? -1 : readiness?.descriptor.number ?? -1,
      hangup_fd: hangup?.descriptor.number ?? -1,
      timeout: watch.timeout, pid: watch.pid, lookup: watch.lookup,
      has_room: hasRoom, client: watch.client, finished: watch.finished,
      gone: hasHungUp || watch.gone)
  }

  // MARK: - The client

  /// Takes octets that the client has sent: answers to prompts, the literal, what stands behind that.
  /// Returns how many were taken.
  @_optimize(size)
  func clientSent(_ octets: UnsafeBufferPointer<UInt8>) -> Int {
    readiness?.forgetStdin()
    guard literal.isOnItsWay else { return run?.answer(octets) ?? 0 }
    return literal.take(octets) { octets in
      guard let run, !run.isFinished else { return octets.count }
      return run.takeLiteral(octets)
    } end: { end in
      switch end {
      case .lineEnd: run?.completeLiteral()
      case .somethingElse: run?.literalNotLast()
      }
    }
  }

  /// The server has room for no more octets, and they are not a whole line. Returns whether that is
  /// the end of the command; of a literal nothing is expected but octets.
  func clientSentTooMuch() -> Bool {
    if literal.isOnItsWay { return false }
    run?.answerTooLong()
    return true
  }

  /// The client has ended its sending side, and all that it sent has been read. Returns whether it may
  /// still read what becomes of its command.
  func clientEnded() -> Bool {
    if literal.isOnItsWay { return false }
    clientHasEnded = true
    run?.clientEnded()
    return true
  }

  /// Looks what has become of the client.
  private func look() {
    switch hangup?.look() ?? .none {
    case .none: break
    case .half:
      clientHasEnded = true
      run?.clientHalfClosed()
    case .full: hasHungUp = true
    }
  }

  func lookedUp(
    _ addresses: UnsafeBufferPointer<UnsafePointer<CChar>?>, error: UnsafePointer<CChar>?
  ) {
    run?.lookedUp(addresses, error: error)
  }

  func reaped(waitStatus: Int32) { run?.reaped(waitStatus: waitStatus) }

  // MARK: - The end

  /// How the finished command ended. The reply is valid as long as the command.
  func finish() -> xexec_outcome {
    switch course {
    case .run(let run):
      let end = run.finish()
      logLine = end.log
      if let left = end.teardown { programs.escort(left, seat: nil) }
      return xexec_outcome(reply: end.reply, bad: end.isBad, has_run: true)
    case .refused(let refusal):
      let answer = refusal.answer
      return xexec_outcome(reply: answer.text.cString, bad: answer.bad, has_run: false)
    }
  }

  /// Ends the program because the connection is no more. That counts as long as anything is left of
  /// the program: who leaves programs behind would have no limit otherwise.
  func cancel() {
    guard let end = run?.cancel() else { return }
    logLine = end.log
    if let left = end.teardown { programs.escort(left, seat: host.take_seat(host.context)) }
  }

  /// Ends the program because the process ends. Its log may be closed already.
  func depart() {
    guard let run else { return }
    run.stopLogging()
    if let left = run.cancel().teardown { programs.escort(left, seat: nil) }
  }

  /// The command is over, and said to be: its log does not keep the client waiting.
  func close() {
    programs.remove(self)
    if let logLine { host.log(host.context, XEXEC_LOG_INFO, logLine) }
    logLine = nil
  }
}

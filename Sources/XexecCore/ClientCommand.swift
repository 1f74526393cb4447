import CXexec

/// One XEXEC command, from its line to its tagged response: a run or a refusal, and the client's side
/// of it.
final class ClientCommand {
  private enum Course {
    case run(Run)
    case refused(Run.Refusal)
  }

  private let course: Course
  private let hangup: Hangup?
  private var literal = ClientLiteral()

  /// Finds the module that a client asks for, and starts its program. What is refused is logged.
  init(_ request: xexec_request, in table: ModuleTable, host: xexec_run_host) {
    do throws(Run.Refusal) {
      let hangup = try ClientCommand.hangup(request, host)
      course = .run(try Run.start(request, in: table, host: host))
      self.hangup = hangup
    } catch {
      course = .refused(error)
      hangup = nil
    }
    // one that a refused client would still have to be asked for is not
    if request.has_literal && (run != nil || !request.literal_is_synchronizing) {
      literal = ClientLiteral(
        size: request.literal_size, isSynchronizing: request.literal_is_synchronizing)
    }
  }

  private static func hangup(
    _ request: xexec_request, _ host: xexec_run_host
  ) throws(Run.Refusal) -> Hangup {
    do throws(Errno) {
      return try Hangup(input: request.client_in, output: request.client_out)
    } catch {
      var line = OctetBuffer()
      line.append("xexec: the client cannot be watched: ")
      line.append(cString: strerror(error.code))
      host.log(.error, &line)
      throw .notStarted
    }
  }

  private var run: Run? {
    if case .run(let run) = course { return run }
    return nil
  }

  // MARK: - Events

  /// Carries on after events, as ``Run/step(events:hasRoom:send:)`` does, and asks for the literal
  /// when the program takes it.
  func step(events: UInt32, hasRoom: Bool, send: (UnsafeBufferPointer<UInt8>) -> Void) {
    guard let run else { return }
    run.step(events: events, hasRoom: hasRoom, send: send)
    if hasRoom && literal.isWanted && run.takesLiteral && !run.isFinished {
      let request: StaticString = "+ OK\r\n"
      send(UnsafeBufferPointer(start: request.utf8Start, count: request.utf8CodeUnitCount))
      literal.ask()
    }
  }

  /// What to watch next.
  func watch() -> xexec_watch {
    guard let run else {
      return xexec_watch(
        stdout_fd: -1, stderr_fd: -1, stdin_fd: -1, exit_fd: -1, hangup_fd: -1, pid: 0, timeout: -1,
        lookup: nil, client: literal.isOnItsWay, finished: !literal.isOnItsWay, gone: false)
    }
    var watch = run.watch()
    watch.hangup_fd = hangup?.descriptor.number ?? -1
    if literal.isOnItsWay {
      watch.client = literal.isBeyond || run.takesLiteral || watch.finished
      watch.finished = false
    }
    return watch
  }

  // MARK: - The client

  /// Takes octets that the client has sent: answers to prompts, the literal, what stands behind that.
  /// Returns how many were taken.
  func clientSent(_ octets: UnsafeBufferPointer<UInt8>) -> Int {
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
    run?.clientEnded()
    return true
  }

  /// Looks what has become of the client.
  func look() -> xexec_hangup {
    guard let hangup else { return XEXEC_HANGUP_NONE }
    let found = hangup.look()
    if found == XEXEC_HANGUP_HALF { run?.clientHalfClosed() }
    return found
  }

  func lookedUp(
    _ addresses: UnsafeBufferPointer<UnsafePointer<CChar>?>, error: UnsafePointer<CChar>?
  ) {
    run?.lookedUp(addresses, error: error)
  }

  func reaped(waitStatus: Int32) { run?.reaped(waitStatus: waitStatus) }

  // MARK: - The end

  /// How the finished command ended. The strings are valid as long as the command.
  func finish() -> xexec_outcome {
    switch course {
    case .run(let run): return run.finish()
    case .refused(let refusal): return refusal.outcome
    }
  }

  /// Ends the program because the connection is no more.
  func cancel() -> xexec_outcome {
    switch course {
    case .run(let run): return run.cancel()
    case .refused(let refusal): return refusal.outcome
    }
  }
}

extension Run.Refusal {
  fileprivate var outcome: xexec_outcome {
    xexec_outcome(reply: answer.text.cString, bad: answer.bad, log: nil, teardown: nil)
  }
}

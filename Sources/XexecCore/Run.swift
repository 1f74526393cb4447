/// A run: a program at work for a command of a client, from its start to its tagged response.
///
/// Nothing here blocks. All descriptors stay open until the run is freed, so that whoever watches
/// them can stop watching first.
final class Run {
  private let program: RunningProgram
  private var clock: RunClock
  private var words = RunWords()

  init(_ program: RunningProgram, timeLimit: UInt32, now: Int) {
    self.program = program
    clock = RunClock(limit: timeLimit, now: now)
  }

  private var isRunning: Bool { program.state.isRunning }

  /// Whether nothing more will come.
  var isFinished: Bool { program.isFinished }

  // MARK: - Events

  /// Carries on after events, and hands the responses that come of it to `send`.
  ///
  /// - Parameter hasRoom: False if the client takes none now. They are kept, and no output is read
  ///   meanwhile.
  func step(events: RunEvents, hasRoom: Bool = true, send: (UnsafeBufferPointer<UInt8>) -> Void) {
    program.conversation.isHeld = !hasRoom
    program.carryOn(events)
    if events.contains(.timeout) { checkTime() }
    updateWaiting()
    program.conversation.send(send)
  }

  /// The client takes no responses from now on, or takes them again.
  func hold(_ isHeld: Bool) {
    if isHeld == program.conversation.isHeld { return }
    program.conversation.isHeld = isHeld
    updateWaiting()
  }

  /// What to watch next.
  func watch() -> RunWatch {
    let now = Clock.now()
    var watch = program.watch
    watch.timeout = Int32(clamping: timeout(now: now) ?? -1)
    watch.client = takesAnswer
    watch.finished = isFinished
    watch.gone = !program.state.hasEnded && clock.givesUpClient(now: now)
    return watch
  }

  /// The name of the host that a service is on has been looked up.
  func lookedUp(
    _ addresses: UnsafeBufferPointer<UnsafePointer<CChar>?>, error: UnsafePointer<CChar>?
  ) {
    program.lookedUp(addresses, error: error)
  }

  /// Somebody else has waited for the program, and tells its status word (wait(2)).
  func reaped(waitStatus: Int32) { program.reaped(waitStatus: waitStatus) }

  /// Whether nothing is read from stderr yet.
  var holdsStderr: Bool { program.holdsStderr }

  // MARK: - Input

  /// Whether a line of the client is waited for.
  var takesAnswer: Bool { isRunning && program.conversation.takesAnswer }

  /// Takes answers out of what the client sent. Returns how many octets it took.
  @inline(never)
  func answer(_ octets: UnsafeBufferPointer<UInt8>) -> Int {
    let taken = takesAnswer ? program.conversation.answer(octets) : 0
    if taken > 0 { updateWaiting() }
    return taken
  }

  /// Whether octets of the literal would be taken now.
  var takesLiteral: Bool { program.conversation.takesLiteral(isWanted: isRunning) }

  /// Takes octets of the literal that is the program's stdin. Returns how many it took.
  @inline(never)
  func takeLiteral(_ octets: UnsafeBufferPointer<UInt8>) -> Int {
    let taken = program.conversation.takeLiteral(octets, isWanted: isRunning)
    updateWaiting()
    return taken
  }

  /// The literal is complete, and nothing but the end of the line came behind it: the program reads
  /// an end of file.
  @inline(never)
  func completeLiteral() {
    program.conversation.completeLiteral(isWanted: isRunning)
    updateWaiting()
  }

  // MARK: - Time

  @_optimize(size)
  private func timeout(now: Int) -> Int? {
    let due = program.timeout(now: now)
    if program.state.hasEnded { return due }
    return clock.timeout(
      ending: program.teardown?.untilDue(now: now),
      others: (due, program.conversation.timeout(now: now)), now: now)
  }

  private func updateWaiting() {
    let now = Clock.now()
    let waits = program.conversation.waitsForClient(isWanted: isRunning)
    clock.setWaitingForClient(waits, now: now)
    program.conversation.setWaitingForClient(waits, now: now)
  }

  private func checkTime() {
    let now = Clock.now()
    program.look(now: now)
    if program.state.hasEnded { return }
    if program.teardown == nil && clock.isTimedOut(now: now) { program.end(.timedOut) }
    program.conversation.report(ifDue: now)
  }

  // MARK: - The client's end

  /// The client's line is longer than the server can hold.
  func answerTooLong() { program.end(.answerTooLong) }

  /// Something else than the end of the line came behind the literal. The client is told so even if
  /// the program has ended before.
  func literalNotLast() { program.literalNotLast() }

  /// The client has ended its sending side, and a prompt waits for what cannot come any more. The
  /// program is ended: one that read an end of file instead might go on with an empty answer.
  func clientEnded() { program.end(.connectionClosed) }

  /// The client has ended its sending side, as far as the system knows. It may be gone: it is told
  /// something, which the system of one that is gone answers with a reset.
  @inline(never)
  func clientHalfClosed() {
    if program.state.hasEnded { return }
    if clock.clientHalfClosed(now: Clock.now()) { program.conversation.report() }
  }

  // MARK: - The end

  /// How the finished run ended. The strings are valid as long as the run.
  func finish() -> RunWords.End {
    words.end(program, now: Clock.now())
  }

  /// Ends the program because the connection is no more.
  func cancel() -> RunWords.End {
    program.cancel()
    return finish()
  }

  /// Nothing is logged any more.
  func stopLogging() { program.stopLogging() }
}

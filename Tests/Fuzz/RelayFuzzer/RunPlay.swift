import CXexec

/// The Run with its pipes. The program is played from their other ends, and so is its exit: no
/// process is started.
///
/// Checked besides what the Model says:
/// - What is in the pipes when the program exits is sent; what others write to them later is not.
/// - Nothing is taken for an answer after the exit, or while the program is being ended.
/// - A step sends whole responses, and no more than two blocks can make.
/// - Events of descriptors that are not ready do no harm. Those are watched that there is something
///   to wait for with.
/// - The log has the number of octets in both directions, and only a line that was too long is
///   answered with BAD.
final class RunPlay {
  private let run: Run
  private var model = Model()

  // the program's ends
  private let stdin: FileDescriptor
  private let stdout: FileDescriptor
  private let stderr: FileDescriptor
  // the server's
  private let serverStdin: Int32
  private let serverStdout: Int32
  private let serverStderr: Int32

  /// What the program has read of its answers.
  private var programRead: [UInt8] = []
  /// Answers that the program's stdin took and nobody read, when it was closed.
  private var lost = 0
  private var stdinIsOpen = true
  private var hasExited = false
  private var isTooLong = false

  /// It is sent signals, and waited for. No process has this number, now or later: it is above what
  /// Linux gives out.
  private static let nobody = pid_t.max

  private static var options: ModuleOptions {
    var options = ModuleOptions()
    options.timeLimit = 0
    options.progress = .none
    return options
  }

  /// Throws the errno if there are no descriptors left.
  init() throws {
    let (input, output, errors) = (try Pipe(), try Pipe(), try Pipe())
    stdin = input.reading
    stdout = output.writing
    stderr = errors.writing
    serverStdin = input.writing.number
    serverStdout = output.reading.number
    serverStderr = errors.reading.number
    for end in [stdin, input.writing, output.reading, stdout, errors.reading, stderr] {
      try end.setNonblocking()
    }
    run = Run(
      SpawnedProgram(
        group: ProcessGroup(leader: RunPlay.nobody),
        exit: FileDescriptor(owning: dup(serverStdout)),
        stdin: input.writing, stdout: output.reading, stderr: errors.reading),
      Run.Command(
        module: try Module.read(
          name: octets(of: ("m" as StaticString).cString),
          command: octets(of: ("/nothing" as StaticString).cString), variable: nil,
          options: RunPlay.options),
        tag: nil, hasLiteral: false,
        host: xexec_run_host(
          context: nil, send: nil, expand: nil, log: { _, _, _ in }, take_seat: nil)))
  }

  func perform(_ input: inout InputReader) {
    var script = Script()
    while let next = script.next(&input, model) {
      if case .clientLeaves = next {
        leave()
        return
      }
      perform(next)
      check()
      offer()
    }
    settle()
    if !hasExited { perform(.programExits) }
    settle()
    offer()
    finish()
  }

  private func perform(_ next: Step) {
    switch next {
    case .programWrites(let text, .stdout):
      let written = write(text, to: stdout)
      if !hasExited { model.stdout.programWrote(text.prefix(written)) }
    case .programWrites(let text, .stderr):
      let written = write(text, to: stderr)
      if !hasExited { model.stderr.programWrote(text.prefix(written)) }
    case .programCloses(.stdout):
      closeStdout()
    case .programCloses(.stderr):
      closeStderr()
    case .clientSends(let text):
      model.clientSent(text)
    case .programReads(let count):
      read(count)
    case .programClosesStdin:
      if !stdinIsOpen { return }
      lost = inStdin
      stdinIsOpen = false
      stdin.close()
    case .programExits:
      step(.exit)
    case .events(let events):
      step(events)
    case .answerTooLong:
      if !hasExited { isTooLong = true }
      run.answerTooLong()
    case .clientLeaves:
      break
    }
  }

  private func closeStdout() {
    stdout.close()
    model.stdout.programClosed()
  }

  private func closeStderr() {
    stderr.close()
    model.stderr.programClosed()
  }

  /// How many octets the pipe took.
  private func write(_ text: [UInt8], to end: FileDescriptor) -> Int {
    if !end.isOpen || text.isEmpty { return 0 }
    return max(0, CXexec.write(end.number, text, text.count))
  }

  private func read(_ count: Int) {
    if !stdinIsOpen || count == 0 { return }
    withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { block in
      let got = CXexec.read(stdin.number, block.baseAddress, count)
      if got > 0 { programRead += block.prefix(got) }
    }
  }

  // MARK: - The ioloop

  /// With these the Run looks for the program, which has exited as soon as somebody looks. It looks
  /// for it as well when it has found both streams closed.
  private static let exitEvents: RunEvents = [.exit, .timeout]

  private func step(_ events: RunEvents) {
    if !events.isDisjoint(with: RunPlay.exitEvents) && !hasExited {
      hasExited = true
      model.stdout.programClosed()
      model.stderr.programClosed()
    }
    var sent = 0
    run.step(events: events) { responses in
      sent += responses.count
      model.clientReceived(responses)
    }
    // a line feed alone makes the most of an octet: "* OK ", a space, CRLF
    require(sent <= 2 * (49152 * 8 + 8024), "a step sends what two blocks make", "\(sent) octets")
    if !events.isDisjoint(with: RunPlay.outputEvents) {
      let watch = run.watch()
      if watch.exit < 0 && !hasExited {
        // it has looked for the program when it found the streams closed, or stdout closed and empty
        hasExited = true
        model.stdout.programClosed()
        model.stderr.programClosed()
      }
    }
    if hasExited || events.contains(.stdin) { noticeClosedStdin() }
  }

  private static let outputEvents: RunEvents = [.stdout, .stderr]

  /// The Run has tried to write to stdin, if there was anything to write.
  private func noticeClosedStdin() {
    if hasExited || (!stdinIsOpen && unread > 0) { model.programClosedStdin() }
  }

  /// Steps until there is nothing to read, as an ioloop does it.
  private func settle() {
    let wasRunning = !hasExited
    if wasRunning {
      // else the end of a stream would never come
      closeStdout()
      closeStderr()
    }
    var steps = 0
    while true {
      let watch = run.watch()
      var events: RunEvents = []
      if watch.stdout >= 0 { events.formUnion(.stdout) }
      if watch.stderr >= 0 { events.formUnion(.stderr) }
      if events.isEmpty { break }
      step(events)
      check()
      offer()
      steps += 1
      require(steps < 100, "what is in a pipe is read, and the end of it is noticed")
    }
    if wasRunning {
      model.checkAllIsSent()
      offer()
    }
  }

  /// Octets of answers that are in the pipe.
  private var inStdin: Int { stdinIsOpen ? Int(xexec_bytes_readable(stdin.number)) : lost }

  /// Octets of answers that wait in the core. A pipe that was closed takes none, but the core
  /// notices only when it writes to it.
  private var unread: Int {
    if model.stdinIsClosed { return 0 }
    return model.answers.count - programRead.count - inStdin
  }

  /// Neither after the exit nor while the program is being ended.
  private var takesAnswers: Bool { !hasExited && !isTooLong }

  /// Offers the client's text, whether it is wanted or not.
  private func offer() {
    let before = unread
    let taken = model.offered { run.answer($0) }
    model.coreTook(taken, unread: before, isRunning: takesAnswers)
    if taken > 0 { noticeClosedStdin() }
    check()
  }

  private func check() {
    let watch = run.watch()
    let unread = unread
    require(
      (watch.stdin >= 0) == (unread > 0), "stdin is watched while answers wait for it",
      "\(unread) octets wait")
    require(
      watch.client
        == (takesAnswers && model.openPrompts > 0 && unread < Relay.maximumUnreadAnswers),
      "answers are taken while a prompt is open and there is room, and only then")
    require((watch.exit < 0) == hasExited, "the exit is watched for until it comes")
    require(
      watch.finished == (hasExited && watch.stdout < 0 && watch.stderr < 0),
      "a run is finished when its program has exited and its pipes are drained")
    require(
      (watch.timeout >= 0) == (hasExited ? !watch.finished : isTooLong || run.holdsStderr)
        && watch.timeout <= (run.holdsStderr ? StderrHold.period : 5000),
      "there is a time to wait for while a program is being ended, its pipes are drained, or stderr waits",
      "\(watch.timeout)")
    require(
      (watch.stdin < 0 || watch.stdin == serverStdin)
        && (watch.stdout < 0 || watch.stdout == serverStdout)
        && (watch.stderr < 0 || watch.stderr == serverStderr),
      "descriptors stay the same until they become -1")
    model.checkBound(unread)
    if stdinIsOpen && !model.stdinIsClosed {
      require(
        model.answers.starts(with: programRead),
        "answers reach the program in order and octet for octet",
        "got \(shown(programRead)), sent \(shown(model.answers))")
    }
  }

  // MARK: - The end

  private func finish() {
    require(run.watch().finished, "a run is finished when its pipes are drained")
    if stdinIsOpen { read(65536 * 2) }
    model.checkAllIsSent()
    model.stdout.checkWhole()
    model.stderr.checkWhole()
    model.checkWholeDialogue()
    require(
      model.answers.starts(with: programRead),
      "answers reach the program in order and octet for octet",
      "got \(shown(programRead)), sent \(shown(model.answers))")
    check(run.finish())
  }

  /// The client is gone before the end.
  private func leave() {
    _ = run.cancel()
    model.stdout.checkPart()
    model.stderr.checkPart()
    model.checkWholeDialogue()
  }

  private func check(_ outcome: RunWords.End) {
    require(outcome.isBad == isTooLong, "a line that is too long is answered with BAD")
    require(outcome.teardown == nil, "nothing is left of a program that is not there")
    let out = model.stdout.written.count + model.stderr.written.count
    let end = " ms, \(out) octets out, \(programRead.count + inStdin) octets in"
    require(
      String(cString: outcome.log).hasSuffix(end), "the log has the octets in both directions",
      "\(String(cString: outcome.log)) does not end in \(end)")
  }
}

extension SpawnedProgram {
  /// A program that somebody plays.
  fileprivate init(
    group: ProcessGroup, exit: FileDescriptor, stdin: FileDescriptor, stdout: FileDescriptor,
    stderr: FileDescriptor
  ) {
    self.group = group
    self.exit = exit
    self.stdin = stdin
    self.stdout = stdout
    self.stderr = stderr
  }
}

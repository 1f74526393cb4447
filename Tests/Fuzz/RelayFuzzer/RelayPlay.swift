/// The Relay alone. What goes in shows at once.
struct RelayPlay: ~Copyable {
  private var relay: Relay
  private var model: Model
  private var wire = OctetBuffer()
  /// How many octets of answers the program has read.
  private var programRead = 0
  private var stdoutIsOpen = true
  private var stderrIsOpen = true
  private var isRunning = true

  init(takesPrompts: Bool) {
    relay = Relay(takesPrompts: takesPrompts)
    model = Model(takesPrompts: takesPrompts)
  }

  mutating func perform(_ input: inout InputReader) {
    var script = Script()
    while let step = script.next(&input, model) {
      if case .clientLeaves = step { break }
      perform(step)
      check()
      offer()
    }
    perform(.programCloses(.stdout))
    perform(.programCloses(.stderr))
    check()
    offer()
    model.stdout.checkWhole()
    model.stderr.checkWhole()
    model.checkWholeDialogue()
  }

  private mutating func perform(_ step: Step) {
    switch step {
    case .programWrites(let text, let stream):
      if !isOpen(stream) { return }
      if stream == .stdout {
        model.stdout.programWrote(text)
      } else {
        model.stderr.programWrote(text)
      }
      text.withUnsafeBufferPointer {
        relay.programWrote($0, to: stream, responses: &wire)
      }
    case .programCloses(let stream):
      if !isOpen(stream) { return }
      if stream == .stdout {
        stdoutIsOpen = false
        model.stdout.programClosed()
      } else {
        stderrIsOpen = false
        model.stderr.programClosed()
      }
      relay.programClosed(stream, responses: &wire)
    case .clientSends(let text):
      model.clientSent(text)
    case .programReads(let count):
      let read = min(count, relay.octetsForProgram.count)
      relay.programTook(read)
      programRead += read
    case .programClosesStdin:
      model.programClosedStdin()
      relay.programClosedStdin()
    case .programExits:
      // as the Run does it; what is in the pipes still comes
      isRunning = false
      model.programClosedStdin()
      relay.programClosedStdin()
    case .events, .answerTooLong, .clientLeaves:
      break
    }
  }

  private func isOpen(_ stream: ResponseWriter.Stream) -> Bool {
    stream == .stdout ? stdoutIsOpen : stderrIsOpen
  }

  private var unread: Int { model.stdinIsClosed ? 0 : model.answers.count - programRead }

  /// Offers the client's text, whether it is wanted or not.
  private mutating func offer() {
    if !isRunning { return }
    let before = unread
    let taken = model.offered { relay.clientSent($0) }
    model.coreTook(taken, unread: before, isRunning: true)
    check()
  }

  private mutating func check() {
    if !wire.isEmpty {
      model.clientReceived(wire.octets)
      wire.removeAll()
    }
    model.checkAllIsSent()
    require(
      relay.openPrompts == model.openPrompts, "a prompt is open until its line is taken",
      "\(relay.openPrompts) instead of \(model.openPrompts)")
    require(
      relay.takesAnswer == (model.openPrompts > 0 && unread < Relay.maximumUnreadAnswers),
      "answers are taken while a prompt is open and there is room, and only then")
    model.answers.withUnsafeBufferPointer {
      requireEqual(
        relay.octetsForProgram,
        UnsafeBufferPointer(rebasing: $0[($0.count - unread)...]),
        "answers reach the program in order and octet for octet")
    }
    model.checkBound(relay.octetsForProgram.count)
  }
}

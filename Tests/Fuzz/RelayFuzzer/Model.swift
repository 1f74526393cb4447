/// What both sides have said and heard, and what has to be true of it. Knows the contract, and
/// nothing of how the core keeps it.
///
/// Checked:
/// - Every octet of the program's text reaches the client once, in order on its stream, as the
///   contract says (ReferenceResponses); no response is broken (ResponseGrammar).
/// - Each prompt is one continuation request.
/// - No line reaches the program without a prompt; each prompt takes one line. Nothing is taken of
///   a line that has not ended.
/// - Answers reach the program in order and octet for octet, CRLF and LF made LF.
/// - What was not taken is there for the commands, octet for octet: it starts behind the last
///   answer.
/// - Answers are taken when a prompt is open and there is room, and only then: those that the
///   program has not read stay below the bound and one line.
struct Model: ~Copyable {
  /// One of the program's streams, and what the client has received of it.
  struct Stream {
    let kind: ResponseWriter.Stream
    private let takesPrompts: Bool
    private(set) var written: [UInt8] = []
    private(set) var wire: [UInt8] = []
    private(set) var responses = 0
    private(set) var lines = 0
    /// How many whole lines are prompts.
    private(set) var promptLines = 0
    private(set) var lineLength = 0

    init(_ kind: ResponseWriter.Stream, takesPrompts: Bool) {
      self.kind = kind
      self.takesPrompts = takesPrompts && kind == .stdout
    }

    mutating func programWrote(_ octets: some Sequence<UInt8>) {
      for octet in octets {
        written.append(octet)
        if octet == 0x0A {
          lineEnds()
        } else {
          lineLength += 1
        }
      }
    }

    /// At the end of the stream the last line needs no newline.
    mutating func programClosed() {
      if lineLength > 0 { lineEnds() }
    }

    private mutating func lineEnds() {
      let line = written.dropLast(written.last == 0x0A ? 1 : 0).suffix(lineLength)
      let reference = ReferenceResponses(Array(line), stream: kind, takesPrompts: takesPrompts)
      promptLines += reference.prompts
      // one that reports progress makes no response
      if line.isEmpty || !reference.responses.isEmpty { lines += 1 }
      lineLength = 0
    }

    mutating func clientReceived(_ response: UnsafeBufferPointer<UInt8>) {
      wire += response
      responses += 1
    }

    /// The whole of the stream has been sent.
    func checkWhole() {
      requireEqual(
        wire, ReferenceResponses(written, stream: kind, takesPrompts: takesPrompts).wire,
        "every octet of a stream is sent once, in order, and as the contract says")
    }

    /// Not all of the stream may have been sent.
    func checkPart() {
      let whole = ReferenceResponses(written, stream: kind, takesPrompts: takesPrompts).wire
      requireEqual(
        wire, Array(whole.prefix(wire.count)),
        "what is sent of a stream is its beginning, as the contract says")
    }
  }

  var stdout: Stream
  var stderr: Stream

  // MARK: The client's side

  /// Continuation requests that the client has received.
  private(set) var requests = 0
  private(set) var clientText: [UInt8] = []
  /// How much of the client's text was taken for answers.
  private(set) var taken = 0
  private(set) var answered = 0
  private var longestAnswer = 0

  /// All that the program's stdin has to carry as long as it is open.
  private(set) var answers: [UInt8] = []
  /// From here on the program can read nothing, and answers go nowhere.
  private(set) var stdinIsClosed = false

  init(takesPrompts: Bool = true) {
    stdout = Stream(.stdout, takesPrompts: takesPrompts)
    stderr = Stream(.stderr, takesPrompts: takesPrompts)
  }

  var openPrompts: Int { requests - answered }

  mutating func clientSent(_ octets: [UInt8]) { clientText += octets }

  mutating func programClosedStdin() { stdinIsClosed = true }

  /// The client received what the core sent.
  mutating func clientReceived(_ sent: UnsafeBufferPointer<UInt8>) {
    ResponseGrammar.read(sent) { kind, line in
      switch kind {
      case .no:
        stderr.clientReceived(line)
      case .prompt:
        requests += 1
        stdout.clientReceived(line)
      case .ok:
        stdout.clientReceived(line)
      }
    }
    require(
      requests <= stdout.promptLines, "each prompt is one continuation request",
      "\(requests) requests, \(stdout.promptLines) prompts")
  }

  /// All that the program has written has gone through the core.
  func checkAllIsSent() {
    require(
      requests == stdout.promptLines, "each prompt is one continuation request",
      "\(requests) requests, \(stdout.promptLines) prompts")
    require(
      stdout.responses >= stdout.lines && stderr.responses >= stderr.lines,
      "whole lines are not held back")
  }

  /// What of the client's text is there for prompts to come, or commands.
  func offered<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    clientText.withUnsafeBufferPointer {
      body(UnsafeBufferPointer(rebasing: $0[taken...]))
    }
  }

  /// The core took some octets of what was offered.
  ///
  /// - Parameters:
  ///   - unread: how many octets of answers waited for the program before.
  ///   - isRunning: whether there was a program to take answers.
  mutating func coreTook(_ count: Int, unread: Int, isRunning: Bool) {
    var unread = unread
    var expected = 0
    while isRunning && openPrompts > 0 && unread < Relay.maximumUnreadAnswers,
      let line = nextLine(from: taken + expected)
    {
      expected += line.count
      answered += 1
      if stdinIsClosed { continue }
      var answer = line.dropLast()
      if answer.last == 0x0D { answer = answer.dropLast() }
      answers += answer
      answers.append(0x0A)
      unread += answer.count + 1
      longestAnswer = max(longestAnswer, answer.count + 1)
    }
    require(
      count == expected, "each open prompt takes one whole line, if there is room, and no more",
      "\(count) octets taken instead of \(expected) of "
        + offered { shown($0) } + ", \(openPrompts) prompts open after that")
    taken += expected
    checkBound(unread)
  }

  private func nextLine(from start: Int) -> ArraySlice<UInt8>? {
    clientText[start...].firstIndex(of: 0x0A).map { clientText[start...$0] }
  }

  /// The memory for answers: with lines as long as the server allows, this is what is kept.
  func checkBound(_ unread: Int) {
    require(
      unread <= min(Relay.maximumUnreadAnswers, 65536) - 1 + longestAnswer,
      "unread answers stay below the bound and one line", "\(unread) octets")
  }

  /// At the end, from the texts alone: as many lines as were answered are the answers, and the
  /// commands start behind them.
  func checkWholeDialogue() {
    require(answered <= requests, "no line reaches the program without a prompt")
    var start = 0
    var expected: [UInt8] = []
    for _ in 0..<answered {
      guard let line = nextLine(from: start) else {
        require(false, "an answer is a whole line")
        return
      }
      var text = Array(line.dropLast())
      if text.last == 0x0D { text.removeLast() }
      expected += text + [0x0A]
      start += line.count
    }
    require(taken == start, "what is no answer is left for the commands, octet for octet")
    requireEqual(
      answers, stdinIsClosed ? Array(expected.prefix(answers.count)) : expected,
      "answers reach the program in order and octet for octet")
  }
}

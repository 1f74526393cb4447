import Testing

@testable import XexecCore

@Suite("Relay")
struct RelayTests {
  /// A relay that is easily talked to.
  private final class Conversation {
    private var relay: Relay
    private(set) var received = Octets()

    init(takesPrompts: Bool = true) { relay = Relay(takesPrompts: takesPrompts) }

    func server(sendsFirst octets: Octets) { octets.withBuffer { relay.sendFirst($0) } }

    func program(
      writes octets: Octets, to stream: ResponseWriter.Stream = .stdout
    ) {
      received += appended { responses in
        octets.withBuffer { relay.programWrote($0, to: stream, responses: &responses) }
      }
    }

    func program(closes stream: ResponseWriter.Stream) {
      received += appended { relay.programClosed(stream, responses: &$0) }
    }

    func client(sends octets: Octets) -> Int { octets.withBuffer { relay.clientSent($0) } }

    var openPrompts: Int { relay.openPrompts }
    var takesAnswer: Bool { relay.takesAnswer }
    var answers: Octets { Octets(relay.octetsForProgram) }
    func program(takes count: Int) { relay.programTook(count) }
    func programClosesStdin() { relay.programClosedStdin() }
  }

  /// A conversation with so many prompts open.
  private func conversation(prompts: Int) -> Conversation {
    let conversation = Conversation()
    conversation.program(writes: Octets("\u{5}\n", times: prompts))
    return conversation
  }

  @Test("Lines of stdout become OK, those of stderr NO, each in its order")
  func streams() {
    let conversation = Conversation()
    conversation.program(writes: "a\nb", to: .stdout)
    conversation.program(writes: "x\ny", to: .stderr)
    conversation.program(writes: "c\n", to: .stdout)
    conversation.program(closes: .stderr)
    conversation.program(writes: "d", to: .stdout)
    conversation.program(closes: .stdout)
    #expect(
      conversation.received == "* OK a\r\n* NO x\r\n* OK bc\r\n* NO y\r\n* OK d\r\n")
  }

  @Test("Streams do not mix, whatever they are cut in")
  func unmixed() {
    let conversation = Conversation()
    conversation.program(writes: .raw(0xE2), to: .stdout)
    conversation.program(writes: .raw(0x82, 0xAC, 0x0A), to: .stderr)
    conversation.program(writes: .raw(0x82, 0xAC, 0x0A), to: .stdout)
    #expect(conversation.received == "* NO \u{FFFD}\u{FFFD}\r\n* OK \u{20AC}\r\n")
  }

  @Test("Nothing is taken from the client without a prompt")
  func noPrompt() {
    let conversation = Conversation()
    #expect(!conversation.takesAnswer)
    #expect(conversation.client(sends: "a NOOP\r\n") == 0)
    conversation.program(writes: "text\n")
    conversation.program(writes: "\u{5}\n", to: .stderr)
    #expect(conversation.client(sends: "a NOOP\r\n") == 0)
    #expect(conversation.answers == "")
  }

  @Test("Where no prompts are taken 0x05 is a control octet like others")
  func takesNoPrompts() {
    let conversation = Conversation(takesPrompts: false)
    conversation.program(writes: "\u{5}\n\u{5}Name?\ntext\n\u{5}")
    conversation.program(closes: .stdout)
    #expect(conversation.received == "* OK  \r\n* OK  Name?\r\n* OK text\r\n* OK  \r\n")
    #expect(conversation.openPrompts == 0)
    #expect(!conversation.takesAnswer)
    #expect(conversation.client(sends: "a NOOP\r\n") == 0)
  }

  @Test("What is sent first goes ahead of all answers")
  func sentFirst() {
    let conversation = Conversation()
    conversation.server(sendsFirst: "request\n\n")
    conversation.program(writes: "\u{5}\n")
    #expect(conversation.client(sends: "joe\r\n") == 5)
    #expect(conversation.answers == "request\n\njoe\n")
    conversation.program(takes: 9)
    #expect(conversation.answers == "joe\n")
  }

  @Test("A prompt that is not whole yet takes nothing")
  func halfPrompt() {
    let conversation = Conversation()
    conversation.program(writes: "\u{5}Name")
    #expect(!conversation.takesAnswer)
    #expect(conversation.client(sends: "x\r\n") == 0)
    conversation.program(writes: "\n")
    #expect(conversation.takesAnswer)
    #expect(conversation.client(sends: "x\r\n") == 3)
  }

  @Test("A prompt that the end of stdout completes takes an answer")
  func promptAtTheEnd() {
    let conversation = Conversation()
    conversation.program(writes: "\u{5}")
    conversation.program(closes: .stdout)
    #expect(conversation.received == "+ OK\r\n")
    #expect(conversation.openPrompts == 1)
    #expect(conversation.client(sends: "x\n") == 2)
  }

  @Test(
    "The client's line goes to the program with a single LF",
    arguments: [
      ("x\r\n", "x\n"), ("x\n", "x\n"), ("\r\n", "\n"), ("\n", "\n"), ("x\r\r\n", "x\r\n"),
      ("a\rb\r\n", "a\rb\n"), (" x \t\r\n", " x \t\n"),
      ("\u{0}\u{1}\u{5}\r\n", "\u{0}\u{1}\u{5}\n"),
      (.raw(0xFF, 0xC0, 0x0D, 0x0A), .raw(0xFF, 0xC0, 0x0A)),
      ("[UIDNEXT 1] \u{E9}\r\n", "[UIDNEXT 1] \u{E9}\n"),
    ] as [(Octets, Octets)])
  func lineEnds(line: Octets, expected: Octets) {
    let conversation = conversation(prompts: 1)
    #expect(conversation.client(sends: line) == line.count)
    #expect(conversation.answers == expected)
    #expect(conversation.openPrompts == 0)
  }

  @Test("One prompt takes one line, and leaves the rest")
  func oneLine() {
    let conversation = conversation(prompts: 1)
    #expect(conversation.client(sends: "yes\r\na NOOP\r\n") == 5)
    #expect(!conversation.takesAnswer)
    #expect(conversation.client(sends: "a NOOP\r\n") == 0)
    #expect(conversation.answers == "yes\n")
  }

  @Test("A line without its end is left, whatever it is cut in", arguments: 0...4)
  func unfinishedLine(count: Int) {
    let conversation = conversation(prompts: 2)
    let part = Octets("yes\r".utf8.prefix(count))
    #expect(conversation.client(sends: part) == 0)
    #expect(conversation.client(sends: "1\n" + part) == 2)
    #expect(conversation.openPrompts == 1)
    #expect(conversation.answers == "1\n")
    #expect(conversation.client(sends: "yes\r\n") == 5)
    #expect(conversation.answers == "1\nyes\n")
  }

  @Test("Several prompts are answered in order, and may be answered at once")
  func severalPrompts() {
    let conversation = conversation(prompts: 3)
    #expect(conversation.client(sends: "1\r\n2\n3\r\n4\r\n") == 8)
    #expect(conversation.answers == "1\n2\n3\n")
    #expect(conversation.openPrompts == 0)
    conversation.program(writes: "\u{5}\n")
    #expect(conversation.client(sends: "4\r\n") == 3)
    #expect(conversation.answers == "1\n2\n3\n4\n")
  }

  @Test("The program takes answers octet by octet if it likes")
  func programTakes() {
    let conversation = conversation(prompts: 2)
    _ = conversation.client(sends: "abc\r\n")
    conversation.program(takes: 0)
    conversation.program(takes: 1)
    #expect(conversation.answers == "bc\n")
    _ = conversation.client(sends: "d\n")
    conversation.program(takes: 3)
    #expect(conversation.answers == "d\n")
    conversation.program(takes: 2)
    #expect(conversation.answers == "")
  }

  @Test("While the program leaves 64 KiB of answers unread, no further ones are taken")
  func unreadAnswers() {
    let conversation = conversation(prompts: 1000)
    let line = Octets("x", times: 1023) + "\n"
    #expect(conversation.client(sends: Octets(line, times: 100)) == 65_536)
    #expect(conversation.openPrompts == 1000 - 64)
    #expect(!conversation.takesAnswer)
    #expect(conversation.client(sends: line) == 0)
    conversation.program(takes: 1)
    #expect(conversation.takesAnswer)
    #expect(conversation.client(sends: line + line) == 1024)
    #expect(!conversation.takesAnswer)
  }

  @Test("An answer of any length is taken whole")
  func longAnswer() {
    let conversation = conversation(prompts: 1)
    let line = Octets("x", times: 500_000)
    #expect(conversation.client(sends: line + "\r\n") == 500_002)
    #expect(conversation.answers == line + "\n")
  }

  @Test("When stdin is closed, answers still belong to their prompts, and go nowhere")
  func closedStdin() {
    let conversation = conversation(prompts: 3)
    #expect(conversation.client(sends: "1\n") == 2)
    conversation.programClosesStdin()
    #expect(conversation.answers == "")
    #expect(conversation.client(sends: "2\n3\na NOOP\r\n") == 4)
    #expect(conversation.answers == "")
    #expect(conversation.openPrompts == 0)
    conversation.program(writes: "\u{5}\n")
    #expect(conversation.client(sends: "4\r\n") == 3)
  }

  @Test("Nothing at all can be written, closed and sent")
  func nothing() {
    let conversation = conversation(prompts: 1)
    conversation.program(writes: "")
    #expect(conversation.client(sends: "") == 0)
    conversation.program(closes: .stdout)
    conversation.program(closes: .stderr)
    #expect(conversation.received == "+ OK\r\n")
  }

  @Test(
    "Every line reaches its prompt, or is left, however lines and prompts come",
    arguments: [
      UInt64(1), 2, 3, 4, 5, 6,
    ])
  func random(seed: UInt64) {
    var chance = Chance(seed: seed)
    let ends: [Octets] = ["\r\n", "\n"]
    let lines = (0..<200).map { Octets("line \($0)") }
    let input = lines.reduce(into: Octets()) { $0 += $1 + ends.randomElement(using: &chance)! }
    let conversation = Conversation()
    var (sent, taken, prompted, program) = (0, 0, 0, Octets())
    for _ in 0..<2000 {
      switch Int.random(in: 0...3, using: &chance) {
      case 0:
        let count = Int.random(in: 0...2, using: &chance)
        prompted += count
        conversation.program(writes: Octets("\u{5}\n", times: count))
      case 1:
        sent = min(input.count, sent + Int.random(in: 0...20, using: &chance))
      case 2:
        taken += conversation.client(sends: Octets(input.array[taken..<sent]))
      default:
        let count = Int.random(in: 0...conversation.answers.count, using: &chance)
        program += Octets(conversation.answers.array.prefix(count))
        conversation.program(takes: count)
      }
    }
    program += conversation.answers
    let answered = prompted - conversation.openPrompts
    #expect(program.responses == lines.prefix(answered).map { $0 + "\n" }, "seed \(seed)")
    #expect(Octets(input.array.prefix(taken)).responses.count == answered, "seed \(seed)")
    #expect(answered > 0)
  }
}

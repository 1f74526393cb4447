import Testing

@testable import XexecCore

@Suite("ResponseWriter")
struct ResponseWriterTests {
  /// What a writer makes of pieces, in one go.
  static func responses(
    to pieces: [Octets], on stream: ResponseWriter.Stream = .stdout, finishing: Bool = true
  ) -> (octets: Octets, prompts: Int) {
    var writer = ResponseWriter(stream: stream)
    var prompts = 0
    let octets = appended { buffer in
      for piece in pieces {
        prompts += piece.withBuffer { writer.write($0, to: &buffer) }
      }
      if finishing { prompts += writer.finish(to: &buffer) }
    }
    return (octets, prompts)
  }

  private func responses(
    to text: Octets, on stream: ResponseWriter.Stream = .stdout, finishing: Bool = true
  ) -> Octets {
    Self.responses(to: [text], on: stream, finishing: finishing).octets
  }

  // MARK: - Rules

  @Test(
    "A line of stdout becomes a response",
    arguments: [
      ("", ""),
      ("hello\n", "* OK hello\r\n"),
      ("a\nb\nc\n", "* OK a\r\n* OK b\r\n* OK c\r\n"),
      (" a  b \n", "* OK  a  b \r\n"),
      ("a\tb\n", "* OK a\tb\r\n"),
      ("\u{E9}\u{20AC}\u{1F600}\n", "* OK \u{E9}\u{20AC}\u{1F600}\r\n"),
      ("* OK x\n", "* OK * OK x\r\n"),
      // text has one octet at least
      ("\n", "* OK  \r\n"),
      ("\n\na\n", "* OK  \r\n* OK  \r\n* OK a\r\n"),
      // the last line needs no newline
      ("a\nb", "* OK a\r\n* OK b\r\n"),
      (" ", "* OK  \r\n"),
    ] as [(Octets, Octets)])
  func stdout(written: Octets, expected: Octets) {
    #expect(responses(to: written) == expected)
  }

  @Test("A line of stderr becomes a NO, and there are no prompts on stderr")
  func stderr() {
    #expect(responses(to: "a\nb", on: .stderr) == "* NO a\r\n* NO b\r\n")
    #expect(responses(to: "\n", on: .stderr) == "* NO  \r\n")
    let (octets, prompts) = Self.responses(to: ["\u{5}\n\u{5}Name\n"], on: .stderr)
    #expect(octets == "* NO  \r\n* NO  Name\r\n")
    #expect(prompts == 0)
  }

  @Test(
    "A trailing CR is dropped, one and no other",
    arguments: [
      ("a\r\n", "* OK a\r\n"),
      ("\r\n", "* OK  \r\n"),
      ("a\r", "* OK a\r\n"),
      ("\r", "* OK  \r\n"),
      ("a\r\r\n", "* OK a \r\n"),
      ("a\rb\n", "* OK a b\r\n"),
      ("\ra\n", "* OK  a\r\n"),
      ("a\r\rb\r\n", "* OK a  b\r\n"),
      ("\u{E9}\r\n", "* OK \u{E9}\r\n"),
      ("\u{5}\r\n", "+ OK\r\n"),
      ("\u{5}a\r\n", "+ a\r\n"),
      ("[ALERT] \r\n", "* OK [XEXEC] [ALERT] \r\n"),
    ] as [(Octets, Octets)])
  func carriageReturn(written: Octets, expected: Octets) {
    #expect(responses(to: written) == expected)
  }

  @Test("Control octets but TAB become a space")
  func controls() {
    for octet in UInt8.min...0x7F where octet != 0x0A && octet != 0x5B {
      let isControl = (octet < 0x20 && octet != 0x09) || octet == 0x7F
      let shown: UInt8 = isControl ? 0x20 : octet
      #expect(
        responses(to: "a" + .raw(octet) + "b\n") == "* OK a" + .raw(shown) + "b\r\n",
        "octet \(octet)")
    }
    #expect(responses(to: "\u{0}\u{0}\n") == "* OK   \r\n")
  }

  @Test("An octet that is not plain is found wherever it stands", arguments: 0...25)
  func anywhere(position: Int) {
    for octets in [
      "\u{0}", "\t", "\u{5}", "\r", "\u{1F}", " ", "~", "\u{7F}", "\u{E9}", "[", .raw(0x80),
      .raw(0xFF), "\t\u{0}", "\t\t\u{E9}\u{7F}",
    ] as [Octets] {
      for other in [" ", "a", "~", "\t"] as [Octets] {
        let text =
          Octets(other, times: position) + octets + Octets(other, times: 25 - position) + "\n"
        #expect(responses(to: text) == ResponseModel(of: text, on: .stdout).octets)
      }
    }
  }

  @Test("The C1 controls of Unicode are characters like others")
  func c1() {
    #expect(responses(to: "\u{80}\u{9F}\u{2028}\n") == "* OK \u{80}\u{9F}\u{2028}\r\n")
  }

  @Test("A byte order mark does not hide a bracket: there is none at the start")
  func byteOrderMark() {
    #expect(responses(to: "\u{FEFF}[UIDNEXT 1] x\n") == "* OK [XEXEC] \u{FEFF}[UIDNEXT 1] x\r\n")
  }

  @Test("Octets that are no UTF-8 become U+FFFD")
  func invalid() {
    #expect(responses(to: .raw(0xFF, 0x0A)) == "* OK \u{FFFD}\r\n")
    #expect(responses(to: "a" + .raw(0xE2, 0x82) + "b\n") == "* OK a\u{FFFD}b\r\n")
    // cut off by the end of the line, by CR, by another character, by the end of the stream
    #expect(responses(to: .raw(0xE2, 0x82, 0x0A)) == "* OK \u{FFFD}\r\n")
    #expect(responses(to: .raw(0xE2, 0x82, 0x0D, 0x0A)) == "* OK \u{FFFD}\r\n")
    #expect(responses(to: .raw(0xE2, 0xC3, 0xA9, 0x0A)) == "* OK \u{FFFD}\u{E9}\r\n")
    #expect(responses(to: .raw(0xF0, 0x9F)) == "* OK \u{FFFD}\r\n")
    // the next line starts afresh
    #expect(responses(to: .raw(0xE2, 0x0A, 0x82, 0x0A)) == "* OK \u{FFFD}\r\n* OK \u{FFFD}\r\n")
    // overlong CR LF, and a surrogate
    #expect(
      responses(to: .raw(0xC0, 0x8D, 0xC0, 0x8A)) == "* OK " + Octets("\u{FFFD}", times: 4)
        + "\r\n")
    #expect(
      responses(to: .raw(0xED, 0xA0, 0x80)) == "* OK " + Octets("\u{FFFD}", times: 3) + "\r\n")
  }

  @Test(
    "The octet 0x05 in front makes a prompt, with the rest of the line as its label",
    arguments: [
      ("\u{5}\n", "+ OK\r\n", 1),
      ("\u{5}Name?\n", "+ Name?\r\n", 1),
      ("\u{5} \n", "+  \r\n", 1),
      ("\u{5}\u{5}\n", "+  \r\n", 1),
      ("\u{5}", "+ OK\r\n", 1),
      ("\u{5}Name?", "+ Name?\r\n", 1),
      ("a\n\u{5}\n\u{5}b\nc\n", "* OK a\r\n+ OK\r\n+ b\r\n* OK c\r\n", 2),
      ("a\u{5}\n", "* OK a \r\n", 0),
      (" \u{5}\n", "* OK   \r\n", 0),
      ("\u{5}[ALERT] x\n", "+ [ALERT] x\r\n", 1),
      ("\u{5}[UIDNEXT 1] x\n", "+ [XEXEC] [UIDNEXT 1] x\r\n", 1),
      ("\u{5}pw {5}\n", "+ pw {5} .\r\n", 1),
    ] as [(Octets, Octets, Int)])
  func prompts(written: Octets, expected: Octets, count: Int) {
    let (octets, prompts) = Self.responses(to: [written])
    #expect(octets == expected)
    #expect(prompts == count)
  }

  @Test("A prompt is counted when its response is there, not before")
  func promptCount() {
    var writer = ResponseWriter(stream: .stdout)
    var counts: [Int] = []
    _ = appended { buffer in
      for piece in ["\u{5}", "Na", "me\n", "x\n", "\u{5}\n\u{5}"] as [Octets] {
        counts.append(piece.withBuffer { writer.write($0, to: &buffer) })
      }
      counts.append(writer.finish(to: &buffer))
      counts.append(writer.finish(to: &buffer))
    }
    #expect(counts == [0, 0, 1, 0, 1, 1, 0])
  }

  @Test("Whole lines become responses at once, others only when they end")
  func atOnce() {
    #expect(responses(to: "a\nb\nc", finishing: false) == "* OK a\r\n* OK b\r\n")
    #expect(responses(to: "\u{5}", finishing: false) == "")
    #expect(responses(to: "[ALERT]", finishing: false) == "")
  }

  @Test("The end of a stream behind a newline, and of one that said nothing, says nothing")
  func nothingAtTheEnd() {
    #expect(responses(to: "a\n") == "* OK a\r\n")
    #expect(responses(to: "") == "")
    #expect(Self.responses(to: ["", "", ""]).octets == "")
  }

  // MARK: - Codes

  @Test("A code that is allowed passes", arguments: ResponseCodeTests.allowed)
  func allowedCodes(code: String) {
    for stream in [ResponseWriter.Stream.stdout, .stderr] {
      let prefix: Octets = stream == .stdout ? "* OK " : "* NO "
      for spelling in [code, code.lowercased()] {
        let text = Octets("[\(spelling)] x")
        #expect(responses(to: text + "\n", on: stream) == prefix + text + "\r\n")
      }
    }
  }

  @Test(
    "Any other bracket in front gets a code of our own before it",
    arguments: [
      "[", "[]", "[]x", "[] x", "[ALERT]", "[ALERT] ", "[ALERT]x", "[ALERT foo] x", "[ALERT",
      "[ALERT x", "[ ALERT] x", "[ALERTS] x", "[UIDVALIDITY 1] x", "[uidvalidity 1] x",
      "[UIDNEXT 1]", "[READ-ONLY] x", "[CAPABILITY IMAP4rev1] x", "[[ALERT] x", "[12:30] started",
      "[AL\u{5}RT] x", "[ALERT]   ", "[UNAVAILABLE] x", "[EXPIRED] x", "[SERVERBUG] x",
      "[INPROGRESS] x", "[XEXEC] x",
    ] as [Octets])
  func otherBrackets(text: Octets) {
    let shown = Octets(text.array.map { $0 < 0x20 ? 0x20 : $0 })
    #expect(responses(to: text + "\n") == "* OK [XEXEC] " + shown + "\r\n")
    #expect(responses(to: text + "\r\n") == "* OK [XEXEC] " + shown + "\r\n")
    #expect(responses(to: text) == "* OK [XEXEC] " + shown + "\r\n")
    #expect(responses(to: text + "\n", on: .stderr) == "* NO [XEXEC] " + shown + "\r\n")
    #expect(responses(to: "\u{5}" + text + "\n") == "+ [XEXEC] " + shown + "\r\n")
  }

  @Test("A control octet before or in a bracket makes no code of it")
  func controlsAndCodes() {
    #expect(responses(to: "\u{0}[ALERT] x\n") == "* OK  [ALERT] x\r\n")
    #expect(responses(to: "\u{0}[UIDNEXT 1] x\n") == "* OK [XEXEC]  [UIDNEXT 1] x\r\n")
    #expect(responses(to: "[ALERT]\u{0}x\n") == "* OK [ALERT] x\r\n")
    #expect(responses(to: "[UIDNEXT\u{0}1] x\n") == "* OK [XEXEC] [UIDNEXT 1] x\r\n")
  }

  @Test("Blanks do not hide a bracket", arguments: [" ", "\t", "  \t ", "\r", "\u{1}"] as [Octets])
  func blanksAndBracket(blanks: Octets) {
    let shown = Octets(blanks.array.map { $0 < 0x20 && $0 != 9 ? 0x20 : $0 })
    for text in ["[UIDNEXT 1] x", "[ALERT]", "[x] x", "[", "[]"] as [Octets] {
      let expected = "[XEXEC] " + shown + text + "\r\n"
      #expect(responses(to: blanks + text + "\n") == "* OK " + expected)
      #expect(responses(to: blanks + text, on: .stderr) == "* NO " + expected)
      #expect(responses(to: "\u{5}" + blanks + text + "\n") == "+ " + expected)
    }
    #expect(responses(to: blanks + "[ALERT] x\n") == "* OK " + shown + "[ALERT] x\r\n")
  }

  @Test(
    "A bracket anywhere is one to some clients",
    arguments: [
      "x [UIDNEXT 1]", "\"[READ-ONLY]\" x", "\u{E9}[", "x[", "\u{FEFF}[UIDNEXT 1]", "x [1] y",
      "x [] y", "x [x] [UIDNEXT 1]", "x [ALERT]", "x [x", "x [xy]",
    ] as [Octets])
  func innerBracket(text: Octets) {
    #expect(responses(to: text + "\n") == "* OK [XEXEC] " + text + "\r\n")
    #expect(responses(to: text, on: .stderr) == "* NO [XEXEC] " + text + "\r\n")
  }

  @Test(
    "But not behind a code, or with one letter in it",
    arguments: [
      "[ALERT] x [UIDNEXT 1]", "x [ALERT] y", "x [LIMIT] y [UIDNEXT 1]", "x [x] y", "<*?[a]>",
      "x] y",
      "   \t",
    ] as [Octets])
  func otherInnerBracket(text: Octets) {
    #expect(responses(to: text + "\n") == "* OK " + text + "\r\n")
    #expect(responses(to: text, on: .stderr) == "* NO " + text + "\r\n")
  }

  // MARK: - Literals

  @Test(
    "A text that ends like the announcement of a literal does not end there",
    arguments: [
      "total {300}", "total ~{300}", "a b {0}", "a b {5+}", "a b {5-}", "a b {-5}", "a b {x{5}",
      "a b {{5}", "a b }{5}", "a b\u{E9}{3}", "[NOPERM] not {3}", "a b {99999999999999999999999}",
      "a b {3e2}", "a b {1.5}", "a b { 300 }", "a b {300}  \t",
    ] as [Octets])
  func literalAtTheEnd(text: Octets) {
    #expect(responses(to: text + "\n") == "* OK " + text + " .\r\n")
    #expect(responses(to: text + "\r\n") == "* OK " + text + " .\r\n")
    #expect(responses(to: text, on: .stderr) == "* NO " + text + " .\r\n")
    #expect(responses(to: "\u{5}" + text + "\n") == "+ " + text + " .\r\n")
  }

  @Test(
    "A text that begins like a large one does not begin there",
    arguments: [
      "{1000000} x", "a{1000000} x", "  {1000000", "[x] [y] {99999999} z", "[ALERT] {1000000} x",
      "~{{1000000}x y", "{1000000{",
    ] as [Octets])
  func literalInFront(text: Octets) {
    #expect(responses(to: text + "\n") == "* OK [XEXEC] - " + text + "\r\n")
    #expect(responses(to: text, on: .stderr) == "* NO [XEXEC] - " + text + "\r\n")
    #expect(responses(to: "\u{5}" + text + "\n") == "+ [XEXEC] - " + text + "\r\n")
  }

  @Test(
    "No other text with braces is touched",
    arguments: [
      "{5} x", "{999999} x", "x {1000000} y", "{x1000000} y", "1000000} x", "}", "{}", "{\"a\":1}",
      "x 5}", "a b {5.", "a b {5} c", "{x}", "{ 5",
      "{\"total\": {\"a\": 300}}",
    ] as [Octets])
  func otherBraces(text: Octets) {
    #expect(responses(to: text + "\n") == "* OK " + text + "\r\n")
    #expect(responses(to: text, on: .stderr) == "* NO " + text + "\r\n")
  }

  @Test("A part of a line that is cut there is guarded too")
  func literalAtTheCut() {
    let part = "a b " + Octets("x", times: 7991) + "{300}"
    #expect(responses(to: part + "y\n") == "* OK " + part + " .\r\n* OK y\r\n")
    #expect(responses(to: part + "\u{E9}\n") == "* OK " + part + " .\r\n* OK \u{E9}\r\n")
    #expect(responses(to: "{3000000}") == "* OK [XEXEC] - {3000000} .\r\n")
  }

  // MARK: - Long lines

  @Test(
    "A line goes on in further responses from octet 8001 on",
    arguments: [1, 7999, 8000, 8001, 15_999, 16_000, 16_001, 100_000])
  func longLine(length: Int) {
    var expected = Octets()
    var left = length
    while left > 0 {
      expected += "* NO " + Octets("x", times: min(left, 8000)) + "\r\n"
      left -= min(left, 8000)
    }
    let line = Octets("x", times: length)
    #expect(responses(to: line + "\n", on: .stderr) == expected)
    #expect(responses(to: line + "\r\n", on: .stderr) == expected)
    #expect(responses(to: line, on: .stderr) == expected)
  }

  @Test("Lines are cut between characters, and nothing is dropped")
  func cutBetweenCharacters() {
    for character in ["\u{E9}", "\u{20AC}", "\u{1F600}"] as [Octets] {
      for offset in 0...8 {
        let text = Octets("x", times: 7996 + offset) + Octets(character, times: 5)
        let lines = responses(to: text + "\n").responses
        let texts = lines.map { Octets($0.array.dropFirst(5).dropLast(2)) }
        #expect(texts.count == (text.count > 8000 ? 2 : 1))
        #expect(texts[0].count <= 8000 && texts[0].count + character.count > min(8000, text.count))
        #expect(texts.allSatisfy { String(validating: $0.array, as: UTF8.self) != nil })
        #expect(texts.reduce("", +) == text)
      }
    }
  }

  @Test("What is replaced counts as what it becomes")
  func longReplacements() {
    let lines = responses(to: Octets([UInt8](repeating: 0xFF, count: 2667)) + "\n").responses
    #expect(lines.map(\.count) == [7 + 2666 * 3, 7 + 3])
  }

  @Test("A CR in the middle of a long line is a space, at its end it is nothing")
  func carriageReturnAtTheCut() {
    let full = Octets("x", times: 8000)
    #expect(responses(to: full + "\r\n") == "* OK " + full + "\r\n")
    #expect(responses(to: full + "\r\r\n") == "* OK " + full + "\r\n* OK  \r\n")
    #expect(responses(to: full + "\ry\n") == "* OK " + full + "\r\n* OK  y\r\n")
  }

  @Test("A part that starts with a bracket is no code, though the line's start may be one")
  func continuedCode() {
    let full = Octets("x", times: 8000)
    #expect(
      responses(to: full + "[ALERT] y\n") == "* OK " + full + "\r\n* OK [XEXEC] [ALERT] y\r\n")
    #expect(
      responses(to: full + full + "[UIDNEXT 1] y\n") == "* OK " + full + "\r\n* OK " + full
        + "\r\n* OK [XEXEC] [UIDNEXT 1] y\r\n")
    #expect(
      responses(to: "[ALERT] " + full + "\n") == "* OK [ALERT] " + Octets("x", times: 7992)
        + "\r\n* OK xxxxxxxx\r\n")
    #expect(
      responses(to: "[" + full + "\n") == "* OK [XEXEC] [" + Octets("x", times: 7999)
        + "\r\n* OK x\r\n")
    // the next line is a line again
    #expect(
      responses(to: full + "x\n[ALERT] y\n") == "* OK " + full + "\r\n* OK x\r\n* OK [ALERT] y\r\n")
  }

  @Test(
    "A prompt is one continuation request, however long its label",
    arguments: [1, 7999, 8000, 8001, 16_000, 16_001, 50_000])
  func longPrompt(length: Int) {
    let (octets, prompts) = Self.responses(
      to: ["\u{5}" + Octets("y", times: length) + "\nnext\n"])
    #expect(prompts == 1)
    let lines = octets.responses
    let requests = lines.indices.filter { lines[$0].string.hasPrefix("+ ") }
    #expect(requests == [lines.count - 2])
    #expect(lines.dropLast(2).allSatisfy { $0.string.hasPrefix("* OK y") })
    #expect(lines.last == "* OK next\r\n")
    #expect(octets.array.count { $0 == UInt8(ascii: "y") } == length)
  }

  @Test("A line of 50 MB without a newline leaves as it comes")
  func hugeLine() {
    let block = Octets("0123456789abcdef", times: 4096)
    let blocks = 50 * 1024 * 1024 / block.count
    var writer = ResponseWriter(stream: .stdout)
    var text = 0
    for number in 1...blocks {
      let sent = appended { buffer in
        block.withBuffer { _ = writer.write($0, to: &buffer) }
      }
      let lines = sent.array.count { $0 == 0x0A }
      text += sent.count - 7 * lines
      // all but one response line of what was written has been sent
      #expect(text >= number * block.count - 8000)
    }
    let rest = appended { _ = writer.finish(to: &$0) }
    #expect(text + rest.count - 7 == blocks * block.count)
  }

  @Test("So does one that is no text", arguments: [0x00, 0x05, 0x0D, 0x5B, 0x80, 0xC3, 0xF0, 0xFF])
  func hugeBinaryLine(octet: UInt8) {
    let block = Octets([UInt8](repeating: octet, count: 65_536))
    var writer = ResponseWriter(stream: .stderr)
    for _ in 1...8 {
      let sent = appended { buffer in
        block.withBuffer { _ = writer.write($0, to: &buffer) }
      }
      #expect(sent.count >= 65_536 - 8000)
      #expect(sent.count <= 65_536 * 4)
    }
  }

  // MARK: - Any octets, cut anywhere

  /// Pieces of which tricky input is made.
  private static let pieces: [Octets] = [
    "\n", "\r", "\r\n", "\n\n", "\u{5}", "\u{0}", "\t", "\u{7F}", "\u{1B}", " ", "a", "word", "[",
    "]", "}", "{3}", "[ALERT] ", "[alert] x", "[ALERT]", "[UIDVALIDITY 1] x", "[LIMIT] ", "\u{E9}",
    "\u{20AC}",
    "\u{1F600}", "\u{10FFFF}", "\u{FFFD}", "\u{85}", .raw(0xE2), .raw(0xE2, 0x82),
    .raw(0xF0, 0x9F, 0x98), .raw(0xF0, 0x9F), .raw(0xC3), .raw(0x80), .raw(0xC0, 0xAF), .raw(0xFF),
    .raw(0xED, 0xA0, 0x80), .raw(0xF4, 0x90, 0x80, 0x80), .raw(0xC0, 0x8A),
  ]
  private static let longPieces: [Octets] = [
    Octets("x", times: 7990), Octets("x", times: 8000), Octets("y", times: 7999),
    Octets("\u{E9}", times: 4000), Octets("\u{20AC}", times: 2666),
    Octets("\u{1F600}", times: 2000), Octets([UInt8](repeating: 0xFF, count: 2666)),
    Octets("\r", times: 7998), Octets(" [", times: 4001),
  ]

  /// Compares with the model, and judges the responses by themselves.
  private func check(
    _ pieces: [Octets], on stream: ResponseWriter.Stream, _ expected: ResponseModel, _ which: String
  ) {
    let (octets, prompts) = Self.responses(to: pieces, on: stream)
    if octets != expected.octets || prompts != expected.prompts {
      Issue.record(
        "\(which): \(pieces) gave \(octets), \(prompts) prompts; expected \(expected.octets)")
    }
  }

  private static let trickyInputs: [Octets] = [
    "hello\n\r\n\n", "a\r\r\nb\rc\r", "\u{5}\n\u{5}Name\r\n\u{5}", "\u{5}\r\r\n \u{5}\n",
    "[ALERT] x\n[ALERT]x\n[ALERT] \n", "[UIDVALIDITY 1] x\n[\n[]", "\u{5}[ALERT] x\n\u{5}[x] y\n",
    "\u{E9}\u{20AC}\u{1F600}\n", "\u{0}\u{1}\t\u{7F}\n\u{0}",
    .raw(0xE2, 0x82, 0x0A, 0xF0, 0x9F, 0x98, 0x0D, 0x0A, 0xC3),
    .raw(0xE2, 0xE2, 0x82, 0xE2, 0x82, 0xAC, 0x0A, 0x80, 0xFF),
    .raw(0xF0, 0x9F, 0x41, 0xED, 0xA0, 0x80, 0xC0, 0x8A, 0xF4, 0x90, 0x0D, 0x0D, 0x0A),
    .raw(0x05, 0xE2, 0x0D, 0x0A, 0x05, 0xC3, 0xA9, 0x0A, 0x05, 0x05),
  ]

  @Test("The cuts of what a program writes make no difference", arguments: trickyInputs)
  func everyCut(input: Octets) {
    for stream in [ResponseWriter.Stream.stdout, .stderr] {
      let expected = ResponseModel(of: input, on: stream)
      expected.checkIsValid(on: stream)
      check([input], on: stream, expected, "whole")
      check(input.array.map { .raw($0) }, on: stream, expected, "octet by octet")
      for first in 0...input.count {
        for second in first...input.count {
          check(
            [
              Octets(input.array[..<first]), Octets(input.array[first..<second]),
              Octets(input.array[second...]),
            ], on: stream, expected, "cut at \(first) and \(second)")
        }
      }
    }
  }

  @Test("Nor do they around the end of a long response", arguments: 0..<longPieces.count)
  func everyCutOfLongLines(index: Int) {
    let long = Self.longPieces[index]
    for tail in ["\u{E9}\r\n", "[ALERT] x\n", "\r\r\n\u{5}", "\u{1F600}\u{20AC}"] as [Octets] {
      for head in ["", "\u{5}", "[ALERT] ", "[ALERT"] as [Octets] {
        let input = head + long + tail
        let expected = ResponseModel(of: input, on: .stdout)
        expected.checkIsValid(on: .stdout)
        check([input], on: .stdout, expected, "whole")
        for cut in (input.count - 16)...input.count {
          let pieces = [Octets(input.array[..<cut]), Octets(input.array[cut...])]
          check(pieces, on: .stdout, expected, "\(head) cut at \(cut)")
        }
      }
    }
  }

  @Test("Nothing written breaks a rule, however it is cut", arguments: Array(UInt64(1)...8))
  func random(seed: UInt64) {
    var chance = Chance(seed: seed)
    for round in 0..<40 {
      var input = Octets()
      for _ in 0..<Int.random(in: 0...40, using: &chance) {
        switch Int.random(in: 0...120, using: &chance) {
        case 0: input += Self.longPieces.randomElement(using: &chance)!
        case 1...15: input += .raw(.random(in: 0...255, using: &chance))
        default: input += Self.pieces.randomElement(using: &chance)!
        }
      }
      for stream in [ResponseWriter.Stream.stdout, .stderr] {
        let which = "seed \(seed), round \(round)"
        let expected = ResponseModel(of: input, on: stream)
        expected.checkIsValid(on: stream)
        check([input], on: stream, expected, which)
        for longest in [2, 5000] {
          check(chance.cut(input, longest: longest), on: stream, expected, which)
        }
      }
    }
  }
}

/// What a program's octets have to become: the contract once more, on whole texts and with the
/// standard library's Unicode.
struct ResponseModel {
  private(set) var octets = Octets()
  private(set) var prompts = 0

  init(of written: Octets, on stream: ResponseWriter.Stream) {
    var lines = written.array.split(separator: 0x0A, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    for var line in lines {
      if line.last == 0x0D { line.removeLast() }
      let isPrompt = stream == .stdout && line.first == 0x05
      if isPrompt {
        line.removeFirst()
        prompts += 1
      }
      add(Self.parts(of: line), isPrompt: isPrompt, tag: stream == .stdout ? "* OK " : "* NO ")
    }
  }

  private mutating func add(_ parts: [String], isPrompt: Bool, tag: String) {
    for (index, part) in parts.enumerated() {
      var text = part
      if text.isEmpty { text = isPrompt ? "OK" : " " }
      let hasStop = Self.endsWithSize(text)
      if Self.beginsWithSize(text) {
        text = "[XEXEC] - " + text
      } else if Self.mayBeCode(text, isFirst: index == 0) {
        text = "[XEXEC] " + text
      }
      if hasStop { text += " ." }
      let start = isPrompt && index == parts.count - 1 ? "+ " : tag
      octets += Octets(start + text + "\r\n")
    }
  }

  /// The safe text of a line, in parts of up to 8000 octets.
  private static func parts(of line: some Collection<UInt8>) -> [String] {
    var parts = [""]
    var count = 0
    for scalar in String(decoding: line, as: UTF8.self).unicodeScalars {
      let isControl = scalar.value < 0x20 && scalar != "\t" || scalar.value == 0x7F
      let safe = isControl ? " " : scalar
      let size = UTF8.width(safe)
      if count + size > 8000 {
        parts.append("")
        count = 0
      }
      parts[parts.count - 1].unicodeScalars.append(safe)
      count += size
    }
    return parts
  }

  private static func startsWithCode(_ text: String) -> Bool {
    ResponseCodeTests.allowed.contains { code in
      let start = Array("[\(code)] ".utf8)
      let other = text.utf8.prefix(start.count).map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }
      return start == other && text.utf8.dropFirst(start.count).contains { $0 != 0x20 && $0 != 9 }
    }
  }

  /// Somebody reads a code in it, and not one that a program may send.
  private static func mayBeCode(_ text: String, isFirst: Bool) -> Bool {
    let octets = Array(text.utf8)
    let start = octets.firstIndex { $0 != 0x20 && $0 != 0x09 }
    for bracket in octets.indices where octets[bracket] == 0x5B {
      let rest = String(decoding: octets[bracket...], as: UTF8.self)
      if startsWithCode(rest) { return bracket == start && !isFirst }
      let isLetter =
        octets[bracket...].prefix(3).last == 0x5D
        && octets[bracket...].prefix(3).count == 3
        && (0x41...0x5A).contains(octets[bracket + 1] & 0xDF)
      if bracket == start || !isLetter { return true }
    }
    return false
  }

  /// Either end looks like the announcement of a literal.
  private static func endsWithSize(_ text: String) -> Bool {
    let backwards = text.utf8.reversed().drop { $0 == 0x20 || $0 == 0x09 }
    let size = backwards.dropFirst().prefix { "0123456789+-.eE \t".utf8.contains($0) }
    return backwards.first == 0x7D && size.contains { "0123456789".utf8.contains($0) }
      && backwards.dropFirst(1 + size.count).first == 0x7B
  }

  private static func beginsWithSize(_ text: String) -> Bool {
    let words = text.utf8.split { $0 == 0x20 || $0 == 0x09 }
    return words.prefix(words.prefix { $0.first == 0x5B }.count + 1).contains { word in
      let pieces: [ArraySlice<UInt8>] = Array(word).split(
        separator: 0x7B, maxSplits: .max, omittingEmptySubsequences: false)
      return pieces.dropFirst().contains {
        $0.prefix { (0x30...0x39).contains($0) }.count >= 7
      }
    }
  }

  /// Whether these are responses as IMAP has them. (Knows nothing of what was written.)
  func checkIsValid(on stream: ResponseWriter.Stream) {
    let tag = stream == .stdout ? "* OK " : "* NO "
    var requests = 0
    for line in octets.responses {
      let isRequest = line.string.hasPrefix("+ ")
      if isRequest { requests += 1 }
      let text = line.array.dropFirst(isRequest ? 2 : 5).dropLast(2)
      let isValid =
        (isRequest || Array(line.array.prefix(5)) == Array(tag.utf8))
        && line.array.suffix(2) == [0x0D, 0x0A]
        && (1...8012).contains(text.count)
        && !Self.endsWithSize(String(decoding: text, as: UTF8.self))
        && !Self.beginsWithSize(String(decoding: text, as: UTF8.self))
        && text.allSatisfy { ($0 >= 0x20 || $0 == 0x09) && $0 != 0x7F }
        && String(validating: text, as: UTF8.self) != nil
        && (text.starts(with: "[XEXEC] ".utf8)
          || !Self.mayBeCode(String(decoding: text, as: UTF8.self), isFirst: true))
      if !isValid { Issue.record("no response: \(line)") }
    }
    if requests != prompts { Issue.record("\(requests) requests for \(prompts) prompts") }
  }
}

import Testing

@testable import XexecCore

@Suite("ProgressReport")
struct ProgressReportTests {
  private func response(
    to line: Octets, style: ProgressReport.Style = .code, tag: Octets? = "a1"
  ) -> Octets? {
    line.withBuffer { line in
      guard let report = ProgressReport(line) else { return nil }
      return appended { report.append(to: &$0, style: style, tag: tag?.cString, line: line) }
    }
  }

  @Test(
    "What a program says becomes RFC 9585's response",
    arguments: [
      ("[PROGRESS 175 1000]", "(\"a1\" 175 1000)] Still working"),
      ("[PROGRESS 175 1000] Looked at 175", "(\"a1\" 175 1000)] Looked at 175"),
      ("[progress 0 1] x", "(\"a1\" 0 1)] x"),
      ("[PROGRESS 175]", "(\"a1\" 175 NIL)] Still working"),
      ("[PROGRESS]", "(\"a1\" NIL NIL)] Still working"),
      ("[PROGRESS] ", "(\"a1\" NIL NIL)] Still working"),
      ("[PROGRESS]  \t", "(\"a1\" NIL NIL)] Still working"),
      // a goal that is passed, or none
      ("[PROGRESS 11 10]", "(\"a1\" 11 NIL)] Still working"),
      ("[PROGRESS 0 0]", "(\"a1\" 0 NIL)] Still working"),
      ("[PROGRESS 10 10]", "(\"a1\" 10 10)] Still working"),
      ("[PROGRESS 4294967295 4294967295]", "(\"a1\" 4294967295 4294967295)] Still working"),
      // the guards of any other text
      ("[PROGRESS 1 2] wait for {300}", "(\"a1\" 1 2)] wait for {300} ."),
      ("[PROGRESS 1 2] {3000000} x", "(\"a1\" 1 2)] - {3000000} x"),
      ("[PROGRESS 1 2] [UIDNEXT 7] x", "(\"a1\" 1 2)] [UIDNEXT 7] x"),
    ] as [(Octets, Octets)])
  func responses(line: Octets, rest: Octets) {
    #expect(response(to: line) == "* OK [INPROGRESS " + rest + "\r\n")
  }

  @Test(
    "What is only like one is none",
    arguments: [
      "", "[", "PROGRESS 1 2]", "[PROGRESS", "[PROGRESS 1", "[PROGRESS 1 2", "[PROGRESS 1 2 3]",
      "[PROGRESS  1]", "[PROGRESS 1  2]", "[PROGRESS 1 ]", "[PROGRESS x]", "[PROGRESS -1]",
      "[PROGRESS 1 2]x", "[PROGRESSES 1 2]", "[PROGRESS 4294967296]", " [PROGRESS 1 2]",
      "[PROGRESS 99999999999999999999999999]",
    ] as [Octets])
  func others(line: Octets) {
    #expect(response(to: line) == nil)
  }

  @Test("Without a tag that can be quoted it has none")
  func noTag() {
    #expect(
      response(to: "[PROGRESS 1 2]", tag: nil) == "* OK [INPROGRESS (NIL 1 2)] Still working\r\n")
    #expect(response(to: "[PROGRESS]", tag: nil) == "* OK [INPROGRESS] Still working\r\n")
  }

  @Test(
    "In words alone",
    arguments: [
      ("[PROGRESS]", "Still working"),
      ("[PROGRESS 175]", "Still working (175)"),
      ("[PROGRESS 175 1000] Looking", "Looking (175 of 1000)"),
      ("[PROGRESS] {3}", "{3} ."),
      ("[PROGRESS 1] [UIDNEXT 7] x", "[XEXEC] [UIDNEXT 7] x (1)"),
    ] as [(Octets, Octets)])
  func words(line: Octets, text: Octets) {
    #expect(response(to: line, style: .text) == "* OK " + text + "\r\n")
  }

  @Test("Not at all")
  func none() {
    #expect(response(to: "[PROGRESS 1 2] x", style: .none) == "")
  }

  // MARK: - Among a program's lines

  private func responses(
    to written: Octets, takesPrompts: Bool = true, takesReport: Bool = true
  ) -> (octets: Octets, prompts: Int) {
    var writer = ResponseWriter(
      stream: .stdout, takesPrompts: takesPrompts, progress: .code, tag: Octets("a1").cString)
    writer.takesReport = takesReport
    var prompts = 0
    let octets = appended { buffer in
      prompts += written.withBuffer { writer.write($0, to: &buffer) }
      prompts += writer.finish(to: &buffer)
    }
    return (octets, prompts)
  }

  private static let report: Octets = "* OK [INPROGRESS (\"a1\" 1 2)] x\r\n"

  @Test("A report is no prompt, and stands where it was said", arguments: [true, false])
  func inOrder(takesPrompts: Bool) {
    let (octets, prompts) = responses(
      to: "a\n\u{5}[PROGRESS 1 2] x\nb\n", takesPrompts: takesPrompts)
    #expect(octets == "* OK a\r\n" + Self.report + "* OK b\r\n")
    #expect(prompts == 0)
  }

  @Test("One is passed on, the others are dropped until the next is wanted")
  func one() {
    #expect(responses(to: "\u{5}[PROGRESS 1 2] x\n\u{5}[PROGRESS 2 2] x\n").octets == Self.report)
    #expect(responses(to: "\u{5}[PROGRESS 1 2] x\na", takesReport: false).octets == "* OK a\r\n")
  }

  @Test("A mistake in one is text: nothing waits for an answer")
  func mistake() {
    let (octets, prompts) = responses(to: "\u{5}[PROGRESS one] x\n\u{5}[PROGRESS\n")
    #expect(octets == "* OK [XEXEC] [PROGRESS one] x\r\n* OK [XEXEC] [PROGRESS\r\n")
    #expect(prompts == 0)
  }

  @Test("stderr has none, and nor has a line without 0x05, or one that is cut")
  func elsewhere() {
    #expect(responses(to: "[PROGRESS 1 2] x\n").octets == "* OK [XEXEC] [PROGRESS 1 2] x\r\n")
    var writer = ResponseWriter(stream: .stderr, progress: .code)
    writer.takesReport = true
    let octets = appended { buffer in
      _ = Octets("\u{5}[PROGRESS 1 2] x\n").withBuffer { writer.write($0, to: &buffer) }
    }
    #expect(octets == "* NO [XEXEC]  [PROGRESS 1 2] x\r\n")
    let long = responses(to: "\u{5}[PROGRESS 1 2] " + Octets("x", times: 8000) + "\n")
    #expect(long.prompts == 0)
    #expect(long.octets.string.hasPrefix("* OK [XEXEC] [PROGRESS 1 2] xx"))
  }

  @Test("Where 0x05 is a control octet like others, it still is one for other lines")
  func withoutPrompts() {
    #expect(responses(to: "\u{5}Name?\n", takesPrompts: false).octets == "* OK  Name?\r\n")
    #expect(
      responses(to: "\u{5}[PROGRESS x]\n", takesPrompts: false).octets
        == "* OK [XEXEC]  [PROGRESS x]\r\n")
  }
}

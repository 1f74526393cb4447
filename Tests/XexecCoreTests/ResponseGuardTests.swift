import Testing

@testable import XexecCore

@Suite("ResponseWriter: what clients would take for structure")
struct ResponseGuardTests {
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
}

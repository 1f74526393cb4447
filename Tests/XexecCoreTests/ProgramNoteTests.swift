import CXexec
import Testing

@testable import XexecCore

@Suite("What a program has to say to the server")
struct ProgramNoteTests {
  struct Said: Equatable {
    var responses = Octets()
    var prompts = 0
    var notes: [String] = []
    var status: UInt8?
  }

  /// What becomes of a text, cut into pieces of so many octets.
  private func said(
    _ text: Octets, pieces: Int = .max, takesPrompts: Bool = true, logsAll: Bool = false
  ) -> Said {
    var writer = ResponseWriter(
      stream: logsAll ? .stderr : .stdout, takesPrompts: takesPrompts)
    writer.logsAll = logsAll
    var said = Said()
    said.responses = appended { buffer in
      var rest = text.array[...]
      while !rest.isEmpty {
        said.prompts += Octets(rest.prefix(pieces)).withBuffer { writer.write($0, to: &buffer) }
        rest = rest.dropFirst(pieces)
      }
      said.prompts += writer.finish(to: &buffer)
    }
    writer.notes.removeAll { level, line in
      said.notes.append("\(level): \(String(decoding: line, as: UTF8.self))")
    }
    said.status = writer.ownStatus
    return said
  }

  @Test(
    "A line for the log is not for the client", arguments: [true, false], [Int.max, 1, 7])
  func log(takesPrompts: Bool, pieces: Int) {
    let text: Octets = """
      one
      \u{5}[LOG] /etc/x: No such file
      \u{5}[LOG WARNING] \u{E9}\ttwo\r
      \u{5}[LOG INFO]three
      two
      """
    let expected = Said(
      responses: "* OK one\r\n* OK two\r\n",
      notes: ["error: /etc/x: No such file", "warning: \u{E9}\ttwo", "info: three"])
    #expect(said(text, pieces: pieces, takesPrompts: takesPrompts) == expected)
  }

  @Test("What is said for the log is one line, without control octets, and never empty")
  func lines() {
    #expect(said("\u{5}[LOG] a\u{1}\u{1B}[2J\u{0}b\n").notes == ["error: a  [2J b"])
    #expect(said("\u{5}[LOG]\n\u{5}[LOG]  \n") == Said())
    let long = said("\u{5}[LOG] " + Octets("x", times: 20_000) + "\nnext\n")
    #expect(long.responses == "* OK next\r\n")
    #expect(long.notes == ["error: " + String(repeating: "x", count: 8000 - 6)])
  }

  @Test("A failure is said to the client as a line of stderr is", arguments: [true, false])
  func status(takesPrompts: Bool) {
    func check(_ text: Octets, _ responses: Octets, _ status: UInt8?) {
      #expect(
        said(text, takesPrompts: takesPrompts) == Said(responses: responses, status: status),
        "\(text)")
    }
    check("\u{5}[STATUS 65] Too weak\n", "* NO Too weak\r\n", 65)
    check("\u{5}[STATUS 77] [NOPERM] Not yours\n", "* NO [NOPERM] Not yours\r\n", 77)
    check("\u{5}[STATUS 1] [UIDNEXT 7] x\n", "* NO [XEXEC] [UIDNEXT 7] x\r\n", 1)
    check("\u{5}[STATUS 255]x {3}", "* NO x {3} .\r\n", 255)
    check("\u{5}[STATUS 3]\na", "* OK a\r\n", 3)
    check("\u{5}[STATUS 3] a\n\u{5}[STATUS 4] b\nc\n", "* NO a\r\n* NO b\r\n* OK c\r\n", 4)
    let long: Octets = "\u{5}[STATUS 9] " + Octets("x", times: 8010) + "\n"
    let parts = said(long, takesPrompts: takesPrompts)
    #expect(parts.status == 9)
    #expect(parts.responses.array.count { $0 == UInt8(ascii: "x") } == 8010)
    #expect(parts.responses.responses.count == 2)
    #expect(parts.responses.responses.allSatisfy { $0.string.hasPrefix("* NO x") })
  }

  @Test(
    "What is not well formed is text, and waits for no answer",
    arguments: [
      "[LOG DEBUG] x", "[LOG  INFO] x", "[LOG INFO x", "[STATUS 0] x", "[STATUS 256] x",
      "[STATUS ] x", "[STATUS -1] x", "[STATUS 1 x", "[STATUS 1000] x", "[STATUS x] y",
      "[STATUS 99999999999999999999] x",
    ] as [Octets])
  func malformed(line: Octets) {
    let expected = Said(responses: "* OK [XEXEC] " + line + "\r\n")
    #expect(said("\u{5}" + line + "\n") == expected)
  }

  @Test(
    "What only looks like a note is a prompt",
    arguments: [
      "[Login] Name:", "[log] x", "[log in] x", "[LOGIN] x", "[LOG", "[STATUS]", "[status 1] x",
      "[STATUSES 1] x", "LOG] x", " [LOG] x",
    ] as [Octets])
  func prompts(label: Octets) {
    let said = said("\u{5}" + label + "\n")
    #expect(said.prompts == 1 && said.notes == [] && said.status == nil)
    #expect(said.responses.string.hasPrefix("+ "))
  }

  @Test("Without 0x05 in front, and on stderr, it is text")
  func text() {
    #expect(
      said("[LOG] x\n[STATUS 1] y\n").responses == """
        * OK [XEXEC] [LOG] x\r\n* OK [XEXEC] [STATUS 1] y\r\n
        """)
    var writer = ResponseWriter(stream: .stderr)
    let octets = appended { buffer in
      _ = Octets("\u{5}[LOG] x\n").withBuffer { writer.write($0, to: &buffer) }
    }
    #expect(octets == "* NO [XEXEC]  [LOG] x\r\n")
    let isEmpty = writer.notes.isEmpty
    #expect(isEmpty)
  }

  @Test("A stream may be for the log alone", arguments: [Int.max, 1])
  func logsAll(pieces: Int) {
    let text = "plain\n\n  \n[ALERT] {3}\n\u{5}x\r\n" + Octets("y", times: 9000) + "\nlast"
    let said = said(text, pieces: pieces, logsAll: true)
    #expect(said.responses == "" && said.prompts == 0)
    #expect(
      said.notes.map { $0.prefix(40) } == [
        "error: plain", "error: [ALERT] {3}", "error:  x",
        "error: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", "error: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
        "error: last",
      ])
  }

  // MARK: - In a run

  @Test("The log has the module, the process and the words, at their level")
  func logLines() throws {
    let host = RunHost()
    let script: Octets = "printf '\\005[LOG] one\\n\\005[LOG INFO] two\\n'; echo three"
    try withScript(script, host: host) { session in
      let outcome = try session.finish()
      #expect(outcome.reply == "OK command exited successfully")
      #expect(session.received == "* OK three\r\n")
      let start = "xexec: module sh, pid \(outcome.pid): "
      #expect(
        host.log == [
          .init(level: .error, text: start + "one"), .init(level: .info, text: start + "two"),
        ])
    }
  }

  @Test(
    "A run has 100 lines in the log, of 1000 octets each, and the log says that there were more")
  func flood() throws {
    let host = RunHost()
    let script: Octets = """
      printf '\\005[LOG] '; head -c 999 /dev/zero | tr '\\0' x; printf '\u{E9}\\n'
      i=1; while [ $i -lt 200 ]; do printf "\\005[LOG INFO] $i\\n"; i=$((i+1)); done
      """
    try withScript(script, host: host) { session in
      let outcome = try session.finish()
      #expect(outcome.reply == "OK command exited successfully")
      #expect(session.received == "")
    }
    #expect(host.log.count == 101)
    #expect(host.log[0].text.hasSuffix(": " + String(repeating: "x", count: 999) + " ..."))
    #expect(host.log[99].text.hasSuffix(": 99"))
    #expect(host.log[100].level == .warning)
    #expect(host.log[100].text.hasSuffix("says more than 100 lines, the others are left out"))
  }

  @Test("What was said for the log before the client went is there")
  func cancelled() throws {
    let host = RunHost()
    let script: Octets = "printf '\\005[LOG] said\\nshown\\n'; echo err >&2; exec sleep 60"
    try withScript(script, stderr: "log", host: host) { session in
      let watch = session.run.watch()
      try waitUntil("it has spoken") {
        wait(for: [(watch.stdout, POLLIN), (watch.stderr, POLLIN)], timeout: 1000)
          == [true, true]
      }
      let outcome = session.cancel()
      #expect(outcome.log.contains(": connection closed, "))
      #expect(outcome.log.hasSuffix(" 22 octets out, 0 octets in"))
      #expect(session.received == "")
    }
    #expect(host.log.map { $0.text.split(separator: " ").last } == ["said", "err"])
  }

  @Test("The program's own status counts if it exits with 0")
  func ownStatus() throws {
    func reply(_ rest: Octets) throws -> String {
      try withScript("printf '\\005[STATUS 65] no\\n'; " + rest) { session in
        let outcome = try session.finish()
        #expect(session.received == "* NO no\r\n")
        return outcome.reply
      }
    }
    #expect(try reply("exit 0") == "NO command failed (exit status 65)")
    #expect(try reply("exit 3") == "NO command failed (exit status 3)")
    #expect(try reply("kill -9 $$") == "NO command failed (signal SIGKILL)")
  }

  // MARK: - Programs that do not run

  @Test("Why a program could not be run is for the log alone", arguments: [126, 127])
  func didNotRun(status: Int) throws {
    let host = RunHost()
    let script = Octets("echo /lib/secret: no such library >&2; exec >&-; exit \(status)")
    try withScript(script, host: host) { session in
      let outcome = try session.finish()
      #expect(session.received == "")
      #expect(outcome.reply == "NO command failed (exit status \(status))")
    }
    #expect(host.log.map(\.level) == [.error])
    #expect(host.log[0].text.hasSuffix(": /lib/secret: no such library"))
  }

  @Test("A shell that does not find its command, and a loader without memory")
  func shellAndLoader() throws {
    for script in ["nosuchcommand", "ulimit -v 5500; exec /usr/bin/perl -e 1"] as [Octets] {
      let host = RunHost()
      try withScript(script, host: host) { session in
        let outcome = try session.finish()
        #expect(session.received == "")
        #expect(outcome.reply == "NO command failed (exit status 127)")
        #expect(host.log.map(\.level) == [.error], "\(host.log)")
      }
    }
  }

  @Test(
    "Other statuses, and programs that have said something, have their stderr with the client",
    arguments: [
      ("echo err >&2; exit 1", "* NO err\r\n"),
      ("echo err >&2; exit 125", "* NO err\r\n"),
      ("echo err >&2; exit 128", "* NO err\r\n"),
      ("echo err >&2; kill -9 $$", "* NO err\r\n"),
      ("echo out; sleep 0.1; echo err >&2; exit 127", "* OK out\r\n* NO err\r\n"),
    ] as [(Octets, Octets)])
  func ran(script: Octets, expected: Octets) throws {
    let host = RunHost()
    try withScript(script, host: host) { session in
      try session.finish()
      #expect(session.received == expected)
    }
    #expect(host.log == [])
  }

  @Test("What stands on stderr first comes after a moment, or with the first word on stdout")
  func hold() throws {
    try withScript("echo err >&2; read x") { session in
      session.step(.stderr)
      #expect(session.run.watch().stderr == -1)
      #expect((1...250).contains(session.run.watch().timeout))
      try session.carryOn(untilReceived: "* NO err\r\n")
    }
    try withScript("echo err >&2; echo out; read x") { session in
      try session.carryOn(untilReceived: "* OK out\r\n")
      #expect(!session.run.holdsStderr)
      try session.carryOn(untilReceived: "* NO err\r\n")
    }
  }

  @Test("With xexec_stderr = log all of stderr is for the log, and none of it waits")
  func stderrToLog() throws {
    let host = RunHost()
    try withScript("echo one >&2; echo out; echo two >&2; exit 3", stderr: "LOG", host: host) {
      session in
      #expect(!session.run.holdsStderr)
      let outcome = try session.finish()
      #expect(session.received == "* OK out\r\n")
      #expect(outcome.reply == "NO command failed (exit status 3)")
      #expect(outcome.log.contains(" 12 octets out,"))
    }
    #expect(host.log.map(\.level) == [.error, .error])
    #expect(host.log.map { $0.text.suffix(5) } == [": one", ": two"])
  }

  // MARK: - Refusals

  @Test("What is refused is logged with its module, and none of its arguments")
  func refusals() throws {
    func log(_ request: CRequest) throws -> [RunHost.Line] {
      let modules = table([("xexec", "cat:/bin/cat"), ("xexec_max_literal", "10")]).table
      let host = RunHost()
      #expect(throws: Run.Refusal.self) {
        _ = try Run.start(request.request, in: modules, host: host.host)
      }
      return host.log
    }
    #expect(
      try log(CRequest("none", ["secret"]))
        == [.init(level: .info, text: "xexec: module none: no such module")])
    #expect(
      try log(CRequest(Octets("n", times: 100)))
        == [
          .init(
            level: .info,
            text: "xexec: module \(String(repeating: "n", count: 64))...: no such module")
        ])
    #expect(
      try log(CRequest("cat", literalSize: 11))
        == [.init(level: .info, text: "xexec: module cat: literal is too large, 11 octets")])
    #expect(
      try log(CRequest("cat", [Octets("x", times: 200_000)]))
        == [.init(level: .info, text: "xexec: module cat: arguments are too long")])
    #expect(try log(CRequest(nil)) == [])
  }
}

import CXexec
import Testing

@testable import XexecCore

@Suite("Run: its start, and its line in the log")
struct RunStartTests {
  // MARK: - The log

  @Test("The log has module, process id, end, milliseconds, octets out and in, and no more")
  func log() throws {
    let script: Octets = """
      echo topsecret; echo topsecret >&2; printf '\\005topsecret\\n'; read x; exit 3
      """
    let log = try withScript(script) { session in
      session.unread = "topsecret\r\n"
      return try session.finish().log
    }
    let expected =
      #/xexec: module sh, pid [0-9]+: exit status 3, [0-9]+ ms, 31 octets out, 10 octets in/#
    #expect(log.wholeMatch(of: expected) != nil, "\(log)")
  }

  @Test("The name in the log is that of the configuration")
  func logName() throws {
    let log = try withSession(entry: "Echo-1:/bin/true") { try $0.finish().log }
    let expected =
      #/xexec: module Echo-1, pid [0-9]+: exit status 0, [0-9]+ ms, 0 octets out, 0 octets in/#
    #expect(log.wholeMatch(of: expected) != nil, "\(log)")
  }

  // MARK: - Starting

  private func start(
    _ request: CRequest, _ settings: [Setting], host: RunHost = RunHost()
  ) throws(Run.Refusal) -> Run {
    try Run.start(request.request, in: table(settings).table, host: host.host)
  }

  @Test(
    "Without a module that is an atom nothing is started, and nothing logged",
    arguments: [nil, "", "a b", "a\"", "(a", "a]", "\u{E9}", "a\r"] as [Octets?])
  func noModule(name: Octets?) {
    let host = RunHost()
    let refusal = thrown(Run.Refusal.self) {
      try start(CRequest(name), [("xexec", "a:/bin/true")], host: host)
    }
    #expect(refusal == .noModule)
    #expect(refusal?.answer.bad == true)
    #expect(host.errors == [])
  }

  @Test(
    "A module that nobody configured does not exist", arguments: ["b", "aa", "NIL"] as [Octets])
  func unknownModule(name: Octets) {
    let host = RunHost()
    let refusal = thrown(Run.Refusal.self) {
      try start(CRequest(name), [("xexec", "a:/bin/true")], host: host)
    }
    #expect(refusal == .unknownModule)
    #expect(refusal.map { "\($0.answer.text)".hasPrefix("NO [NONEXISTENT] ") } == true)
    #expect(refusal?.answer.bad == false)
    #expect(host.errors == [])
  }

  @Test("Arguments beyond what the system accepts are a LIMIT, and not the administrator's affair")
  func tooManyArguments() {
    let host = RunHost()
    let request = CRequest("a", [Octets("x", times: 300_000)])
    let refusal = thrown(Run.Refusal.self) {
      try start(request, [("xexec", "a:/bin/true")], host: host)
    }
    #expect(refusal == .tooManyArguments)
    #expect(refusal.map { "\($0.answer.text)".hasPrefix("NO [LIMIT] ") } == true)
    #expect(host.errors == [])
  }

  @Test("A program that cannot be started: path and reason go to the log, not to the client")
  func notStarted() {
    let host = RunHost()
    let refusal = thrown(Run.Refusal.self) {
      try start(CRequest("a", ["secret"]), [("xexec", "A:/does/not/exist x")], host: host)
    }
    #expect(refusal == .notStarted)
    #expect(
      refusal.map { "\($0.answer.text)" } == "NO [SERVERBUG] command could not be started")
    #expect(
      host.errors == [
        "xexec: module A: program could not be started: /does/not/exist: No such file or directory"
      ])
  }

  @Test("A variable that cannot be expanded: the reason goes to the log")
  func notExpanded() {
    let host = RunHost()
    let refusal = thrown(Run.Refusal.self) {
      try start(CRequest("a"), [("xexec", "a:/bin/echo %{none}")], host: host)
    }
    #expect(refusal == .notStarted)
    #expect(
      host.errors == [
        "xexec: module a: program could not be started: variables cannot be expanded: unknown variable"
      ])
  }

  @Test("Variables are expanded inside each word, and never change where one ends")
  func expansion() throws {
    for username in ["a b", "'", "\"x", "\\", "", "a\nb", "$(id)", "*", "a' 'b"] as [Octets] {
      let host = RunHost()
      host.username = username
      let entry: Octets = #"show:/usr/bin/printf "<%s>\n" %u 'x%u' "%u y" %u%u"#
      let session = Session(
        try start(CRequest("SHOW", ["%u", "last"]), [("xexec", entry)], host: host))
      let outcome = try session.finish()
      #expect(outcome.reply == "OK command exited successfully")
      let words: [Octets] = [
        username, "x" + username, username + " y", username + username, "%u", "last",
      ]
      let text = words.reduce("") { $0 + "<" + $1 + ">\n" }
      #expect(session.received == ResponseModel(of: text, on: .stdout).octets)
    }
  }
}

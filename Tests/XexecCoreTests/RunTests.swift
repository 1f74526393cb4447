import CXexec
import Testing

@testable import XexecCore

/// Real programs, with poll(2) as the ioloop.
@Suite("Run")
struct RunTests {
  // MARK: - Replies

  @Test("A program that exits with 0 has succeeded")
  func success() throws {
    try withScript("exit 0") { session in
      let outcome = try session.finish()
      #expect(outcome.reply == "OK command exited successfully")
      #expect(!outcome.isBad)
      #expect(outcome.teardown == nil)
      #expect(session.received == "")
    }
  }

  @Test("One that exits with anything else has failed", arguments: [1, 2, 126, 127, 128, 255])
  func failure(status: Int) throws {
    try withScript(Octets("exit \(status)")) { session in
      let outcome = try session.finish()
      #expect(outcome.reply == "NO command failed (exit status \(status))")
      #expect(!outcome.isBad)
    }
  }

  @Test(
    "So has one that dies by a signal",
    arguments: ["HUP", "INT", "KILL", "PIPE", "ALRM", "TERM", "USR1"])
  func signal(name: String) throws {
    try withScript(Octets("kill -\(name) $$; sleep 60")) { session in
      let outcome = try session.finish()
      #expect(outcome.reply == "NO command failed (signal SIG\(name))")
      #expect(!outcome.isBad)
    }
  }

  @Test("While the program runs the run is not finished, and waits for its exit")
  func running() throws {
    try withScript("exec >&- 2>&-; read x") { session in
      try session.waitForStderr()
      try session.carryOn(until: "closed outputs") {
        session.run.watch().stdout == -1 && session.run.watch().stderr == -1
      }
      let watch = session.run.watch()
      #expect(!watch.finished)
      #expect(watch.exit >= 0)
      #expect(watch.stdin == -1)
      #expect(!watch.client)
      #expect(watch.timeout == -1)
    }
  }

  @Test("When the run is finished there is nothing to watch")
  func finished() throws {
    try withScript("echo; exit 3", limit: "50s") { session in
      try session.finish()
      let watch = session.run.watch()
      #expect(watch.stdout == -1)
      #expect(watch.stderr == -1)
      #expect(watch.stdin == -1)
      #expect(watch.exit == -1)
      #expect(watch.timeout == -1)
      #expect(!watch.client)
      // what comes late does no harm
      session.step(.all)
      session.unread = "a NOOP\r\n"
      session.answer()
      #expect(session.unread == "a NOOP\r\n")
    }
  }

  // MARK: - Output

  @Test("Lines of stdout and stderr become responses")
  func output() throws {
    #expect(
      try conversation("echo out; echo; printf 'a\\000b\\r\\n'")
        == "* OK out\r\n* OK  \r\n* OK a b\r\nOK command exited successfully")
    #expect(
      try conversation("echo err >&2; echo '[UIDNEXT 1] x' >&2; exit 1")
        == "* NO err\r\n* NO [XEXEC] [UIDNEXT 1] x\r\nNO command failed (exit status 1)")
  }

  @Test("The last line needs no newline, on either stream and however the program ends")
  func unterminated() throws {
    #expect(
      try conversation("printf 'a\\nlast'")
        == "* OK a\r\n* OK last\r\nOK command exited successfully")
    #expect(
      try conversation("printf last >&2; exit 2")
        == "* NO last\r\nNO command failed (exit status 2)")
    #expect(
      try conversation("printf last; kill -KILL $$")
        == "* OK last\r\nNO command failed (signal SIGKILL)")
  }

  @Test("Lines reach the client as they are written, not when the program exits")
  func atOnce() throws {
    try withScript("echo first; echo second >&2; printf '\\005\\n'; read x; echo $x") { session in
      try session.carryOn(untilReceived: "* OK first\r\n")
      try session.carryOn(untilReceived: "* NO second\r\n")
      #expect(!session.run.watch().finished)
      session.unread = "third\r\n"
      try session.finish()
      #expect(session.received.contains("* OK third\r\n"))
    }
  }

  @Test("A stream that is closed early ends nothing", arguments: ["exec 2>&-", "exec 1>&2 2>&-"])
  func closedEarly(close: Octets) throws {
    let text = try conversation(
      "echo early >&2; " + close + "; sleep 0.1; echo late; exit 4")
    if close == "exec 2>&-" {
      #expect(text.contains("* OK late\r\n"))
    } else {
      #expect(text.contains("* NO late\r\n"))
    }
    #expect(text.contains("* NO early\r\n"))
    #expect(text.string.hasSuffix("NO command failed (exit status 4)"))
  }

  @Test("Both streams closed early end nothing")
  func bothClosedEarly() throws {
    #expect(
      try conversation("echo a; exec >&- 2>&-; sleep 0.1; exit 5")
        == "* OK a\r\nNO command failed (exit status 5)")
  }

  @Test("What is in the pipes when the program exits is not lost")
  func fullPipes() throws {
    // as much as fits into both pipes without anybody reading
    let script: Octets = """
      head -c 60000 /dev/zero | tr '\\0' o; head -c 60000 /dev/zero | tr '\\0' e >&2; exit 6
      """
    try withScript(script) { session in
      _ = wait(for: [(session.run.watch().exit, POLLIN)], timeout: patience)
      #expect(session.received == "")
      session.step(.exit)
      #expect(!session.run.watch().finished)
      let outcome = try session.finish()
      #expect(outcome.reply == "NO command failed (exit status 6)")
      #expect(session.received.array.count { $0 == UInt8(ascii: "o") } == 60_000)
      #expect(session.received.array.count { $0 == UInt8(ascii: "e") } == 60_000)
      #expect(session.received.responses.count == 16)
    }
  }

  @Test("A line of 100,000 octets goes on in further responses")
  func longLine() throws {
    try withScript("head -c 100000 /dev/zero | tr '\\0' x; echo; echo after") { session in
      try session.finish()
      let lines = session.received.responses
      #expect(lines.map(\.count) == Array(repeating: 8007, count: 12) + [4007, 12])
      #expect(lines.dropLast().allSatisfy { $0.string.hasPrefix("* OK x") })
      #expect(lines.last == "* OK after\r\n")
    }
  }

  @Test("A step reads one block of each stream at most: the program waits for the client")
  func blocks() throws {
    try withScript("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo done >&2") { session in
      try session.finish()
      #expect(session.received.array.count { $0 == UInt8(ascii: "x") } == 3_000_000)
      #expect(try #require(session.sent.max()) <= 2 * 65_536)
    }
  }

  @Test("A stream is read only when it is said to be readable")
  func unread() throws {
    try withScript("echo out; echo err >&2; exec >&- 2>&-; read x") { session in
      try session.waitForStderr()
      let watch = session.run.watch()
      try waitUntil("both lines") {
        wait(for: [(watch.stdout, POLLIN), (watch.stderr, POLLIN)], timeout: 1000)
          == [true, true]
      }
      session.step(.timeout)
      session.step([])
      #expect(session.received == "")
      session.step(.stderr)
      #expect(session.received == "* NO err\r\n")
      session.step(.stdout)
      #expect(session.received == "* NO err\r\n* OK out\r\n")
    }
  }

  @Test("Events that have not happened do no harm")
  func falseEvents() throws {
    try withScript("read x; echo done") { session in
      for _ in 0..<3 {
        session.step(.all)
        #expect(!session.run.watch().finished)
      }
      #expect(session.received == "")
    }
  }

  @Test("A background process that holds stdout does not hold the command")
  func backgroundProcess() throws {
    try withScript("sleep 60 & echo done") { session in
      let before = Clock.now()
      let outcome = try session.finish()
      #expect(Clock.now() - before < patience)
      #expect(session.received == "* OK done\r\n")
      #expect(outcome.reply == "OK command exited successfully")
      // it is the program's own affair
      #expect(outcome.teardown == nil)
      #expect(groupExists(outcome.pid))
    }
  }

  @Test("Nor does one that writes on for ever: what is in the pipe at the exit is read, no more")
  func backgroundWriter() throws {
    try withScript("yes & exit 3") { session in
      let watch = session.run.watch()
      try waitUntil("the exit, and a pipe that is full") {
        wait(for: [(watch.exit, POLLIN)], timeout: 0) == [true]
          && xexec_bytes_readable(watch.stdout) >= 50_000
      }
      let outcome = try session.finish()
      #expect(outcome.reply == "NO command failed (exit status 3)")
      let lines = session.received.responses
      #expect(lines.dropLast().allSatisfy { $0 == "* OK y\r\n" })
      #expect((25_000...65_536).contains(lines.count))
    }
  }
}

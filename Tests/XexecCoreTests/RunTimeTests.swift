import CXexec
import Testing

@testable import XexecCore

@Suite("Run: time, and others who wait")
struct RunTimeTests {
  // MARK: - Time

  @Test("A program that runs past its limit is ended")
  func timeLimit() throws {
    try withScript("exec sleep 60", limit: "500ms") { session in
      let before = Clock.now()
      #expect((0...500).contains(session.run.watch().timeout))
      let outcome = try session.finish()
      #expect(Clock.now() - before >= 450)
      #expect(outcome.reply == "NO [LIMIT] command timed out")
      #expect(!outcome.isBad)
      #expect(outcome.teardown == nil)
      #expect(outcome.log.contains("timed out, signal SIGTERM"))
    }
  }

  @Test("The limit is not reached early, and nothing but its event ends the program")
  func notEarly() throws {
    try withScript("read x", limit: "60s") { session in
      for _ in 0..<5 { session.step(.timeout) }
      #expect(!session.run.watch().finished)
      #expect((1...60_000).contains(session.run.watch().timeout))
      #expect(session.cancel().log.contains("timed out") == false)
    }
  }

  @Test("A limit that is longer than a timer can count does no harm")
  func longLimit() throws {
    try withScript("read x", limit: "4000000s") { session in
      try session.waitForStderr()
      #expect(session.run.watch().timeout == .max)
    }
  }

  @Test("While a prompt waits for the client the time stands still")
  func pause() throws {
    let script: Octets = "printf '\\005\\n'; read x; echo $x; exec sleep 60"
    try withScript(script, limit: "3s") { session in
      try session.carryOn(untilReceived: "+ OK\r\n")
      #expect(session.run.watch().timeout == -1)
      let before = Clock.now()
      while Clock.now() < before + 3300 { session.pass(atMost: 100) }
      #expect(session.run.watch().timeout == -1)
      session.unread = "answer\r\n"
      session.answer()
      #expect((1...3000).contains(session.run.watch().timeout))
      try session.carryOn(untilReceived: "* OK answer\r\n")
      #expect(try session.finish().reply == "NO [LIMIT] command timed out")
    }
  }

  @Test("The time runs while the program leaves its answers unread: no prompt waits for the client")
  func unreadAnswers() throws {
    let script: Octets = "yes \"$(printf '\\005')\" | head -n 3000; exec sleep 60"
    try withScript(script, limit: "60s") { session in
      session.unread = Octets(Octets("x", times: 99) + "\n", times: 3000)
      try session.carryOn(until: "3000 prompts, and answers that are not taken") {
        session.received.responses.count == 3000 && !session.run.takesAnswer
      }
      #expect(!session.unread.isEmpty)
      #expect((0...60_000).contains(session.run.watch().timeout))
    }
  }

  @Test("A program that has ended in time is not past its limit, though it is looked at late")
  func lateLook() throws {
    try withScript("exit 8", limit: "200ms") { session in
      _ = wait(for: [(session.run.watch().exit, POLLIN)], timeout: patience)
      try waitUntil("the limit") { session.run.watch().timeout == 0 }
      session.step(.timeout)
      #expect(try session.finish().reply == "NO command failed (exit status 8)")
    }
  }

  @Test("What a program says when it is told to end still comes, and the reply is the same")
  func lastWords() throws {
    let script: Octets = """
      trap 'echo bye; echo sorry >&2; exit 0' TERM; while :; do sleep 0.05; done
      """
    try withScript(script, limit: "2s") { session in
      let outcome = try session.finish()
      #expect(session.received.contains("* OK bye\r\n"))
      #expect(session.received.contains("* NO sorry\r\n"))
      #expect(outcome.reply == "NO [LIMIT] command timed out")
      #expect(outcome.log.contains("timed out, exit status 0"))
    }
  }

  // The server ends these programs when they are ready for it, not when a limit is reached: no
  // machine is too slow for that.

  @Test("A program that takes no notice of SIGTERM is killed after 5 seconds")
  func stubborn() throws {
    try withScript("trap '' TERM; echo ready; while :; do sleep 0.2; done") { session in
      try session.carryOn(untilReceived: "* OK ready\r\n")
      let before = Clock.now()
      session.run.answerTooLong()
      #expect((4000...5000).contains(session.run.watch().timeout))
      let outcome = try session.finish()
      #expect(Clock.now() - before >= 5000)
      #expect(outcome.log.contains("answer to a prompt too long, signal SIGKILL"))
      outcome.teardown?.wait()
      try waitUntil("the end of the group") { !groupExists(outcome.pid) }
    }
  }

  @Test("What the program started in its group is ended with it, and goes to the teardown")
  func stubbornChild() throws {
    try withScript("(trap '' TERM; echo child; sleep 60) & wait") { session in
      try session.carryOn(untilReceived: "* OK child\r\n")
      session.run.answerTooLong()
      let outcome = try session.finish()
      #expect(outcome.log.contains("answer to a prompt too long, signal SIGTERM"))
      let teardown = try #require(outcome.teardown)
      #expect(teardown.leaderIsReaped)
      #expect(groupExists(outcome.pid))
      let now = Clock.now()
      try waitUntil("the end") { teardown.step(now: now + Teardown.gracePeriod) == nil }
      try waitUntil("the end of the group") { !groupExists(outcome.pid) }
    }
  }

  // MARK: - Others who wait, read and hold

  @Test("A status that somebody else has waited for is taken over")
  func reaped() throws {
    try withScript("echo on; read x; exit 3") { session in
      try session.carryOn(untilReceived: "* OK on\r\n")
      kill(session.run.watch().pid, SIGTERM)
      var status: Int32 = 0
      #expect(waitpid(session.run.watch().pid, &status, 0) > 0)
      session.run.reaped(waitStatus: status)
      #expect(session.run.watch().pid == 0)
      let outcome = try session.finish()
      #expect(outcome.reply == "NO command failed (signal SIGTERM)")
    }
  }

  @Test("What was counted in the pipe at the exit, and was read by a child, is not waited for")
  func readByAChild() throws {
    try withScript("printf 'a\\nbc\\n'; sleep 100 & exit 0") { session in
      let watch = session.run.watch()
      _ = wait(for: [(watch.exit, POLLIN)], timeout: patience)
      session.step(.exit)
      // as through /proc/self/fd/1
      var octets: [UInt8] = [0, 0, 0]
      #expect(read(watch.stdout, &octets, 3) == 3)
      let outcome = try session.finish()
      #expect(outcome.reply == "OK command exited successfully")
      #expect(session.received == "* OK c\r\n")
    }
  }

  @Test("The time goes on while the client takes nothing, and what was written comes later")
  func held() throws {
    try withScript("echo on; echo more; exec sleep 100", limit: "500ms") { session in
      let watch = session.run.watch()
      _ = wait(for: [(watch.stdout, POLLIN)], timeout: patience)
      let deadline = Clock.now() + patience
      let all: RunEvents = [.timeout, .stdout]
      while session.run.watch().pid != 0 && Clock.now() < deadline {
        session.step(all, hasRoom: false)
        poll(nil, 0, 20)
      }
      #expect(session.received == "")
      let outcome = try session.finish()
      #expect(outcome.reply == "NO [LIMIT] command timed out")
      #expect(session.received == "* OK on\r\n* OK more\r\n")
    }
  }

  @Test("A report comes after 10 seconds of silence, and not while nothing is taken")
  func silence() throws {
    try withScript("exec sleep 100", progress: "code") { session in
      try session.waitForStderr()
      #expect((9_000...10_000).contains(Int(session.run.watch().timeout)))
      session.step([], hasRoom: false)
      #expect(session.run.watch().timeout == -1)
      session.step([])
      #expect((9_000...10_000).contains(Int(session.run.watch().timeout)))
    }
  }

  @Test("A client that has ended its sending side is told something, and has 10 seconds")
  func halfClosed() throws {
    try withScript("exec sleep 100") { session in
      try session.waitForStderr()
      session.run.clientHalfClosed()
      session.step([])
      #expect(session.received == "* OK Still working\r\n")
      #expect((9_000...10_000).contains(Int(session.run.watch().timeout)))
      #expect(!session.run.watch().gone)
      session.run.clientHalfClosed()
      session.step([])
      #expect(session.received == "* OK Still working\r\n")
    }
  }
}

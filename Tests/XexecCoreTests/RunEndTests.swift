import CXexec
import Testing

@testable import XexecCore

@Suite("Run: what ends it")
struct RunEndTests {
  // MARK: - Cancelling

  @Test("When the client is gone the program and its children are ended")
  func cancel() throws {
    try withScript("(sleep 60 & sleep 60 & wait) & echo ready; wait") { session in
      try session.carryOn(untilReceived: "* OK ready\r\n")
      let outcome = session.cancel()
      #expect(!outcome.isBad)
      #expect(outcome.log.contains("connection closed"))
      let teardown = try #require(outcome.teardown)
      try waitUntil("the end") { teardown.step(now: Clock.now()) == nil }
      #expect(!groupExists(outcome.pid))
    }
  }

  @Test("A run can be cancelled at once, and with a prompt open")
  func cancelEarly() throws {
    try withScript("printf '\\005\\n'; read x") { session in
      let outcome = session.cancel()
      try #require(outcome.teardown).wait()
      #expect(!groupExists(outcome.pid))
    }
    try withScript("printf '\\005\\n'; read x") { session in
      try session.carryOn(untilReceived: "+ OK\r\n")
      let outcome = session.cancel()
      try #require(outcome.teardown).wait()
      #expect(!groupExists(outcome.pid))
    }
  }

  @Test("The teardown goes on when the run is freed")
  func teardownOutlivesRun() throws {
    let outcome = try withScript("trap 'head -c 100000 /dev/zero; exit 0' TERM; echo ready; read x")
    { session in
      try session.carryOn(untilReceived: "* OK ready\r\n")
      return Session.Outcome(session.run.cancel())
    }
    let teardown = try #require(outcome.teardown)
    teardown.wait()
    #expect(teardown.isOver)
    #expect(!groupExists(outcome.pid))
  }

  @Test("A program that has exited already is not ended once more")
  func cancelAfterExit() throws {
    try withScript("exit 8") { session in
      _ = wait(for: [(session.run.watch().exit, POLLIN)], timeout: patience)
      let outcome = session.cancel()
      #expect(outcome.teardown == nil)
      #expect(outcome.log.contains(": exit status 8, "))
    }
  }

  @Test("A program that is being ended can be cancelled")
  func cancelWhileEnding() throws {
    try withScript("trap '' TERM; echo ready; read x") { session in
      try session.carryOn(untilReceived: "* OK ready\r\n")
      session.run.answerTooLong()
      let outcome = session.cancel()
      #expect(outcome.log.contains("answer to a prompt too long"))
      let teardown = try #require(outcome.teardown)
      let now = Clock.now()
      try waitUntil("the end") { teardown.step(now: now + Teardown.gracePeriod) == nil }
    }
  }

  // MARK: - Systems without pidfd_open(2)

  /// Starts a shell script, and takes away what tells of its exit.
  private func withScriptWithoutExitDescriptor(
    _ script: Octets, limit: Octets = "0", _ body: (Session) throws -> Void
  ) throws {
    let table = table([
      ("xexec", "sh:/bin/sh"), ("xexec_timeout", limit), ("xexec_progress", "no"),
    ]).table
    let module = try #require(table.modules.first)
    var environment = ProgramEnvironment(request: CRequest("sh").request, module: module)
    environment.addMachine()
    let program = try SpawnedProgram(
      arguments: ["/bin/sh", "-c", script].map { (word: Octets) in word.cString },
      environment: environment, home: nil)
    program.exit.close()
    let command = Run.Command(module: module, tag: nil, hasLiteral: false, host: RunHost().host)
    try withSession(Run(program, command), body)
  }

  @Test("Where no descriptor tells of the exit, it is looked for, whatever the limit")
  func exitWithoutDescriptor() throws {
    for limit in ["0", "60s"] as [Octets] {
      let script: Octets = "echo a; exec >&- 2>&-; sleep 0.1; exit 3"
      try withScriptWithoutExitDescriptor(script, limit: limit) { session in
        #expect(session.run.watch().exit == -1)
        #expect((0...100).contains(session.run.watch().timeout))
        let outcome = try session.finish()
        #expect(session.received == "* OK a\r\n")
        #expect(outcome.reply == "NO command failed (exit status 3)")
      }
    }
  }

  @Test("A prompt that waits, a limit and a teardown are as they are elsewhere")
  func restWithoutDescriptor() throws {
    let script: Octets = "printf '\\005\\n'; read x; echo \"$x\"; exec sleep 60"
    try withScriptWithoutExitDescriptor(script, limit: "2s") { session in
      try session.carryOn(untilReceived: "+ OK\r\n")
      session.unread = "yes\r\n"
      let outcome = try session.finish()
      #expect(session.received == "+ OK\r\n* OK yes\r\n")
      #expect(outcome.reply == "NO [LIMIT] command timed out")
      #expect(outcome.log.contains("timed out, signal SIGTERM"))
    }
  }
}

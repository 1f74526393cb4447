import CXexec
import Testing

@testable import XexecCore

/// Runs of which a literal is the program's stdin.
@Suite("Run with a literal")
struct RunLiteralTests {
  @Test("All octets reach the program, and an end of file only when the literal is complete")
  func complete() throws {
    try withLiteral("cat; echo; echo end", literal: 6) { session, _ in
      #expect(session.run.takesLiteral)
      #expect(!session.run.takesAnswer)
      #expect(session.literal("ab\ncd\n") == 6)
      try session.carryOn(untilReceived: "* OK cd\r\n")
      #expect(!session.received.contains("end"))
      #expect(session.run.takesLiteral, "the end has not been said")
      session.run.completeLiteral()
      let outcome = try session.finish()
      #expect(session.received == "* OK ab\r\n* OK cd\r\n* OK  \r\n* OK end\r\n")
      #expect(outcome.reply == "OK command exited successfully")
      #expect(outcome.log.hasSuffix(" octets out, 6 octets in"), "\(outcome.log)")
    }
  }

  @Test("An empty literal is an end of file")
  func empty() throws {
    try withLiteral("wc -c; echo $XEXEC_LITERAL_SIZE", literal: 0) { session, _ in
      #expect(session.run.takesLiteral)
      session.run.completeLiteral()
      try session.finish()
      #expect(session.received == "* OK 0\r\n* OK 0\r\n")
    }
  }

  @Test("A full pipe takes no more, until the program reads")
  func flowControl() throws {
    let script: Octets = "while [ ! -e go ]; do sleep 0.02; done; rm go; wc -c"
    try withLiteral(script, literal: 1_000_000) { session, home in
      let data = Octets("x", times: 1_000_000)
      var sent = session.literal(data)
      #expect(sent > 0 && sent < 1_000_000)
      #expect(!session.run.takesLiteral)
      #expect(session.run.watch().stdin >= 0)
      #expect(session.literal("more") == 0)
      close(creat(home + "/go", 0o600))
      while sent < 1_000_000 {
        try session.carryOn(until: "room in the pipe") { session.run.takesLiteral }
        sent += session.literal(Octets(data.array[sent...]))
      }
      session.run.completeLiteral()
      try session.finish()
      #expect(session.received == "* OK 1000000\r\n")
    }
  }

  @Test(
    "What a program does not read is taken all the same, and dropped",
    arguments: ["exec 0<&-; echo closed; read x <&1; sleep 60", "exit 3"] as [Octets])
  func notRead(script: Octets) throws {
    let isExit = script == "exit 3"
    try withLiteral(script, literal: 1_000_000) { session, _ in
      if isExit {
        try session.carryOnUntilFinished()
      } else {
        try session.carryOn(untilReceived: "* OK closed\r\n")
      }
      for _ in 0..<10 {
        #expect(session.run.takesLiteral)
        #expect(session.literal(Octets("x", times: 100_000)) == 100_000)
      }
      session.run.completeLiteral()
      #expect(session.run.watch().finished == isExit)
      #expect(session.run.watch().stdin == -1)
      let outcome = isExit ? try session.finish() : session.cancel()
      #expect(outcome.log.contains(", 0 octets in"), "\(outcome.log)")
    }
  }

  @Test("There are no prompts: 0x05 is a control octet like others")
  func noPrompts() throws {
    try withLiteral("printf '\\005Name?\\n'; cat", literal: 4) { session, _ in
      try session.carryOn(untilReceived: "* OK  Name?\r\n")
      #expect(!session.run.takesAnswer)
      #expect(Octets("joe\n").withBuffer { session.run.answer($0) } == 0)
      #expect(session.literal("joe\n") == 4)
      session.run.completeLiteral()
      try session.finish()
      #expect(session.received == "* OK  Name?\r\n* OK joe\r\n")
    }
  }

  @Test("Without a literal there is none: the same module prompts")
  func withoutLiteral() throws {
    try withScript("printf '\\005\\n'; read x; echo $x") { session in
      #expect(!session.run.takesLiteral)
      #expect(session.literal("x") == 0)
      session.run.completeLiteral()
      session.unread = "joe\n"
      try session.finish()
      #expect(session.received == "+ OK\r\n* OK joe\r\n")
    }
  }

  // MARK: - A literal that is cut

  /// Goes at SIGTERM; its child does not, and tells when it has read an end of file.
  private static let reader: Octets = """
    exec 3<&0; (trap '' TERM; cat <&3 >/dev/null; echo >whole) & trap 'exit 9' TERM; echo on; wait
    """

  @Test("The connection ends: no end of file, as long as the program lives")
  func cutByTheClient() throws {
    try withLiteral(Self.reader, literal: 10) { session, home in
      #expect(session.literal("123456789") == 9)
      try session.carryOn(untilReceived: "* OK on\r\n")
      let outcome = session.cancel()
      let teardown = try #require(outcome.teardown)
      teardown.wait()
      #expect(access(home + "/whole", F_OK) != 0)
    }
  }

  @Test("Something behind the literal: no end of file, and BAD")
  func notLast() throws {
    try withLiteral(Self.reader, literal: 3) { session, home in
      #expect(session.literal("123") == 3)
      try session.carryOn(untilReceived: "* OK on\r\n")
      session.run.literalNotLast()
      #expect(!session.run.takesLiteral || session.literal("x") == 1)
      let outcome = try session.finish()
      #expect(outcome.isBad)
      #expect(outcome.reply == "The literal is not the last argument.")
      #expect(outcome.log.contains(": literal not the last argument, exit status 9, "))
      outcome.teardown?.wait()
      #expect(access(home + "/whole", F_OK) != 0)
    }
  }

  @Test("Something behind the literal is BAD even if the program has ended before")
  func notLastAfterTheEnd() throws {
    try withLiteral("exit 0", literal: 3) { session, _ in
      try session.carryOnUntilFinished()
      #expect(session.literal("123") == 3)
      session.run.literalNotLast()
      #expect(session.run.watch().finished)
      let outcome = try session.finish()
      #expect(outcome.isBad)
      #expect(outcome.teardown == nil)
      #expect(outcome.log.contains(": literal not the last argument, exit status 0, "))
    }
  }

  // MARK: - Time

  @Test("The time stands still while octets of the literal are waited for")
  func standsStill() throws {
    try withLiteral("cat; sleep 60", limit: "300ms", literal: 5) { session, _ in
      try session.waitForStderr()
      #expect(session.run.watch().timeout == -1)
      poll(nil, 0, 400)
      session.step(.timeout)
      #expect(session.literal("late\n") == 5)
      try session.carryOn(untilReceived: "* OK late\r\n")
      #expect(session.run.watch().timeout == -1)
      session.run.completeLiteral()
      #expect(session.run.watch().timeout >= 0)
      #expect(try session.finish().reply == "NO [LIMIT] command timed out")
    }
  }

  @Test("It runs while the program does not read, and while it has closed its stdin")
  func runs() throws {
    try withLiteral("sleep 60", limit: "300ms", literal: 1_000_000) { session, _ in
      #expect(session.literal(Octets("x", times: 1_000_000)) < 1_000_000)
      #expect(session.run.watch().timeout >= 0)
      let outcome = try session.finish()
      #expect(outcome.reply == "NO [LIMIT] command timed out")
      #expect(session.run.takesLiteral, "the rest is skipped")
      #expect(session.literal("rest") == 4)
    }
    try withLiteral("exec 0<&-; echo on; sleep 60", limit: "300ms", literal: 10) { session, _ in
      try session.carryOn(untilReceived: "* OK on\r\n")
      #expect(session.literal("x") == 1)
      #expect(session.run.watch().timeout >= 0)
      #expect(try session.finish().reply == "NO [LIMIT] command timed out")
    }
  }

  // MARK: - Refusals

  @Test("A literal that is too large is refused before anything is started")
  func tooLarge() throws {
    let modules = table([("xexec", "a:/bin/sh -c"), ("xexec_max_literal", "10")]).table
    let host = RunHost()
    for size in [UInt64(11), 1 << 63, .max] {
      let request = CRequest("a", ["exit 0"], literalSize: size)
      #expect(throws: Run.Refusal.literalTooLarge) {
        try Run.start(request.request, in: modules, host: host.host)
      }
    }
    #expect(
      Run.Refusal.literalTooLarge.answer.text.description == "NO [LIMIT] literal is too large")
    #expect(host.errors == [])
  }
}

import CXexec
import Testing

@testable import XexecCore

@Suite("Run: prompts")
struct RunPromptTests {
  @Test("The client's line answers a prompt")
  func prompt() throws {
    try withScript("printf '\\005\\n'; read x; echo \"<$x>\"") { session in
      try session.carryOn(untilReceived: "+ OK\r\n")
      #expect(session.run.takesAnswer)
      session.unread = "the answer\r\n"
      let outcome = try session.finish()
      #expect(session.received == "+ OK\r\n* OK <the answer>\r\n")
      #expect(outcome.reply == "OK command exited successfully")
      #expect(session.unread == "")
    }
  }

  @Test("Prompts with labels are answered in order, and the client may send its lines before")
  func answersAhead() throws {
    let script: Octets = """
      printf '\\005Name\\n'; read n; printf '\\005Password\\n'; read p; echo "$n/$p"
      """
    try withScript(script) { session in
      session.unread = "me\r\nsecret\na NOOP\r\nb NOOP\r\n"
      try session.finish()
      #expect(session.received == "+ Name\r\n+ Password\r\n* OK me/secret\r\n")
      #expect(session.unread == "a NOOP\r\nb NOOP\r\n")
    }
  }

  @Test("Several prompts may be open, and a line comes in pieces")
  func severalPrompts() throws {
    try withScript("printf '\\005\\n\\005\\n\\0053\\n'; read a; read b; read c; echo $a$b$c") {
      session in
      try session.carryOn(untilReceived: "+ 3\r\n")
      for piece in ["o", "ne\r", "\ntwo", "\nthree\r\nrest"] as [Octets] {
        #expect(session.run.takesAnswer)
        session.unread += piece
        session.answer()
      }
      #expect(!session.run.takesAnswer)
      try session.finish()
      #expect(session.received == "+ OK\r\n+ OK\r\n+ 3\r\n* OK onetwothree\r\n")
      #expect(session.unread == "rest")
    }
  }

  @Test("Nothing reaches the program without a prompt")
  func noPrompt() throws {
    try withScript("echo ready; sleep 0.2; exec 0<&-; echo done") { session in
      session.unread = "a NOOP\r\n"
      try session.carryOn(untilReceived: "* OK ready\r\n")
      #expect(!session.run.takesAnswer)
      #expect(session.unread.withBuffer { session.run.answer($0) } == 0)
      let outcome = try session.finish()
      #expect(session.unread == "a NOOP\r\n")
      #expect(outcome.log.hasSuffix(" 0 octets in"))
    }
  }

  @Test("A program that exits with prompts open ends the command: later lines are commands")
  func promptsLeftOpen() throws {
    try withScript("printf '\\005\\n\\005'; exit 2") { session in
      let outcome = try session.finish()
      #expect(session.received == "+ OK\r\n+ OK\r\n")
      #expect(outcome.reply == "NO command failed (exit status 2)")
      session.unread = "a NOOP\r\n"
      #expect(session.unread.withBuffer { session.run.answer($0) } == 0)
    }
  }

  /// The process id of a program that writes it, prompts and stops itself: it reads nothing then.
  private func pidWhenStopped(_ session: Session) throws -> Int32 {
    try session.carryOn(untilReceived: "+ OK\r\n")
    let words = session.received.string.split(whereSeparator: \.isWhitespace)
    let pid = try #require(Int32(words[2]))
    try waitUntil("the program stops") { waitpid(pid, nil, WUNTRACED | WNOHANG) == pid }
    return pid
  }

  @Test("An answer that is longer than the pipe waits until the program reads it")
  func longAnswer() throws {
    try withScript("echo $$; printf '\\005\\n'; kill -STOP $$; head -n 1 | wc -c") { session in
      let pid = try pidWhenStopped(session)
      session.unread = Octets("x", times: 300_000) + "\r\n"
      session.answer()
      #expect(session.unread == "")
      #expect(session.run.watch().stdin >= 0)
      #expect(!session.run.watch().finished)

      kill(pid, SIGCONT)
      let outcome = try session.finish()
      #expect(session.received.string.hasSuffix("+ OK\r\n* OK 300001\r\n"))
      #expect(outcome.log.hasSuffix(" 300001 octets in"))
    }
  }

  @Test("Octets of any kind reach the program as they are")
  func binaryAnswer() throws {
    let answer = Octets((0...255).filter { $0 != 0x0A && $0 != 0x0D })
    try withScript("printf '\\005\\n'; head -n 1 | od -An -v -tu1 | tr -s ' \\n' '  '") {
      session in
      session.unread = answer + "\r\n"
      try session.finish()
      let numbers = session.received.responses.last?.string.split(separator: " ") ?? []
      #expect(numbers.compactMap { UInt8($0) } == answer.array + [0x0A])
    }
  }

  @Test("A program that closes its stdin does not harm the command")
  func closedStdin() throws {
    try withScript("exec 0<&-; printf '\\005\\n\\005\\n'; sleep 0.1; echo done; exit 9") {
      session in
      session.unread = "1\r\n2\r\na NOOP\r\n"
      let outcome = try session.finish()
      #expect(session.received == "+ OK\r\n+ OK\r\n* OK done\r\n")
      #expect(outcome.reply == "NO command failed (exit status 9)")
      #expect(session.unread == "a NOOP\r\n")
      #expect(outcome.log.hasSuffix(" 0 octets in"))
    }
  }

  @Test("Answers that a program leaves unread at its exit hold nothing")
  func unreadAtExit() throws {
    try withScript("echo $$; printf '\\005\\n'; kill -STOP $$; exit 7") { session in
      let pid = try pidWhenStopped(session)
      session.unread = Octets("x", times: 300_000) + "\r\n"
      session.answer()
      #expect(session.run.watch().stdin >= 0)
      kill(pid, SIGCONT)
      _ = wait(for: [(session.run.watch().exit, POLLIN)], timeout: patience)
      session.step(.exit)
      #expect(session.run.watch().stdin == -1)
      #expect(try session.finish().reply == "NO command failed (exit status 7)")
    }
  }

  @Test("An over-long answer ends the program, with a BAD")
  func answerTooLong() throws {
    try withScript("printf '\\005\\n'; read x; sleep 60") { session in
      try session.carryOn(untilReceived: "+ OK\r\n")
      session.run.answerTooLong()
      let outcome = try session.finish()
      #expect(outcome.isBad)
      #expect(outcome.reply == "Answer to a prompt is too long.")
      #expect(outcome.log.contains("answer to a prompt too long, signal SIGTERM"))
      outcome.teardown?.wait()
      #expect(!groupExists(outcome.pid))
    }
  }

  @Test("What comes behind an over-long answer is no answer any more")
  func behindAnswerTooLong() throws {
    let script: Octets = "trap 'exit 1' TERM; printf '\\005\\n'; while :; do sleep 0.05; done"
    try withScript(script) { session in
      try session.carryOn(untilReceived: "+ OK\r\n")
      session.run.answerTooLong()
      #expect(!session.run.takesAnswer)
      session.unread = "a NOOP\r\n"
      session.answer()
      #expect(session.unread.withBuffer { session.run.answer($0) } == 0)
      #expect(try session.finish().isBad)
      #expect(session.unread == "a NOOP\r\n")
    }
  }
}

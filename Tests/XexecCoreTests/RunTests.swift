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

  // MARK: - Prompts

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

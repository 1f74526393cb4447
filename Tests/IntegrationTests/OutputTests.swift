import Foundation
import PrivateDovecot
import Testing

/// Section 2 of the contract: what the program says.
@Suite struct OutputTests {
  let server: Server
  let client: IMAPConnection

  init() throws {
    server = try Server()
    client = try server.connect()
  }

  @Test("Lines of stdout are OK, lines of stderr are NO, each stream in order")
  func streams() throws {
    let reply = try client.run(script: "echo a; echo b; echo x >&2; echo y >&2; echo c")
    #expect(IMAPConnection.text(of: reply.untagged) == ["a", "b", "c"].map { Array($0.utf8) })
    #expect(
      IMAPConnection.text(of: reply.untagged, behind: "* NO ") == ["x", "y"].map { Array($0.utf8) })
  }

  @Test(
    "The tagged response tells how the program ended",
    arguments: [
      ("true", "OK command exited successfully"),
      ("exit 3", "NO command failed (exit status 3)"),
      ("exit 255", "NO command failed (exit status 255)"),
      ("kill -KILL $$", "NO command failed (signal SIGKILL)"),
      ("kill -SEGV $$", "NO command failed (signal SIGSEGV)"),
    ])
  func endings(script: String, outcome: String) throws {
    #expect(try client.run(script: script).outcome == outcome)
    try client.expectInStep()
  }

  @Test("A last line without newline is not lost, on either stream")
  func unterminated() throws {
    let reply = try client.run(script: "printf 'a\\nlast'; printf 'err' >&2")
    #expect(Set(reply.texts) == ["* OK a", "* OK last", "* NO err"])
  }

  @Test("What is left in one pipe when the other has closed still comes")
  func closedEarly() throws {
    let reply = try client.run(script: "exec 2>&-; echo a; sleep 0.2; echo b; printf c")
    #expect(reply.texts == ["* OK a", "* OK b", "* OK c"])
    let other = try client.run(script: "exec >&-; echo a >&2; sleep 0.2; echo b >&2")
    #expect(other.texts == ["* NO a", "* NO b"])
  }

  @Test("A line of 100,000 octets comes in parts of at most 8000, nothing dropped")
  func longLine() throws {
    let reply = try client.run(
      script: "head -c 100000 /dev/zero | tr '\\0' a; echo; echo next")
    let texts = IMAPConnection.text(of: reply.untagged)
    #expect(texts.map(\.count) == Array(repeating: 8000, count: 12) + [4000, 4])
    #expect(Array(texts.dropLast().joined()) == Array(repeating: UInt8(ascii: "a"), count: 100_000))
    #expect(reply.outcome == "OK command exited successfully")
  }

  @Test("Lines arrive while the program goes on")
  func immediate() throws {
    try client.expectLinesAtOnce()
  }

  @Test("A background process that holds stdout does not hold the command, and lives on")
  func background() throws {
    let word = uniqueWord()
    let took = try seconds {
      let reply = try client.run(script: "(exec sh -c 'sleep 15; : \(word)') & echo started")
      #expect(reply.texts == ["* OK started"])
      #expect(reply.isOK)
    }
    #expect(took < 12)
    #expect(!processes(with: word).isEmpty)
    try client.expectInStep()
  }

  @Test("A background process that writes for ever does not hold the command")
  func backgroundFlood() throws {
    let word = uniqueWord()
    let script =
      "(trap '' PIPE; exec sh -c 'yes \(word) | head -c 20000000' 2>/dev/null) & sleep 0.2; exit 4"
    let reply = try client.run(script: script)
    #expect(reply.outcome == "NO command failed (exit status 4)")
    try client.expectInStep()
    expectSoon("the writer ends with its pipe") { processes(with: word).isEmpty }
  }

  @Test("Binary output becomes text that IMAP allows")
  func binary() throws {
    let reply = try client.run(
      script: #"printf 'a\000b\001\033\177\tc\r\n\377\376 \303\244 \342\202\nx\ry\n\n'"#)
    #expect(
      reply.texts == [
        "* OK a b   \tc", "* OK \u{FFFD}\u{FFFD} ä \u{FFFD}", "* OK x y", "* OK  ",
      ])
  }

  @Test("Any octets at all: every response line is well formed")
  func random() throws {
    let reply = try client.run(script: "head -c 300000 /dev/urandom")
    #expect(reply.isOK)
    for response in reply.untagged {
      #expect(response.octets.starts(with: Array("* OK ".utf8)) || response.isContinuation)
      #expect(String(validating: response.octets, as: UTF8.self) != nil)
      #expect(!response.octets.contains { $0 != 9 && ($0 < 32 || $0 == 127) })
    }
    try client.expectInStep()
  }

  @Test("A line passes for a response code only if the code is one a program may send")
  func responseCodes() throws {
    let reply = try client.run(
      script: """
        echo '[ALERT] look'; echo '[NOPERM] no' >&2; echo '[UIDVALIDITY 1] x'; echo '[ALERT]'
        echo '[READ-ONLY] x'; echo '[alert'
        """)
    #expect(
      IMAPConnection.text(of: reply.untagged).map { String(decoding: $0, as: UTF8.self) } == [
        "[ALERT] look", "[XEXEC] [UIDVALIDITY 1] x", "[XEXEC] [ALERT]", "[XEXEC] [READ-ONLY] x",
        "[XEXEC] [alert",
      ])
    #expect(reply.texts.contains("* NO [NOPERM] no"))
  }

  @Test("Two streams at once, 2 MB each: all lines, each stream in order")
  func both() throws {
    let reply = try client.run(
      script: """
        seq -f '%.0f a-line-of-stderr' 80000 >&2 & seq -f '%.0f a-line-of-stdout' 80000; wait
        """)
    for (prefix, stream) in [("* OK ", "stdout"), ("* NO ", "stderr")] {
      let texts = IMAPConnection.text(of: reply.untagged, behind: prefix)
      #expect(texts == (1...80000).map { Array("\($0) a-line-of-\(stream)".utf8) })
    }
    #expect(reply.isOK)
  }

  @Test("A client that does not read makes the program wait: no memory, no CPU, nothing lost")
  func notReading() throws {
    let slow = try server.connect(receiveBufferSize: 4096)
    let imap = try #require(server.dovecot.imapProcessIDs().last)
    let before = try ProcessUsage(of: imap)
    let lines = 400_000  // some 20 MB
    let tag = try slow.start(
      script: "seq -f 'line %.0f 0123456789012345678901234567890' \(lines)")
    // pipelined behind it, so that there is input waiting meanwhile
    try slow.sendLine("behind NOOP")
    Thread.sleep(forTimeInterval: 1)
    let blocked = try ProcessUsage(of: imap)
    Thread.sleep(forTimeInterval: 1)
    let later = try ProcessUsage(of: imap)
    #expect(blocked.residentKilobytes - before.residentKilobytes < 2048)
    #expect(later.cpuTicks - blocked.cpuTicks <= 2, "spins: \(blocked) \(later)")

    var number = 0
    while true {
      let line = try slow.readLine()
      if line.starts(with: Array("\(tag) ".utf8)) { break }
      number += 1
      let expected = "* OK line \(number) 0123456789012345678901234567890"
      if line != Array(expected.utf8) {
        Issue.record("\(String(decoding: line, as: UTF8.self)) is not \(expected)")
        break
      }
    }
    #expect(number == lines)
    #expect(try slow.readResponses(untilTagged: "behind").isOK)
    let after = try ProcessUsage(of: imap)
    #expect(after.residentKilobytes - before.residentKilobytes < 2048)
  }
}

import Foundation
import PrivateDovecot
import Testing

/// The module `smtp` with relays that fail, and messages that do not come to their end: nothing is
/// reported as sent that was not accepted.
@Suite struct SMTPFaultTests {
  static let words = [SMTPRun.user, "joe@example.com"]
  /// For relays that do not answer. Nothing but silence is tested with it: a slow machine is no
  /// relay's fault.
  private static let impatient = ["--timeout", "2"]

  /// Runs the module once with a relay of this behaviour.
  private func run(
    _ replies: [String: [FaultRelay.Action]], words: [String] = Self.words,
    message: [UInt8] = TestMessage.small, size: Int? = nil, options: [String] = []
  ) throws -> (SMTPRun, FaultRelay.Record) {
    let relay = try FaultRelay(replies)
    defer { relay.stop() }
    let run = try SMTPRun(words, message: message, size: size, relay: relay.port, options: options)
    return (run, relay.all)
  }

  @Test("A message that was accepted is reported with the relay's words")
  func accepted() throws {
    let (run, seen) = try run(
      ["MESSAGE": [.say("250-2.0.0 Ok\r\n250 2.0.0 queued as \u{1B}[1mX\u{1B}\r\n")]],
      words: Self.words + ["ann@example.com"])
    #expect(run.status == 0, "\(run)")
    #expect(
      run.output == """
        Sent to 2 recipients: 250-2.0.0 Ok
        Sent to 2 recipients: 250 2.0.0 queued as  [1mX

        """)
    #expect(run.errorOutput == "")
    #expect(seen.messages == [TestMessage.small])
    #expect(
      seen.commands.dropFirst() == [
        "MAIL FROM:<marc@perkel.com>\r\n", "RCPT TO:<joe@example.com>\r\n",
        "RCPT TO:<ann@example.com>\r\n", "DATA\r\n", "QUIT\r\n",
      ])
  }

  @Test("A rejected recipient is named with the relay's words, and nobody gets the message")
  func rejectedRecipients() throws {
    let (run, seen) = try run(
      [
        "RCPT": [
          .say("250 Ok\r\n"), .say("550-5.1.1 no such user\r\n550 5.1.1 [ALERT] really\r\n"),
          .say("451 4.7.1 greylisted\r\n"),
        ]
      ], words: [SMTPRun.user, "a@example.com", "b@example.com", "c@example.com"])
    #expect(run.status == 67)
    #expect(
      run.errorOutput == """
        Refused recipient b@example.com: 550-5.1.1 no such user
        Refused recipient b@example.com: 550 5.1.1 [ALERT] really
        Refused recipient c@example.com: 451 4.7.1 greylisted
        The mail relay refused 2 of 3 recipients. Nothing was sent.

        """)
    #expect(run.output == "")
    #expect(!seen.commands.contains("DATA\r\n") && seen.messages.isEmpty)
  }

  @Test("Recipients that are refused for now are a temporary failure")
  func greylisted() throws {
    let (run, seen) = try run(["RCPT": [.say("450 4.2.0 later\r\n")]])
    #expect(run.status == 75)
    #expect(run.errorOutput.contains("1 of 1 recipients for now. Nothing was sent; try again"))
    #expect(!seen.commands.contains("DATA\r\n"))
  }

  @Test(
    "Refusals for good and for now are told apart, at every step",
    arguments: [
      ("CONNECT", "554 no\r\n", 69), ("CONNECT", "421 busy\r\n", 75),
      ("MAIL", "550 5.7.1 not you\r\n", 65), ("MAIL", "452 4.3.1 full\r\n", 75),
      ("DATA", "554 5.5.1 no\r\n", 65), ("DATA", "451 later\r\n", 75),
      ("DATA", "250 what?\r\n", 76),
      ("MESSAGE", "554 5.7.1 spam\r\n", 65), ("MESSAGE", "452 4.3.1 full\r\n", 75),
      ("MESSAGE", "354 what?\r\n", 76),
    ])
  func refusals(step: String, reply: String, status: Int32) throws {
    let (run, _) = try run([step: [.say(reply)]])
    #expect(run.status == status, "\(run)")
    #expect(run.output == "")
    #expect(run.errorOutput.hasPrefix("The mail relay said: \(reply.dropLast())"), "\(run)")
    #expect(run.errorOutput.contains("Nothing was sent"))
    // a refused sender or message is the user's affair, all else the administrator's
    let isOfUser = ["MAIL", "DATA", "MESSAGE"].contains(step) && status != 76
    #expect(run.logLines.count == (isOfUser ? 0 : 1), "\(run)")
    #expect(run.logLines.allSatisfy { $0.hasPrefix("[LOG] relay smtp://127.0.0.1:") })
  }

  @Test(
    "A relay that is lost before it has all of the message got nothing",
    arguments: ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
  func lost(step: String) throws {
    for action in [FaultRelay.Action.hangUp, .silence, .say("garbage\r\nno reply\r\n")] {
      let (run, seen) = try run([step: [action]], options: Self.impatient)
      #expect(run.status == 69, "\(step) \(action): \(run)")
      #expect(run.output == "")
      #expect(run.errorOutput.hasPrefix("The "), "\(step) \(action): \(run)")
      #expect(run.errorOutput.contains("Nothing was sent; try again later."))
      #expect(run.logLines.count == 1, "\(run)")
      #expect(seen.messages.isEmpty)
    }
  }

  @Test("A relay that closes the connection inside of the message got nothing")
  func lostInMessage() throws {
    let (run, seen) = try run(
      ["MESSAGE": [.hangUpAfter(1_000_000)]], message: TestMessage.large(20_000_000))
    #expect(run.status == 69, "\(run)")
    #expect(run.errorOutput.contains("Nothing was sent"))
    #expect(seen.messages.isEmpty && !seen.cut.isEmpty)
  }

  @Test("A relay that is lost behind the final dot: it is said that nothing is known")
  func unknownOutcome() throws {
    for action in [FaultRelay.Action.hangUp, .silence, .say("garbage\r\n")] {
      let (run, seen) = try run(["MESSAGE": [action]], options: ["--final-timeout", "5"])
      #expect(run.status == 74, "\(action): \(run)")
      #expect(run.output == "")
      #expect(run.errorOutput.contains("It is not known whether it was sent."), "\(run)")
      #expect(seen.messages.count == 1)
    }
  }

  @Test("A relay that says nothing more after it has accepted: the message is sent")
  func silentQuit() throws {
    for action in [FaultRelay.Action.silence, .hangUp, .say("500 no\r\n")] {
      let (run, _) = try run(["QUIT": [action]])
      #expect(run.status == 0, "\(action): \(run)")
      #expect(run.output.hasPrefix("Sent to 1 recipient: 250 "))
    }
  }

  @Test("A relay that floods is given up, and its words are cut")
  func flood() throws {
    let line = "550-\(String(repeating: "x", count: 2000))\r\n"
    let reply = String(repeating: line, count: 100) + "550 end\r\n"
    let (run, _) = try run(["RCPT": [.say(reply)]])
    #expect(run.status == 67)
    #expect(run.errorOutput.utf8.count < 50_000)
    #expect(run.errorOutput.contains("(50 more lines)\n"))
    #expect(run.errorOutput.contains("joe@example.com: 550 end\n"))
    for endless in [String(repeating: line, count: 2000), String(repeating: "x", count: 3_000_000)]
    {
      let (run, _) = try self.run(["EHLO": [.say(endless)]], options: Self.impatient)
      #expect(run.status == 69, "\(run)")
    }
  }

  @Test("Nobody listens: the relay cannot be reached")
  func noRelay() throws {
    let run = try SMTPRun(Self.words, message: TestMessage.small, relay: findFreePort())
    #expect(run.status == 69)
    #expect(
      run.errorOutput
        == "The mail relay cannot be reached. Nothing was sent; try again later.\n")
  }

  @Test("A message that is cut is never accepted", arguments: [0, 1, 40, 80, 100_000, 5_000_000])
  func cut(at count: Int) throws {
    let message = TestMessage.large(6_000_000)
    let (run, seen) = try run([:], message: Array(message[..<count]), size: message.count)
    #expect(run.status == 66)
    #expect(
      run.errorOutput
        == "The message ended after \(count) of \(message.count) octets. Nothing was sent.\n")
    #expect(seen.messages.isEmpty)
  }

  @Test("A message cut behind what looks like its end is never accepted")
  func cutBehindDot() throws {
    let start = Array("Subject: x\r\n\r\n".utf8) + Array(repeating: 0x61, count: 200_000)
    let message = start + Array("\r\n.\r\n".utf8)
    let (run, seen) = try run([:], message: message, size: message.count + 1)
    #expect(run.status == 66)
    #expect(seen.messages.isEmpty)
  }

  @Test("SIGTERM in the middle of a message ends it, and the relay has nothing")
  func terminated() throws {
    let relay = try FaultRelay()
    defer { relay.stop() }
    let message = TestMessage.large(1_000_000)
    let run = try SMTPRun(
      Self.words, message: message, size: message.count + 1, relay: relay.port
    ) { process in
      expectSoon("the relay reads the message") { relay.all.commands.contains("DATA\r\n") }
      process.terminate()
      process.waitUntilExit()
    }
    #expect(run.status == 75, "\(run)")
    #expect(run.errorOutput.contains("Nothing was sent."))
    expectSoon("the relay sees the end") { !relay.all.cut.isEmpty }
    #expect(relay.all.messages.isEmpty)
  }

  @Test("SIGTERM behind the final dot: it is said that nothing is known")
  func terminatedAtTheEnd() throws {
    let relay = try FaultRelay(["MESSAGE": [.silence]])
    defer { relay.stop() }
    let run = try SMTPRun(
      Self.words, message: TestMessage.small, relay: relay.port,
      started: { started in
        let id = started.processIdentifier
        Thread.detachNewThread {
          expectSoon("the relay has the message") { relay.all.messages.count == 1 }
          kill(id, SIGTERM)
        }
      })
    #expect(run.status == 74, "\(run)")
    #expect(run.errorOutput.contains("It is not known whether it was sent."))
  }

  @Test("Line ends become CRLF before dots are looked for: no message hides in another")
  func smuggling() throws {
    for end in ["\n.\n", "\n.\r\n", "\r\n.\n", "\r\n.\r\n"] {
      let hidden = "MAIL FROM:<evil@example.com>\r\nRCPT TO:<joe@example.com>\r\nDATA\r\n"
      let text = "Subject: x\r\n\r\nfirst\(end)\(hidden)second\n"
      let (run, seen) = try run([:], message: Array(text.utf8))
      #expect(run.status == 0, "\(run)")
      let expected = "Subject: x\r\n\r\nfirst\r\n..\r\n\(hidden)second\r\n"
      #expect(seen.messages == [Array(expected.utf8)])
    }
    for end in ["\r.\r\n", "\r\n.\r", "\r.\r", "\n\r.\r\n", "\0.\r\n"] {
      let (run, seen) = try run([:], message: Array("Subject: x\r\n\r\nfirst\(end)MAIL".utf8))
      #expect(run.status == 65, "\(end.debugDescription): \(run)")
      #expect(run.errorOutput.contains("which mail cannot carry. Nothing was sent."))
      #expect(seen.messages.isEmpty)
    }
  }

  @Test(
    "Messages of every size around libcurl's buffer arrive as they are, dots at the borders too")
  func borders() throws {
    let relay = try FaultRelay()
    defer { relay.stop() }
    for size in 65_530...65_545 {
      for fill in ["a", ".\r\n", "\r\n."] {
        var message = Array("Subject: x\r\n\r\n".utf8)
        while message.count < size { message += Array(fill.utf8) }
        message = message.prefix(size) + Array("b\r\n".utf8)
        if message.contains(0x0D) { message = message.filter { $0 != 0x0D } }
        let run = try SMTPRun(Self.words, message: message, relay: relay.port)
        #expect(run.status == 0, "\(size) \(fill.debugDescription): \(run)")
        let arrived = String(decoding: relay.all.messages.last ?? [], as: UTF8.self)
        let unstuffed = arrived.split(separator: "\r\n", omittingEmptySubsequences: false)
          .map { $0.hasPrefix(".") ? $0.dropFirst() : $0 }.joined(separator: "\n")
        #expect(
          unstuffed == String(decoding: message, as: UTF8.self), "\(size) \(fill.debugDescription)")
      }
    }
  }

  @Test("What the relay offers is looked at before anything is sent")
  func offers() throws {
    let (run, seen) = try run(["EHLO": [.say("250-x\r\n250 SIZE 50\r\n")]])
    #expect(run.status == 65)
    #expect(run.errorOutput.hasPrefix("[LIMIT] The message has "), "\(run)")
    #expect(!seen.commands.contains { $0.hasPrefix("MAIL") })

    let words = [SMTPRun.user, "jos\u{e9}@example.com"]
    let (ascii, asciiSeen) = try self.run(["EHLO": [.say("250 x\r\n")]], words: words)
    #expect(ascii.status == 65)
    #expect(!asciiSeen.commands.contains { $0.hasPrefix("MAIL") })
    let (utf8, utf8Seen) = try self.run([:], words: words)
    #expect(utf8.status == 0, "\(utf8)")
    #expect(utf8Seen.commands.contains("MAIL FROM:<marc@perkel.com> SMTPUTF8\r\n"))
    #expect(utf8Seen.commands.contains("RCPT TO:<jos\u{e9}@example.com>\r\n"))
  }

  @Test("A login name without a domain gets the configured one; EHLO says the configured name")
  func names() throws {
    let relay = try FaultRelay()
    defer { relay.stop() }
    let message = Array("Subject: x\r\n\r\ntext\r\n".utf8)
    let run = try SMTPRun(
      ["marc@perkel.com", "joe@example.com"], message: message, relay: relay.port,
      options: ["--domain", "perkel.com", "--hostname", "[127.0.0.1]"], user: "marc")
    #expect(run.status == 0, "\(run)")
    #expect(relay.all.commands.first == "EHLO [127.0.0.1]\r\n")
    let other = try SMTPRun(
      ["marc@perkel.com", "joe@example.com"], message: message, relay: relay.port,
      options: ["--domain", "example.com"], user: "marc")
    #expect(other.status == 77, "\(other)")
    // as /etc/mailname is read, which may or may not be there
    let file = NSTemporaryDirectory() + uniqueWord()
    try "perkel.com\n".write(toFile: file, atomically: false, encoding: .utf8)
    defer { unlink(file) }
    let fromFile = try SMTPRun(
      ["marc@perkel.com", "joe@example.com"], message: message, relay: relay.port,
      options: ["--domain", file], user: "marc")
    #expect(fromFile.status == 0, "\(fromFile)")
    // the file counts for nothing where the login name has a domain
    let unread = try SMTPRun(
      Self.words, message: message, relay: relay.port, options: ["--domain", "/none"])
    #expect(unread.status == 0, "\(unread)")
  }

  @Test("Fields Bcc do not reach the relay, and everything else does, octet for octet")
  func bcc() throws {
    let header = "From: marc@perkel.com\r\nTo: joe@example.com\r\n"
    let rest = "Subject: x\r\n\ty \r\n\r\nBcc: text\r\n..\u{e4}\r\n"
    let bcc = "Bcc: ann@example.com,\r\n bob@example.com\r\nRESENT-bcc :\r\n\tx@y\r\n"
    for options in [[], ["--from-header", "any"]] {
      let (run, seen) = try run([:], message: Array((header + bcc + rest).utf8), options: options)
      #expect(run.status == 0, "\(run)")
      let expected = (header + rest).replacingOccurrences(of: "\n..", with: "\n...")
      #expect(seen.messages == [Array(expected.utf8)])
    }
  }

  @Test("An international domain reaches the relay in A-labels, and the user as it was written")
  func aLabels() throws {
    let words = [SMTPRun.user, "joe@ex\u{e4}mple.com"]
    let (run, seen) = try run(["EHLO": [.say("250 x\r\n")]], words: words)
    #expect(run.status == 0, "\(run)")
    #expect(seen.commands.contains("MAIL FROM:<marc@perkel.com>\r\n"), "\(seen.commands)")
    #expect(seen.commands.contains("RCPT TO:<joe@xn--exmple-cua.com>\r\n"), "\(seen.commands)")
    let (refused, _) = try self.run(["RCPT": [.say("550 no\r\n")]], words: words)
    #expect(refused.errorOutput.hasPrefix("Refused recipient joe@ex\u{e4}mple.com: 550 no\n"))
  }

  @Test(
    "Each message is one line in the mail log; a bad line of the list of senders is in Dovecot's",
    .enabled(if: SystemLog.isPossible, "only root can give a process a log of its own"))
  func mailLog() throws {
    let aliases = NSTemporaryDirectory() + uniqueWord()
    try "no colon\nMARC@perkel.com: sales@example.com, bad\n".write(
      toFile: aliases, atomically: false, encoding: .utf8)
    defer { unlink(aliases) }
    let log = try SystemLog()
    func logged(
      _ replies: [String: [FaultRelay.Action]], sender: String = SMTPRun.user,
      options: [String] = []
    ) throws -> (run: SMTPRun, lines: [String]) {
      let relay = try FaultRelay(replies)
      defer { relay.stop() }
      let run = try SMTPRun(
        [sender, "joe@example.com", "ann@example.com"], message: TestMessage.small,
        relay: relay.port, options: options, log: log)
      #expect(run.status != 0 || run.errorOutput == "", "\(run)")
      let lines = log.lines().map {
        $0.replacing(#/^<(\d+)>.*? xexec-smtp\[\d+\]: /#) { "\($0.1) " }
      }
      return (run, lines)
    }
    // mail is 2 << 3; info 6
    let trace =
      "22 user=<marc@perkel.com>, sender=<marc@perkel.com>, recipients=2, "
      + "size=\(TestMessage.small.count), status="
    let sent = try logged([:])
    #expect(sent.run.status == 0)
    #expect(sent.lines == [trace + "sent, queue-id=FAULT"])
    let refused = try logged(["RCPT": [.say("550 no\r\n")]])
    #expect(refused.lines == [trace + "not sent (exit status 67)"])
    let unknown = try logged(["MESSAGE": [.hangUp]])
    #expect(unknown.lines == [trace + "unknown (exit status 74)"])

    let listed = try logged([:], sender: "sales@example.com", options: ["--aliases", aliases])
    #expect(listed.run.status == 0)
    #expect(
      listed.lines == [
        trace.replacing("sender=<marc@perkel.com>", with: "sender=<sales@example.com>")
          + "sent, queue-id=FAULT"
      ])
    #expect(
      listed.run.logLines == [
        "[LOG WARNING] \(aliases), line 1 is left out: it has no colon",
        "[LOG WARNING] \(aliases), line 2 is left out: it holds a word that is no mail address",
      ])
  }

  @Test("The From field is looked at, unless the administrator does not want it")
  func fromHeader() throws {
    let message = Array("From: Joe <joe@example.com>\r\n\r\ntext\r\n".utf8)
    let (refused, seen) = try run([:], message: message)
    #expect(refused.status == 77, "\(refused)")
    #expect(seen.commands.isEmpty)
    let (sent, _) = try run([:], message: message, options: ["--from-header", "any"])
    #expect(sent.status == 0, "\(sent)")
    let resent = Array("Resent-From: \(SMTPRun.user)\r\n".utf8) + message
    #expect(try run([:], message: resent).0.status == 0)
    #expect(try run([:], message: resent, options: ["--from-header", "strict"]).0.status == 77)
  }

  @Test(
    "Files of the administrator's that are wrong are said to be so, with their names in the log")
  func files() throws {
    let folder = NSTemporaryDirectory() + uniqueWord()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func file(_ octets: [UInt8], mode: mode_t) -> String {
      let path = "\(folder)/\(uniqueWord())"
      _ = FileManager.default.createFile(atPath: path, contents: Data(octets))
      chmod(path, mode)
      return path
    }
    let tls = ["--starttls", "required", "--credentials"]
    for (options, reason) in [
      (["--aliases", "\(folder)/none"], "list of senders cannot be read."),
      (["--aliases", folder], "list of senders is no ordinary file."),
      (["--domain", "\(folder)/none"], "file with the mail domain cannot be read."),
      (
        ["--domain", file(Array("x y\n".utf8), mode: 0o644)],
        "file with the mail domain does not start with a domain."
      ),
      (
        ["--aliases", file([UInt8](repeating: 10, count: 1 << 21), mode: 0o644)],
        "list of senders is too large."
      ),
      (
        tls + [file(Array("a\nb\n".utf8), mode: 0o644)],
        "file of credentials can be read by everybody."
      ),
      (tls + [file(Array("a\n".utf8), mode: 0o600)], "file of credentials is not a line"),
    ] {
      let relay = try FaultRelay()
      defer { relay.stop() }
      let user = options.contains("--domain") ? "marc" : SMTPRun.user
      let run = try SMTPRun(
        Self.words, message: TestMessage.small, relay: relay.port, options: options, user: user)
      let seen = relay.all
      #expect(run.status == 78, "\(run)")
      #expect(run.errorOutput.hasPrefix("[CONTACTADMIN] The server's \(reason)"), "\(run)")
      #expect(!run.errorOutput.contains(folder))
      let path = try #require(options.last)
      #expect(run.logLines.count == 1 && run.logLines[0].contains(path), "\(run)")
      // a cause where the sentence has none
      #expect(
        run.logLines[0].hasSuffix(": No such file or directory") == path.hasSuffix("/none"),
        "\(run)")
      #expect(seen.commands.isEmpty)
    }
  }
}

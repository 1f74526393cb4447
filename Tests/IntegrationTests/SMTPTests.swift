import Foundation
import PrivateDovecot
import Testing

/// The module `smtp` through IMAP, with a real Postfix that delivers into the users' mailboxes.
@Suite(.enabled(if: PrivatePostfix.isPossible, "Postfix can only be started by root"))
struct SMTPTests {
  @Test(
    "A message of 25 MB arrives octet for octet in another user's INBOX, and imap stays small",
    arguments: [true, false])
  func large(synchronising: Bool) throws {
    let mail = try MailServer()
    let message = TestMessage.large(25_000_000)
    let client = try mail.server.connect()
    let imap = try #require(mail.server.dovecot.imapProcessIDs().first)
    let before = try ProcessUsage(of: imap).anonymousKilobytes
    var most = 0

    let tag = client.makeTag()
    let plus = synchronising ? "" : "+"
    try client.sendLine(
      "\(tag) XEXEC smtp \(Server.user) \(MailServer.other) {\(message.count)\(plus)}")
    if synchronising { #expect(try client.readLine() == Array("+ OK".utf8)) }
    for start in stride(from: 0, to: message.count, by: 1_000_000) {
      try client.send(Array(message[start..<min(start + 1_000_000, message.count)]))
      most = max(most, try ProcessUsage(of: imap).anonymousKilobytes)
    }
    try client.send("\r\n")
    let reply = try client.readResponses(untilTagged: tag, timeout: .seconds(120))
    #expect(reply.outcome == "OK command exited successfully", "\(reply.lines)")
    let text = try #require(reply.texts.first)
    #expect(text.hasPrefix("* OK Sent to 1 recipient: 250 2.0.0 Ok: queued as "), "\(text)")
    #expect(most < before + 2000, "\(before) kB, then \(most) kB")

    let arrived = try mail.waitForMessage(of: MailServer.other)
    #expect(arrived.count > message.count && arrived.suffix(message.count) == message[...])
    #expect(String(decoding: arrived.prefix(500), as: UTF8.self).contains("\(Server.user)"))
    try client.expectInStep()
  }

  @Test("A forged sender is refused, in the envelope and in the From field; an alias is not")
  func senders() throws {
    let mail = try MailServer(options: { folder in
      let list = """
        # who may send as whom
        Marc@perkel.com: marc@example.com, sales@example.com
        this line is bad
        joe@example.com: boss@example.com
        marc@perkel.com: @example.net, bad

        """
      return "--aliases \(try folder.addFile(named: "aliases", octets: Array(list.utf8)))"
    })
    let client = try mail.server.connect()
    for forged in [
      "joe@example.com", "boss@example.com", "marc@perkel.com.evil", "x@sub.example.net",
    ] {
      let reply = try client.submit(TestMessage.small, from: forged, to: [MailServer.other])
      #expect(reply.outcome == "NO command failed (exit status 77)", "\(reply.lines)")
      #expect(
        reply.texts == ["* NO [NOPERM] You may not send mail as \(forged). Nothing was sent."])
    }
    for from in [
      "joe@example.com", "Joe <joe@example.com>", "\"marc@perkel.com\" <joe@example.com>",
      "marc@perkel.com,\r\n joe@example.com", "marc@perkel.com (x) , <joe@example.com>",
      "friends: marc@perkel.com, joe@example.com;", "marc@perkel.com <joe@example.com>",
    ] {
      let message = Array("Subject: x\r\nFROM : \(from)\r\n\r\nFrom: text\r\n".utf8)
      let reply = try client.submit(message, from: Server.user, to: [MailServer.other])
      #expect(reply.outcome == "NO command failed (exit status 77)", "\(from): \(reply.lines)")
      #expect(reply.texts.first?.contains("it is from joe@example.com") == true)
    }
    for from in [
      "joe@example.com <marc@perkel.com>", "\"joe@example.com\" <marc@perkel.com>",
      "marc@perkel.com\r\nSender: joe@example.com",
    ] {
      let message = Array("From: \(from)\r\n\r\ntext\r\n".utf8)
      let reply = try client.submit(message, from: Server.user, to: [MailServer.other])
      #expect(reply.outcome == "NO command failed (exit status 77)", "\(from): \(reply.lines)")
    }
    for from in ["joe@example.com marc@perkel.com", "<a@b> <c@d>", "", "x\r\nFrom: y", "\"x"] {
      let message = Array("From: \(from)\r\n\r\ntext\r\n".utf8)
      let reply = try client.submit(message, from: Server.user, to: [MailServer.other])
      #expect(reply.outcome == "NO command failed (exit status 65)", "\(from): \(reply.lines)")
    }
    #expect(mail.postfix.queueLength() == 0)
    #expect(try mail.messageCount(of: MailServer.other) == 0)

    var count = 0
    for (sender, from) in [
      ("marc@EXAMPLE.com", "Sales (us) <SALES@EXAMPLE.com>"),
      ("Marc+news@Perkel.com", "x@example.net"),
      (Server.user, "\(Server.user) <\(Server.user)>"),
    ] {
      let fine = Array("From: \(from)\r\n\r\ntext\r\n".utf8)
      let reply = try client.submit(fine, from: sender, to: [MailServer.other])
      #expect(reply.isOK, "\(from): \(reply.lines)")
      count += 1
      let arrived = try mail.waitForMessage(count, of: MailServer.other)
      #expect(arrived.suffix(fine.count) == fine[...])
      #expect(String(decoding: arrived, as: UTF8.self).contains("Return-Path: <\(sender)>"))
    }
  }

  @Test("A stopped Postfix gives a clear NO; once it runs again the same command succeeds")
  func stopped() throws {
    let mail = try MailServer()
    let client = try mail.server.connect()
    #expect(mail.postfix.stop())
    // the kernel may take a moment for what was killed
    expectSoon("no process of Postfix") { mail.postfix.processes().isEmpty }
    let failed = try client.submit(TestMessage.small, from: Server.user, to: [MailServer.other])
    #expect(failed.outcome == "NO command failed (exit status 69)")
    #expect(
      failed.texts == [
        "* NO The mail relay cannot be reached. Nothing was sent; try again later."
      ])
    let log = mail.server.pluginLog(count: 2)
    let cause =
      #/^xexec: module smtp, pid [0-9]+: relay smtp:\/\/127\.0\.0\.1:[0-9]+: Failed to connect/#
    #expect(log.first?.contains(cause) == true, "\(log)")
    let again = try PrivatePostfix(deliveringTo: mail.server.dovecot, port: mail.postfix.port)
    let sent = try client.submit(TestMessage.small, from: Server.user, to: [MailServer.other])
    #expect(sent.isOK, "\(sent.lines)")
    let arrived = try mail.waitForMessage(of: MailServer.other)
    #expect(arrived.suffix(TestMessage.small.count) == TestMessage.small[...])
    again.stop()
  }

  @Test("An unknown recipient is named, and nobody gets the message; a sender may be refused too")
  func refusals() throws {
    let mail = try MailServer(settings: { _ in
      ["smtpd_sender_restrictions": "check_sender_access inline:{{ ann@example.com = 450 later }}"]
    })
    let client = try mail.server.connect()
    let reply = try client.submit(
      TestMessage.small, from: Server.user,
      to: [MailServer.other, "nobody@example.com", "x@outside.org"])
    #expect(reply.outcome == "NO command failed (exit status 67)", "\(reply.lines)")
    #expect(reply.texts.count == 3)
    #expect(
      reply.texts.first?.hasPrefix("* NO Refused recipient nobody@example.com: 550 5.1.1 ") == true,
      "\(reply.lines)")
    #expect(reply.texts.dropFirst().first?.contains("x@outside.org: 554 5.7.1 ") == true)
    #expect(
      reply.texts.last == "* NO The mail relay refused 2 of 3 recipients. Nothing was sent.")

    let ann = try mail.server.connect(as: "ann@example.com")
    let message = Array("Subject: x\r\n\r\ntext\r\n".utf8)
    let later = try ann.submit(message, from: "ann@example.com", to: [MailServer.other])
    #expect(later.outcome == "NO command failed (exit status 75)", "\(later.lines)")

    let two = ["joe@example.com", "ann@example.com"]
    #expect(try client.submit(TestMessage.small, from: Server.user, to: two).isOK)
    for user in two { _ = try mail.waitForMessage(of: user) }
    #expect(try mail.messageCount(of: MailServer.other) == 1)
  }

  @Test("Addresses that are hostile to SMTP reach no relay")
  func hostile() throws {
    let mail = try MailServer()
    let client = try mail.server.connect()
    let hostile = [
      "", " ", "<>", "<joe@example.com>", "joe@example.com> SIZE=1", "joe@example.com>\r\nDATA",
      "joe@example.com\r\nRCPT TO:<ann@example.com>", "joe@example.com\nDATA", "joe\r@example.com",
      "joe@example.com,ann@example.com", "joe@example.com ann@example.com", "joe", "@example.com",
      "joe@", "joe@@example.com", "joe@.com", "joe@-x.com", "joe@exa!mple.com", "\"joe@example.com",
      "\"a>b\"@example.com", "\"\r\n\"@example.com", "joe.@example.com", "@a,@b:joe@example.com",
      "joe@[127.0.0.1", "joe@[300.0.0.1]", "\u{1}@example.com", "jo\u{85}e@example.com",
      "jo\u{202E}e@example.com", "joe@example.com\u{5}", "--relay=smtp://evil",
      String(repeating: "a", count: 65) + "@example.com", String(repeating: "a", count: 65_000),
      "joe@" + String(repeating: "a.", count: 126) + "com",
    ]
    for address in hostile {
      // Quoted strings cannot hold line ends, and arguments in front of a literal are no literals:
      // those go in without IMAP.
      if !address.utf8.contains(where: { $0 < 0x20 }) && address.utf8.count < 60_000 {
        for words in [[Server.user, address], [address, MailServer.other]] {
          let reply = try client.submit(TestMessage.small, from: words[0], to: [words[1]])
          #expect(reply.status == "NO", "\(address.debugDescription): \(reply.lines)")
          #expect(reply.texts.count == 1)
        }
      }
      for words in [[Server.user, MailServer.other, address], [address, MailServer.other]] {
        let run = try SMTPRun(words, message: TestMessage.small, relay: mail.postfix.port)
        #expect([65, 77].contains(run.status), "\(address.debugDescription): \(run)")
        #expect(run.errorOutput.split(separator: "\n").count == 1)
      }
    }
    let many = (0..<10_000).map { "r\($0)@example.com" }
    let run = try SMTPRun(
      [Server.user] + many, message: TestMessage.small, relay: mail.postfix.port)
    #expect(run.status == 65)
    #expect(run.errorOutput == "[LIMIT] At most 100 recipients are allowed. Nothing was sent.\n")
    // Postfix logs what each connection has said: it is this one's alone.
    #expect(
      try client.submit(TestMessage.small, from: Server.user, to: [MailServer.other]).isOK)
    try mail.postfix.waitForLog(containing: "] ehlo=")
    #expect(
      mail.postfix.logText().components(separatedBy: "] ehlo=").count == 2,
      "\(mail.postfix.logText())")
    try client.expectInStep()
  }

  @Test("Wrong words: too few, no literal, too large, empty")
  func words() throws {
    let mail = try MailServer(options: { _ in "--max-size 1k" })
    let client = try mail.server.connect()
    for (command, text, status) in [
      ("XEXEC smtp {1+}\r\nx", "Usage: SENDER RECIPIENT", 64),
      ("XEXEC smtp \(Server.user) {1+}\r\nx", "Usage: SENDER RECIPIENT", 64),
      ("XEXEC smtp \(Server.user) \(MailServer.other)", "The message is missing", 64),
      (
        "XEXEC smtp \(Server.user) \(MailServer.other) {0+}\r\n", "[CANNOT] The message is empty",
        65
      ),
    ] {
      let reply = try client.command(command)
      #expect(reply.outcome == "NO command failed (exit status \(status))", "\(reply.lines)")
      #expect(reply.texts.first?.hasPrefix("* NO \(text)") == true, "\(reply.lines)")
    }
    let large = try client.submit(
      TestMessage.large(2000), from: Server.user, to: [MailServer.other])
    #expect(
      large.texts.first?.hasPrefix("* NO [LIMIT] The message has ") == true, "\(large.lines)")
    try client.expectInStep()
    #expect(try mail.messageCount(of: MailServer.other) == 0)
  }

  @Test("The dialogue: a wrong answer is asked for once more, and the message arrives")
  func dialogue() throws {
    let mail = try MailServer()
    let client = try mail.server.connect()
    try client.sendLine("d XEXEC smtp")
    var shown: [String] = []
    for answer in [
      "joe@example.com", "", "no address", "joe@example.com", "ann@example.com", "",
      "Gr\u{fc}\u{df}e", "Hello,", "..", ".x", "", "bye", ".",
    ] {
      shown += try client.readUntilContinuation().map(\.text)
      try client.sendLine(answer)
    }
    let reply = try client.readResponses(untilTagged: "d")
    #expect(reply.isOK, "\(reply.lines)")
    #expect(reply.texts.first?.hasPrefix("* OK Sent to 2 recipients: 250 ") == true)
    #expect(
      shown == [
        "+ From (empty: marc@perkel.com)?", "* OK You may not send mail as that. Once more:",
        "+ From (empty: marc@perkel.com)?", "+ To?",
        "* OK That cannot be used: it holds a blank or a control character. Once more:", "+ To?",
        "+ To (empty: nobody else)?", "+ To (empty: nobody else)?", "+ Subject?",
        "+ Text (a line with a single dot ends it)", "+ Text", "+ Text", "+ Text", "+ Text",
        "+ Text",
      ])
    let arrived = String(decoding: try mail.waitForMessage(of: "ann@example.com"), as: UTF8.self)
    #expect(arrived.contains("\r\nFrom: marc@perkel.com\r\n"), "\(arrived)")
    #expect(arrived.contains("\r\nTo: joe@example.com,\r\n ann@example.com\r\n"))
    #expect(arrived.contains("\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\r\n"))
    #expect(arrived.contains("\r\nDate: ") && arrived.contains("\r\nMessage-ID: <"))
    #expect(arrived.hasSuffix("\r\n\r\nHello,\r\n..\r\n.x\r\n\r\nbye\r\n"))
    try client.expectInStep()
  }

  @Test("A dialogue with answers in advance, and one that gets only wrong ones")
  func scriptedDialogue() throws {
    let mail = try MailServer()
    let client = try mail.server.connect()
    try client.send(
      "a XEXEC smtp\r\n\r\njoe@example.com\r\n\r\nHi\r\ntext\r\n.\r\nb NOOP\r\n")
    #expect(try client.readResponses(untilTagged: "a").isOK)
    #expect(try client.readResponses(untilTagged: "b").isOK)
    let arrived = String(decoding: try mail.waitForMessage(of: MailServer.other), as: UTF8.self)
    #expect(arrived.contains("\r\nSubject: Hi\r\n") && arrived.hasSuffix("\r\n\r\ntext\r\n"))
    try client.send("c XEXEC smtp\r\n\r\n<>\r\na b\r\n@\r\n")
    let refused = try client.readResponses(untilTagged: "c")
    #expect(refused.outcome == "NO command failed (exit status 65)", "\(refused.lines)")
    try client.expectInStep()
  }

  @Test("A client that goes in the middle of its message leaves nothing in the queue")
  func gone() throws {
    let mail = try MailServer()
    let message = TestMessage.large(3_000_000)
    for reset in [false, true] {
      let client = try mail.server.connect()
      try client.sendLine("a XEXEC smtp \(Server.user) \(MailServer.other) {\(message.count)+}")
      try client.send(Array(message[..<2_000_000]))
      if reset { client.reset() } else { client.close() }
    }
    try mail.postfix.waitForLog(containing: "lost connection after DATA")
    expectSoon("both are over") {
      mail.server.dovecot.folder.processes().allSatisfy { $0.name != "xexec-modules" }
    }
    #expect(mail.postfix.queueLength() == 0)
    #expect(try mail.messageCount(of: MailServer.other) == 0)
  }

  @Test("STARTTLS, a certificate that is checked, and a login at the relay")
  func secure() throws {
    let login = "postmaster@perkel.com"
    let mail = try MailServer(
      options: { folder in
        try Self.makeCertificate(in: folder)
        let credentials = try folder.addFile(
          named: "credentials", octets: Array("\(login)\n\(Server.password)\n".utf8), mode: 0o600)
        chown(credentials, folder.mailUserID, folder.mailGroupID)
        return "--starttls required --ca-file \(folder.path)/relay.crt --credentials \(credentials)"
      },
      settings: { folder in
        [
          "smtpd_tls_security_level": "encrypt", "smtpd_tls_auth_only": "yes",
          "smtpd_tls_cert_file": "\(folder.path)/relay.crt",
          "smtpd_tls_key_file": "\(folder.path)/relay.key",
          "smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "dovecot",
          "smtpd_sasl_path": "unix:\(folder.path)/auth-postfix",
          "smtpd_client_restrictions": "permit_sasl_authenticated,reject",
        ]
      },
      configure: { folder, options in
        options.users.append(.init(name: login, password: Server.password))
        options.globalText += """

          service auth {
            unix_listener \(folder.path)/auth-postfix {
              mode = 0600
              user = postfix
            }
          }

          """
      })
    let client = try mail.server.connect()
    let reply = try client.submit(TestMessage.small, from: Server.user, to: [MailServer.other])
    #expect(reply.isOK, "\(reply.lines)\n\(mail.postfix.logText())")
    _ = try mail.waitForMessage(of: MailServer.other)
    try mail.postfix.waitForLog(containing: "sasl_username=\(login)")

    // the same relay without what it takes
    for (options, status) in [
      ([], 67), (["--starttls", "required"], 78), (["--starttls", "never"], 65),
    ] as [([String], Int32)] {
      let run = try SMTPRun(
        [Server.user, MailServer.other], message: TestMessage.small, relay: mail.postfix.port,
        options: options)
      #expect(run.status == status, "\(options): \(run)")
      #expect(run.errorOutput.contains("Nothing was sent."))
      let isLogged = run.logLines.first?.contains("certificate") == true
      #expect(isLogged == (status == 78), "\(run)")
      #expect(!run.errorOutput.contains("certificate"), "\(run)")
    }
    let folder = mail.server.dovecot.folder
    let wrong = try folder.addFile(
      named: "wrong", octets: Array("\(login)\nwrong\n".utf8), mode: 0o600)
    let refused = try SMTPRun(
      [Server.user, MailServer.other], message: TestMessage.small, relay: mail.postfix.port,
      options: [
        "--starttls", "required", "--ca-file", "\(folder.path)/relay.crt", "--credentials", wrong,
      ])
    #expect(refused.status == 78, "\(refused)")
    #expect(refused.errorOutput.contains("[CONTACTADMIN] "))
    #expect(refused.logLines.count == 1 && !refused.logLines[0].contains("wrong"), "\(refused)")
  }

  @Test("The snippet is accepted by doveconf, and its module is there")
  func snippet() throws {
    let server = try Server { folder, options in
      options.modules = [:]
      let program = try folder.addProgram(copying: PrivateDovecot.modulesProgram)
      let text = try PrivateDovecot.snippet("94-xexec-smtp.conf")
      options.globalText = text.replacingOccurrences(
        of: "@programsdir@", with: (program as NSString).deletingLastPathComponent)
    }
    let conf = try run(
      ["/usr/bin/doveconf", "-c", "\(server.dovecot.folder.path)/dovecot.conf", "-n"],
      environment: ["PATH": "/usr/bin:/bin"], timeout: .seconds(30))
    #expect(conf.status == 0 && conf.errorOutput == "", "\(conf)")
    #expect(
      conf.output.contains(DovecotVersion.is24 ? "  stdin = literal\n" : "xexec6_stdin = literal"))
    let client = try server.connect()
    #expect(try ConfigurationTests.capabilities(client) == ["XEXEC", "XEXEC=SMTP"])
    let reply = try client.submit(TestMessage.small, from: "x@y.z", to: [MailServer.other])
    #expect(reply.outcome == "NO command failed (exit status 77)", "\(reply.lines)")
    #expect(server.pluginLog(count: 1).filter { $0.contains("ignored") }.isEmpty)
  }

  private static func makeCertificate(in folder: PrivateFolder) throws {
    let made = try run(
      [
        "/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
        "-keyout", "\(folder.path)/relay.key", "-out", "\(folder.path)/relay.crt",
      ], environment: ["PATH": "/usr/bin:/bin"], timeout: .seconds(60))
    guard made.status == 0 else { throw KitError(.system, "openssl: \(made.errorOutput)") }
    chmod("\(folder.path)/relay.crt", 0o644)
  }
}

extension IMAPConnection {
  /// Runs `XEXEC smtp` with a message as LITERAL+.
  func submit(_ message: [UInt8], from sender: String, to recipients: [String]) throws -> IMAPReply
  {
    let tag = makeTag()
    let words = ([sender] + recipients).map { word in
      "\"" + word.map { "\\\"".contains($0) ? "\\\($0)" : "\($0)" }.joined() + "\""
    }
    try send("\(tag) XEXEC smtp \(words.joined(separator: " ")) {\(message.count)+}\r\n")
    try send(message + [0x0D, 0x0A])
    return try readResponses(untilTagged: tag)
  }
}

import Foundation
import PrivateDovecot
import Testing

/// `forwardmail`, with mail that Dovecot's LMTP delivers and sends on by SMTP.
@Suite struct ForwardmailTests {
  @Test("On, off and status")
  func messages() throws {
    let client = try FilterServer().server.connect()
    func expect(_ words: String, _ line: String) throws {
      let reply = try client.command("XEXEC forwardmail \(words)")
      #expect(reply.isOK)
      #expect(reply.texts == ["* OK \(line)"])
    }
    let user = Server.user
    try expect("status", "Mail for \(user) is not forwarded")
    try expect("off", "Mail for \(user) is not forwarded")
    try expect("Ann@Example.com", "Forwarding mail for \(user) to Ann@example.com")
    try expect("Ann@example.com", "Already forwarding mail for \(user) to Ann@example.com")
    try expect("status", "Mail for \(user) is forwarded to Ann@example.com, no copy is kept")
    try expect(
      "ann@example.com keep", "Forwarding mail for \(user) to ann@example.com, a copy is kept")
    try expect("status", "Mail for \(user) is forwarded to ann@example.com, a copy is kept")
    try expect("off", "No longer forwarding mail for \(user)")
    try expect("status", "Mail for \(user) is not forwarded")
  }

  @Test("Mail is sent on, with a copy or without, until it is switched off")
  func forwarded() throws {
    let filter = try FilterServer()
    let client = try filter.server.connect()
    try filter.addToHome(
      ".dovecot.sieve", "require [\"fileinto\", \"mailbox\"];\nfileinto :create \"Own\";\n")
    #expect(try client.command("XEXEC forwardmail far@example.org").isOK)
    #expect(try filter.deliver(from: "joe@example.com", sender: "joe@bounce.example") == [])
    let first = try filter.sink.waitForMails(count: 1)[0]
    #expect(first.sender == "joe@bounce.example")
    #expect(first.recipients == ["far@example.org"])
    #expect(first.text.contains("\r\nFrom: joe@example.com\r\n"))
    #expect(first.text.hasSuffix("\r\n\r\n.text\r\n"))

    #expect(try client.command("XEXEC forwardmail Far@Example.ORG keep").isOK)
    #expect(try filter.deliver(from: "joe@example.com") == ["Own"])
    #expect(try filter.sink.waitForMails(count: 2)[1].recipients == ["Far@example.org"])

    #expect(try client.command("XEXEC forwardmail off").isOK)
    #expect(try filter.deliver(from: "joe@example.com") == ["Own"])
    #expect(filter.sink.mails.count == 2)
    try filter.expectScriptsCompile()
    filter.expectNoErrors()
  }

  @Test(
    "Mail is sent on through Postfix to another user's INBOX",
    .enabled(if: PrivatePostfix.isPossible, "Postfix can only be started by root"))
  func throughPostfix() throws {
    let mail = try MailServer(configure: { folder, options in
      let programs = (try folder.addProgram(copying: PrivateDovecot.modulesProgram) as NSString)
        .deletingLastPathComponent
      options.globalText += try PrivateDovecot.snippet("92-xexec-forwardmail.conf")
        .replacingOccurrences(of: "@programsdir@", with: programs)
    })
    let client = try mail.server.connect()
    #expect(try client.command("XEXEC forwardmail \(MailServer.other) keep").isOK)
    let message = String(decoding: TestMessage.small, as: UTF8.self)
    try mail.server.dovecot.deliver(message: message, to: Server.user)
    let arrived = String(decoding: try mail.waitForMessage(of: MailServer.other), as: UTF8.self)
    #expect(arrived.hasSuffix("\r\n\r\nHello, Joe.\r\n"))
    #expect(try mail.messageCount(of: Server.user) == 1)

    #expect(try client.command("XEXEC forwardmail off").isOK)
    try mail.server.dovecot.deliver(message: message, to: Server.user)
    #expect(try mail.messageCount(of: Server.user) == 2)
    #expect(mail.postfix.queueLength() == 0)
    #expect(try mail.messageCount(of: MailServer.other) == 1)
  }

  @Test("OFF, STATUS and KEEP in any case, an address in brackets, and a domain in UTF-8")
  func forms() throws {
    let filter = try FilterServer()
    let client = try filter.server.connect()
    let reply = try client.xexec("forwardmail", literal: "<far@b\u{FC}cher.example>")
    #expect(
      reply.texts == ["* OK Forwarding mail for \(Server.user) to far@b\u{FC}cher.example"])
    #expect(try filter.deliver(from: "joe@example.com") == [])
    let mail = try filter.sink.waitForMails(count: 1)[0]
    // Dovecot 2.4.5 decodes what the filter has, also for a server without SMTPUTF8
    #expect(
      mail.recipients == ["far@xn--bcher-kva.example"]
        || DovecotVersion.installed >= DovecotVersion(2, 4, 2)
          && mail.recipients == ["far@b\u{FC}cher.example"]
    )
    #expect(try client.command("XEXEC forwardmail STATUS").texts.count == 1)
    #expect(try client.command("XEXEC forwardmail far@example.org KEEP").isOK)
    #expect(try filter.deliver(from: "joe@example.com") == ["INBOX"])
    #expect(try client.command("XEXEC forwardmail OFF").isOK)
    #expect(filter.sink.mails.count == 2)
    filter.expectNoErrors()
  }

  @Test("Mail that is marked as spam is not forwarded, and stays here")
  func spam() throws {
    let filter = try FilterServer()
    let client = try filter.server.connect()
    for words in ["whitelist add ann@example.com", "forwardmail far@example.org"] {
      #expect(try client.command("XEXEC \(words)").isOK)
    }
    for field in ["X-Spam-Flag: YES", "x-spam-flag: yes", "X-Spam: Yes, by far"] {
      #expect(try filter.deliver(from: "joe@example.com", field: field) == ["INBOX"], "\(field)")
    }
    #expect(try filter.deliver(from: "ann@example.com", field: "X-Spam-Flag: YES") == ["INBOX"])
    for field in ["X-Spam-Flag: NO", "X-Spam: no", "X-Spam-Flags: YES", "X-Spam-Flag: no, YES"] {
      #expect(try filter.deliver(from: "joe@example.com", field: field) == [], "\(field)")
    }
    #expect(filter.sink.mails.count == 4)
    try filter.expectScriptsCompile()
    filter.expectNoErrors()
  }

  @Test("Whitelisted mail is forwarded before it is filed into the INBOX by force")
  func inboxByForce() throws {
    let filter = try FilterServer(whitelistOptions: "--inbox")
    let client = try filter.server.connect()
    try filter.addToHome(
      ".dovecot.sieve", "require [\"fileinto\", \"mailbox\"];\nfileinto :create \"Own\";\n")
    for words in [
      "blacklist add @example.com", "whitelist add ann@example.com",
      "forwardmail far@example.org keep",
    ] {
      #expect(try client.command("XEXEC \(words)").isOK)
    }
    #expect(try filter.deliver(from: "joe@example.com") == ["Junk"])
    #expect(filter.sink.mails.isEmpty)
    #expect(try filter.deliver(from: "ann@example.com") == ["INBOX"])
    #expect(try filter.deliver(from: "x@example.net") == ["Own"])
    #expect(try filter.sink.waitForMails(count: 2).count == 2)
    #expect(try client.command("XEXEC forwardmail far@example.org").isOK)
    #expect(try filter.deliver(from: "ann@example.com") == [])
    #expect(filter.sink.mails.count == 3)
    try filter.expectScriptsCompile()
    filter.expectNoErrors()
  }

  @Test("Blacklisted mail is not forwarded, whitelisted mail is")
  func withLists() throws {
    let filter = try FilterServer()
    let client = try filter.server.connect()
    try filter.addToHome(
      ".dovecot.sieve", "require [\"fileinto\", \"mailbox\"];\nfileinto :create \"Own\";\n")
    for words in ["blacklist add @example.com", "whitelist add ann@example.com"] {
      #expect(try client.command("XEXEC \(words)").isOK)
    }
    #expect(try client.command("XEXEC forwardmail far@example.org keep").isOK)
    #expect(try filter.deliver(from: "joe@example.com") == ["Junk"])
    #expect(filter.sink.mails.isEmpty)
    #expect(try filter.deliver(from: "ann@example.com") == ["Own"])
    #expect(try filter.sink.waitForMails(count: 1)[0].text.contains("From: ann@example.com"))
    #expect(try filter.deliver(from: "x@example.net") == ["Own"])
    #expect(filter.sink.mails.count == 2)

    #expect(try client.command("XEXEC forwardmail other@example.org").isOK)
    #expect(try filter.deliver(from: "ann@example.com") == [])
    #expect(filter.sink.mails.last?.recipients == ["other@example.org"])
    #expect(try client.command("XEXEC whitelist add bob@example.com").isOK)
    #expect(try filter.deliver(from: "bob@example.com") == [])
    #expect(filter.sink.mails.count == 4)

    #expect(try client.command("XEXEC forwardmail off").isOK)
    #expect(try filter.deliver(from: "ann@example.com") == ["Own"])
    #expect(filter.sink.mails.count == 4)
    filter.expectNoErrors()
  }

  @Test("Mail that the other side refuses is kept here")
  func refused() throws {
    let filter = try FilterServer(recipientReply: "550 5.1.1 No such user")
    let client = try filter.server.connect()
    #expect(try client.command("XEXEC forwardmail far@example.org").isOK)
    #expect(try filter.deliver(from: "joe@example.com") == ["INBOX"])
    #expect(filter.sink.mails.isEmpty)
  }

  @Test("Mail that comes back is not sent round again, and is kept")
  func loop() throws {
    let filter = try FilterServer()
    let client = try filter.server.connect()
    #expect(try client.command("XEXEC forwardmail far@example.org").isOK)
    #expect(try filter.deliver(from: "joe@example.com") == [])
    let sent = try filter.sink.waitForMails(count: 1)[0]
    try filter.server.dovecot.deliver(message: sent.text, to: Server.user)
    #expect(filter.sink.mails.count == 1)
    let found = try filter.server.dovecot.doveadm(
      "mailbox", "status", "-u", Server.user, "messages", "INBOX")
    #expect(found.output.contains("messages=1"))
  }

  @Test("Hostile arguments never get into the script")
  func hostile() throws {
    let filter = try FilterServer()
    var client = try filter.server.connect()
    let usual = ["?@x.org", "a/*@x.org", "#@x.org", "-a@x.org", "%u@x.org", "%%@x.org"]
    for argument in ListTests.hostileArguments + ["@example.com", Server.user, "MARC@perkel.com"] {
      guard let reply = try? client.xexec("forwardmail", literal: argument) else {
        #expect(argument.utf8.count > 50_000)
        client = try filter.server.connect()
        continue
      }
      if reply.isOK {
        #expect((usual + ["`id`@x.org"]).contains(argument))
        try filter.expectScriptsCompile()
        #expect(try filter.deliver(from: "joe@example.com") == [])
        #expect(filter.sink.mails.last?.recipients == [argument])
        #expect(try client.command("XEXEC forwardmail off").isOK)
      } else {
        #expect(reply.texts.allSatisfy { $0.hasPrefix("* NO ") })
        #expect(
          try client.command("XEXEC forwardmail status").texts
            == ["* OK Mail for \(Server.user) is not forwarded"])
      }
    }
    for words in ["", "a@x.org kept", "a@x.org keep keep", "off now", "keep a@x.org"] {
      let reply = try client.command(
        "XEXEC forwardmail \(words)".trimmingCharacters(in: .whitespaces))
      #expect(reply.texts == ["* NO Usage: ADDRESS, ADDRESS keep, off, or status"], "\(words)")
    }
    #expect(try filter.deliver(from: "joe@example.com") == ["INBOX"])
    #expect(filter.sink.mails.count == usual.count + 1)
    filter.expectNoErrors()
  }
}

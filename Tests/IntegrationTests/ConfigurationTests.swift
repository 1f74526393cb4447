import Foundation
import PrivateDovecot
import Testing

private typealias LoginName = PrivateDovecot.LoginName

/// Section 4 of the contract: the configuration.
@Suite struct ConfigurationTests {
  /// The capabilities that follow a login.
  static func capabilities(_ client: IMAPConnection) throws -> [Substring] {
    let reply = try client.command("CAPABILITY")
    return try #require(reply.untagged.first).text.split(separator: " ").dropFirst(2)
      .filter { $0.hasPrefix("XEXEC") }
  }

  @Test("XEXEC and each module are announced, in their order")
  func capability() throws {
    let server = try Server { _, options in
      options.modules = [
        "one": "/bin/true", "Three": "/bin/true", "seven": "/bin/true", "ten": "/bin/true",
      ]
    }
    let client = try IMAPConnection(port: server.dovecot.port)
    let login = try client.login(Server.user, Server.password)
    let expected = ["XEXEC", "XEXEC=ONE", "XEXEC=THREE", "XEXEC=SEVEN", "XEXEC=TEN"]
    #expect(try Self.capabilities(client) == expected.map { Substring($0) })
    #expect(login.tagged.text.contains(expected.joined(separator: " ") + "]"))
  }

  /// A server with so many modules that their names add `octets` to the capabilities.
  private func server(announcing octets: Int) throws -> Server {
    try Server { _, options in
      options.modules = [:]
      // " XEXEC", and " XEXEC=" with 13 octets
      var rest = octets - 6
      var number = 2
      while rest > 0 {
        let length = rest < 2 * 20 ? rest - 7 : 13
        let name = "m\(number)".padding(toLength: length, withPad: "x", startingAt: 0)
        options.modules[name] = .init("/bin/echo \(number)")
        rest -= 7 + length
        number += 1
      }
    }
  }

  @Test("As many names are announced as a proxy takes in the response to a login, or none")
  func manyModules() throws {
    for (octets, isAnnounced) in [(1800, true), (1801, false), (4620, false)] {
      let server = try server(announcing: octets)
      let client = try server.connect()
      let capabilities = try Self.capabilities(client)
      #expect(
        capabilities.reduce(0) { $0 + 1 + $1.utf8.count } == (isAnnounced ? octets : 6))
      #expect(try client.command("XEXEC m2xxxxxxxxxxx").texts == ["* OK 2"])
      let warnings = server.pluginLog(count: 1).filter { $0.contains("only XEXEC is announced") }
      #expect(warnings.count == (isAnnounced ? 0 : 1), "\(warnings)")

      // Dovecot's login proxy gives up at 4096 octets
      let proxy = try Server { _, options in
        options.users = []
        options.plugin = .none
        options.furtherPasswords = [.proxy(port: server.dovecot.port)]
      }
      #expect(try Self.capabilities(proxy.connect()) == capabilities)
    }
  }

  @Test(
    "Where imap_capability is set in full, the log says what that does",
    arguments: [
      (.full("IMAP4rev1 LITERAL+"), true), (.full("IMAP4rev1 XEXEC=SH"), true),
      (.full("IMAP4rev1 XEXEC"), false), (.full("IMAP4rev1 xexec XEXEC=SH"), false),
      (.added("X-MORE"), false),
    ] as [(PrivateDovecot.Capability, Bool)])
  func fullCapability(setting: PrivateDovecot.Capability, isLogged: Bool) throws {
    let server = try Server { _, options in options.imapCapability = setting }
    let client = try server.connect()
    #expect(try client.command("XEXEC args x").isOK)
    let warnings = server.pluginLog(count: 1).filter { $0.contains("imap_capability") }
    #expect(warnings.count == (isLogged ? 1 : 0), "\(warnings)")
  }

  @Test("Without a module nothing is announced, and every XEXEC is NONEXISTENT")
  func noModule() throws {
    let server = try Server { _, options in options.modules = [:] }
    let client = try server.connect()
    #expect(try Self.capabilities(client).isEmpty)
    #expect(try client.command("XEXEC sh x").outcome == "NO [NONEXISTENT] no such module")
    #expect(server.pluginLog(count: 1) == ["xexec: module sh: no such module"])
  }

  @Test("Words: quotes and backslash keep blanks, and no shell is involved")
  func words() throws {
    let server = try Server { folder, options in
      options.modules["args"] = .init(
        try folder.argumentPrinter()
          + #" 'a b' "c 'd' \"e\"" f\ g x$HOME `id` * ; | x"y z"'w'"#)
    }
    let reply = try server.connect().command("XEXEC args last")
    #expect(
      reply.texts == [
        "* OK <a b>", #"* OK <c 'd' "e">"#, "* OK <f g>", "* OK <x$HOME>", "* OK <`id`>",
        "* OK <*>",
        "* OK <;>", "* OK <|>", "* OK <xy zw>", "* OK <last>",
      ])
  }

  @Test("Variables are expanded inside each word: they never change an argument's bounds")
  func variables() throws {
    let (name, domain) = (LoginName.localPart.variable, LoginName.domain.variable)
    let server = try Server { folder, options in
      options.modules["args"] = .init(
        try folder.argumentPrinter()
          + " %{user} x\(name)-\(domain)x '%{user} %{home}' %{userdb:note}")
      options.users[0].userdbFields = ["note": "a b  \"c\" %u %{user}"]
    }
    let reply = try server.connect().command("XEXEC args")
    #expect(
      reply.texts == [
        "* OK <marc@perkel.com>", "* OK <xmarc-perkel.comx>",
        "* OK <marc@perkel.com \(server.home)>",
        #"* OK <a b  "c" %u %{user}>"#,
      ])
  }

  @Test("A user's own modules come from the userdb, and replace those of all users")
  func userdb() throws {
    let server = try Server { _, options in
      options.users[0].modules = [
        "args": "/bin/echo own", "mine": .init("/bin/echo %{user}", timeout: "1s"),
      ]
      options.users.append(.init(name: "joe@example.com", password: Server.password))
    }
    let own = try server.connect()
    #expect(try Self.capabilities(own) == ["XEXEC", "XEXEC=SH", "XEXEC=ARGS", "XEXEC=MINE"])
    #expect(try own.command("XEXEC args x").texts == ["* OK own x"])
    #expect(try own.command("XEXEC mine").texts == ["* OK marc@perkel.com"])
    let other = try server.connect(as: "joe@example.com")
    #expect(try Self.capabilities(other) == ["XEXEC", "XEXEC=SH", "XEXEC=ARGS"])
    #expect(try other.command("XEXEC args x").texts == ["* OK <x>"])
  }

  @Test("Time limits: one for all, one for a module, 0 for none")
  func timeLimits() throws {
    let server = try Server { _, options in
      options.modules = [
        "common": "/bin/sleep", "own": .init("/bin/sleep", timeout: "10 secs"),
        "none": .init("/bin/sleep", timeout: "0"),
      ]
      options.moduleDefaults.timeout = "500ms"
    }
    let client = try server.connect()
    #expect(try client.command("XEXEC common 30").outcome == "NO [LIMIT] command timed out")
    #expect(try client.command("XEXEC own 1").isOK)
    #expect(try client.command("XEXEC none 1").isOK)
  }

  @Test("Elsewhere than in imap the plugin loads and does nothing: LMTP and doveadm work")
  func global() throws {
    let server = try Server { _, options in
      options.mailPlugins = ["xexec"]
      options.imapMailPlugins = []
      options.servesLMTP = true
    }
    try server.dovecot.deliver(message: "Subject: hello\r\n\r\nbody\r\n", to: Server.user)
    let status = try server.dovecot.doveadm(
      "mailbox", "status", "-u", Server.user, "messages", "INBOX")
    #expect(status.status == 0, "\(status)")
    #expect(status.output.contains("messages=1"))
    let client = try server.connect()
    #expect(try client.command("XEXEC args x").texts == ["* OK <x>"])
    let log = server.dovecot.logText()
    #expect(!log.contains("Error:") && !log.contains("Fatal:") && !log.contains("Panic:"), "\(log)")
  }

  @Test("A user for whom the plugin is not loaded has no XEXEC, even in a shared process")
  func notLoaded() throws {
    let server = try Server { _, options in
      options.imapService = .init(clientLimit: 5, serviceCount: 0, processLimit: 1)
      options.users.append(
        .init(
          name: "plain@example.com", password: Server.password,
          userdbFields: ["mail_plugins": "quota"]))
    }
    let with = try server.connect()
    let without = try server.connect(as: "plain@example.com")
    #expect(try with.command("XEXEC args x").isOK)
    let reply = try without.command("XEXEC args x")
    #expect(reply.status == "BAD" || reply.outcome.contains("NONEXISTENT"), "\(reply.lines)")
    #expect(reply.untagged.isEmpty)
    #expect(try with.command("XEXEC args x").isOK)
  }

  @Test("The snippet is accepted by doveconf, and its modules work")
  func snippet() throws {
    let server = try Server { folder, options in
      options.modules = [:]
      options.imapMailPlugins = []
      let text = try PrivateDovecot.snippet("90-xexec.conf")
      let average = try folder.addProgram(copying: PrivateDovecot.averageProgram)
      options.globalText = text.replacingOccurrences(
        of: "@programsdir@", with: (average as NSString).deletingLastPathComponent)
    }
    let client = try server.connect()
    #expect(try Self.capabilities(client) == ["XEXEC", "XEXEC=AVERAGE"])
    try client.sendLine("x XEXEC average")
    for answer in ["1", "7"] {
      _ = try client.readUntilContinuation()
      try client.sendLine(answer)
    }
    #expect(try client.readResponses(untilTagged: "x").texts == ["* OK Average: 7"])
    #expect(server.pluginLog(count: 1).filter { $0.contains("ignored") }.isEmpty)
  }
}

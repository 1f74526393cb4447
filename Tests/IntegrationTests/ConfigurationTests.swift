import Foundation
import PrivateDovecot
import Testing

/// Section 4 of the contract: the configuration.
@Suite struct ConfigurationTests {
  /// The capabilities that follow a login.
  static func capabilities(_ client: IMAPConnection) throws -> [Substring] {
    let reply = try client.command("CAPABILITY")
    return try #require(reply.untagged.first).text.split(separator: " ").dropFirst(2)
      .filter { $0.hasPrefix("XEXEC") }
  }

  @Test("XEXEC and each module are announced, in the order of the keys' numbers")
  func capability() throws {
    let server = try Server { _, options in
      options.pluginSettings = [
        "xexec10": "ten:/bin/true", "xexec3": "Three:/bin/true", "xexec": "one:/bin/true",
        "xexec7": "seven:/bin/true",
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
      options.pluginSettings = [:]
      // " XEXEC", and " XEXEC=" with 13 octets
      var rest = octets - 6
      var number = 2
      while rest > 0 {
        let length = rest < 2 * 20 ? rest - 7 : 13
        let name = "m\(number)".padding(toLength: length, withPad: "x", startingAt: 0)
        options.pluginSettings["xexec\(number)"] = "\(name):/bin/echo \(number)"
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
        options.globalText = """
          passdb {
            driver = static
            args = proxy=y host=127.0.0.1 port=\(server.dovecot.port) nopassword=y
          }
          """
      }
      #expect(try Self.capabilities(proxy.connect()) == capabilities)
    }
  }

  @Test(
    "Where imap_capability is set in full, the log says what that does",
    arguments: [
      ("IMAP4rev1 LITERAL+", true), ("IMAP4rev1 XEXEC=SH", true), ("IMAP4rev1 XEXEC", false),
      ("IMAP4rev1 xexec XEXEC=SH", false), ("+IMAP4rev2", false),
    ])
  func fullCapability(setting: String, isLogged: Bool) throws {
    let server = try Server { _, options in options.imapText = "imap_capability = \(setting)" }
    let client = try server.connect()
    #expect(try client.command("XEXEC args x").isOK)
    let warnings = server.pluginLog(count: 1).filter { $0.contains("imap_capability") }
    #expect(warnings.count == (isLogged ? 1 : 0), "\(warnings)")
  }

  @Test("Without a module nothing is announced, and every XEXEC is NONEXISTENT")
  func noModule() throws {
    let server = try Server { _, options in options.pluginSettings = [:] }
    let client = try server.connect()
    #expect(try Self.capabilities(client).isEmpty)
    #expect(try client.command("XEXEC sh x").outcome == "NO [NONEXISTENT] no such module")
    #expect(server.pluginLog(count: 1) == ["xexec: module sh: no such module"])
  }

  @Test("Words: quotes and backslash keep blanks, and no shell is involved")
  func words() throws {
    let server = try Server { _, options in
      options.pluginSettings = [
        "xexec":
          #"args:/usr/bin/printf <%%s>\\n 'a b' "c 'd' \"e\"" f\ g x$HOME `id` * ; | x"y z"'w'"#
      ]
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
    let server = try Server { _, options in
      options.pluginSettings = [
        "xexec": #"args:/usr/bin/printf <%%s>\\n %u x%n-%dx '%u %h' %{userdb:note} 100%%"#
      ]
      options.users[0].userdbFields = ["note": "a b  \"c\" %u"]
    }
    let reply = try server.connect().command("XEXEC args")
    #expect(
      reply.texts == [
        "* OK <marc@perkel.com>", "* OK <xmarc-perkel.comx>",
        "* OK <marc@perkel.com \(server.home)>",
        #"* OK <a b  "c" %u>"#, "* OK <100%>",
      ])
  }

  @Test("A user's own entries come from the userdb, and replace the global ones of the same key")
  func userdb() throws {
    let server = try Server { _, options in
      options.users[0].userdbFields = [
        "xexec2": "args:/usr/bin/printf own:%%s\\\\n", "xexec9": "mine:/bin/echo %u",
        "xexec9_timeout": "1s",
      ]
      options.users.append(.init(name: "joe@example.com", password: Server.password))
    }
    let own = try server.connect()
    #expect(try Self.capabilities(own) == ["XEXEC", "XEXEC=SH", "XEXEC=ARGS", "XEXEC=MINE"])
    #expect(try own.command("XEXEC args x").texts == ["* OK own:x"])
    #expect(try own.command("XEXEC mine").texts == ["* OK marc@perkel.com"])
    let other = try server.connect(as: "joe@example.com")
    #expect(try Self.capabilities(other) == ["XEXEC", "XEXEC=SH", "XEXEC=ARGS"])
    #expect(try other.command("XEXEC args x").texts == ["* OK <x>"])
  }

  @Test("Bad entries are logged once a login with key and reason, and stop nothing else")
  func badEntries() throws {
    let server = try Server { _, options in
      for (key, value) in [
        ("xexec3", "nocolon"), ("xexec4", ":/bin/true"), ("xexec5", "a(b:/bin/true"),
        ("xexec6", "empty:"), ("xexec7", "relative:bin/true"), ("xexec8", "open:/bin/true 'x"),
        ("xexec9", "SH:/bin/true"), ("xexec2_timeout", "soon"), ("xexec_timout", "5s"),
        ("xexec1", "one:/bin/true"), ("xexec10", "good:/bin/echo good"),
      ] {
        options.pluginSettings.append(key, value)
      }
    }
    let client = try server.connect()
    #expect(
      try Self.capabilities(client) == ["XEXEC", "XEXEC=SH", "XEXEC=ARGS", "XEXEC=GOOD"])
    #expect(try client.command("XEXEC good").texts == ["* OK good"])
    #expect(try client.command("XEXEC args x").texts == ["* OK <x>"])
    let log = server.pluginLog(count: 12).filter { $0.contains("is ignored") }
    #expect(
      log.sorted() == [
        "xexec: setting xexec1 is ignored: unknown setting: "
          + "entries are xexec, xexec2, xexec3, ... and their _timeout, _stdin, _max_literal, _progress and _stderr",
        "xexec: setting xexec2_timeout is ignored: Invalid time interval: soon",
        "xexec: setting xexec3 is ignored: no colon: an entry is module:program [argument ...]",
        "xexec: setting xexec4 is ignored: no name of a module",
        "xexec: setting xexec5 is ignored: the module name is not an IMAP atom",
        "xexec: setting xexec6 is ignored: no program",
        "xexec: setting xexec7 is ignored: "
          + "the program is neither an absolute path nor unix:SOCKET nor tcp:HOST:PORT",
        "xexec: setting xexec8 is ignored: a single quote (') is not closed",
        "xexec: setting xexec9 is ignored: the module is named by an earlier entry already",
        "xexec: setting xexec_timout is ignored: unknown setting: "
          + "entries are xexec, xexec2, xexec3, ... and their _timeout, _stdin, _max_literal, _progress and _stderr",
      ])
  }

  @Test("Time limits: one for all, one for a module, 0 for none")
  func timeLimits() throws {
    let server = try Server { _, options in
      options.pluginSettings = [
        "xexec": "common:/bin/sleep", "xexec2": "own:/bin/sleep", "xexec3": "none:/bin/sleep",
        "xexec_timeout": "500ms", "xexec2_timeout": "10 secs", "xexec3_timeout": "0",
      ]
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
          userdbFields: ["mail_plugins": "imap_zlib"]))
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
      options.pluginSettings = [:]
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

import PrivateDovecot
import Testing

/// What only Dovecot 2.3 has: keys with numbers in `plugin { ... }`, whose values are text.
@Suite(.for23) struct NumberedKeyTests {
  @Test("Modules are announced in the order of the keys' numbers")
  func order() throws {
    let server = try Server { _, options in
      options.modules = [:]
      options.pluginSettings = [
        "xexec10": "ten:/bin/true", "xexec3": "Three:/bin/true", "xexec": "one:/bin/true",
        "xexec7": "seven:/bin/true",
      ]
    }
    let client = try IMAPConnection(port: server.dovecot.port)
    let login = try client.login(Server.user, Server.password)
    let expected = ["XEXEC", "XEXEC=ONE", "XEXEC=THREE", "XEXEC=SEVEN", "XEXEC=TEN"]
    #expect(try ConfigurationTests.capabilities(client) == expected.map { Substring($0) })
    #expect(login.tagged.text.contains(expected.joined(separator: " ") + "]"))
  }

  @Test("Two percent signs are one, and variables have a letter")
  func percentSigns() throws {
    let server = try Server { folder, options in
      let program = try folder.argumentPrinter()
      options.modules["args"] = .init("\(program) %u x%n-%dx '%u %h' 100%%")
    }
    let reply = try server.connect().command("XEXEC args")
    #expect(
      reply.texts == [
        "* OK <marc@perkel.com>", "* OK <xmarc-perkel.comx>",
        "* OK <marc@perkel.com \(server.home)>", "* OK <100%>",
      ])
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
      try ConfigurationTests.capabilities(client) == [
        "XEXEC", "XEXEC=SH", "XEXEC=ARGS", "XEXEC=GOOD",
      ])
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
}

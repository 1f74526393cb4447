import PrivateDovecot
import Testing

/// `xexec-check` on the settings of a real Dovecot 2.3.
@Suite(.for23) struct Check23Tests {
  @Test("What a login logs, it says before: the same keys and reasons, with their places")
  func logged() throws {
    let server = try Server { _, options in
      for (key, value) in [
        ("xexec3", "nocolon"), ("xexec4", ":/bin/true"), ("xexec5", "a(b:/bin/true"),
        ("xexec6", "empty:"), ("xexec7", "relative:bin/true"), ("xexec8", "open:/bin/true 'x"),
        ("xexec9", "SH:/bin/true"), ("xexec2_timeout", "soon"), ("xexec_stdin", "5s"),
        ("xexec10", "tcp:tcp:x"), ("xexec11", "unix:unix:"), ("xexec12_max_literal", "1 Z"),
        ("xexec13_timeout", "99999999 weeks"), ("xexec14_max_literal", "99999999999 T"),
        ("xexec15_timeout", "7"), ("xexec_progress", ""), ("xexec_nonsense", "5s"),
      ] {
        options.pluginSettings.append(key, value)
      }
    }
    try CheckRun.compare(server, count: 17)
  }

  @Test("A variable that Dovecot does not know: the login fails, and it is said before")
  func variables() throws {
    func unknown(_ variable: String) -> String {
      "Dovecot has no variable \(variable), and lets nobody log in: a percent sign is %%"
    }
    for (text, reason) in [
      ("%{nonsense}", unknown("%{nonsense}")), ("100%k", unknown("%k")),
      ("%{MD5:user}", unknown("%{MD5:user}")),
      ("%{user", "a %{ is not closed, and Dovecot lets nobody log in: add the }, or write %%{"),
    ] {
      let server = try Server { _, options in
        options.modules["args"] = "/bin/echo '\(text)'"
      }
      #expect(throws: (any Error).self) { try server.connect().command("NOOP") }
      let (status, lines) = try CheckRun.of(server.dovecot)
      #expect(
        lines.map { $0.replacing(/conf:[0-9]+/, with: "conf:N") }
          == ["error: xexec2 (@/dovecot.conf:N): \(reason)"])
      #expect(status == 1)
    }
    let text = "%u %Ln %{userdb:x} %{md5:user} %{if;%u;eq;a;b;c} %{env:X} %5.3Hu %% %{local_ip}"
    let server = try Server { _, options in
      options.modules["args"] = "/bin/echo '\(text)'"
    }
    let client = try server.connect()
    #expect(try client.command("XEXEC args").isOK, "\(server.dovecot.logText())")
    #expect(try CheckRun.of(server.dovecot).lines == ["2 modules, nothing to complain about"])
  }

  @Test("A configuration that Dovecot refuses")
  func refused() throws {
    let server = try Server()
    let folder = server.dovecot.folder
    for text in ["xexec = a:/bin/true\n", "plugin {\n", "plugin {\n  xexec = a:/bin/sh $HOME\n}\n"]
    {
      let file = try folder.addFile(named: "wrong.conf", octets: Array("ssl = no\n\(text)".utf8))
      let result = try CheckRun.result(["-c", file])
      #expect(result.status == 78)
      #expect(
        result.output.hasPrefix(
          "error: Dovecot refuses its configuration: doveconf: Fatal: Error in configuration file ")
      )
    }
    server.dovecot.shutDown()
  }
}

import Foundation
import PrivateDovecot
import Testing

/// `xexec-check` on the settings of a real Dovecot 2.4.
@Suite(.for24) struct Check24Tests {
  @Test("What a login logs, it says before: the same blocks and reasons, with their places")
  func logged() throws {
    let server = try Server { _, options in
      for (name, program) in [
        ("a", "relative"), ("b", "/bin/true 'x"), ("c", "/bin/true %u"), ("SH", "/bin/true"),
        ("d", "tcp:tcp:x"), ("e(f", "/bin/true"), ("g", ""), ("h", "/bin/true 100%%"),
        ("i", "unix:"),
      ] {
        options.globalText += "xexec \(name) {\n  program = \(program)\n}\n"
      }
    }
    try CheckRun.compare(server, count: 9)
  }

  @Test("A variable that Dovecot does not know: the program is not started, and it is said before")
  func variables() throws {
    for (text, name) in [
      ("%{nonsense}", "nonsense"), ("%{user | uppper}", "uppper"), ("%{usrdb:x}", "usrdb:x"),
    ] {
      let server = try Server { _, options in
        options.globalText = "xexec a {\n  program = /bin/echo \(text)\n}\n"
      }
      let reply = try server.connect().command("XEXEC a")
      #expect(reply.outcome == "NO [SERVERBUG] command could not be started", "\(reply)")
      let (status, lines) = try CheckRun.of(server.dovecot)
      #expect(lines.count == 1)
      #expect(
        lines[0].contains("Dovecot has no variable or filter \"\(name)\", and the program cannot"))
      #expect(status == 1)
    }
    let text =
      "%{user} %{user | lower} %{user | md5 | hexlify} %{process:pid} %{local_ip | default('}')} "
      + "%{user | username | substr(0, 1)} %{literal('%')}u %%{x} 100% %{env:TZ | default} "
      + "%{system:hostname} %{dovecot:name} %{protocol} %{session} %{user | if('eq', 'a', 'b', 'c')}"
    let server = try Server { _, options in
      options.globalText = "xexec a {\n  program = /bin/echo \(text)\n}\n"
    }
    let client = try server.connect()
    #expect(try client.command("XEXEC a").isOK, "\(server.dovecot.logText())")
    #expect(try CheckRun.of(server.dovecot).lines == ["3 modules, nothing to complain about"])
  }

  @Test("A configuration that Dovecot refuses, and what to do where it is the plugin's")
  func refused() throws {
    let server = try Server()
    let folder = server.dovecot.folder
    func check(_ text: String) throws -> String {
      let head = "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n"
      let file = try folder.addFile(named: "wrong.conf", octets: Array("\(head)\(text)".utf8))
      let result = try CheckRun.result(["-c", file])
      #expect(result.status == 78)
      let prefix =
        "error: Dovecot refuses its configuration: doveconf: Fatal: Error in configuration file "
        + "\(file) line "
      #expect(result.output.hasPrefix(prefix), "\(result.output)")
      return String(result.output.dropFirst(prefix.count))
    }
    #expect(try check("xexec_timeout = soon\n").contains("xexec_timeout"))
    #expect(try check("xexec a {\n  programm = x\n}\n").contains("programm"))
    #expect(
      try check("plugin {\n  xexec = a:/bin/true\n}\n").contains(
        "that is of Dovecot 2.3. \"xexec-check --convert FILE\" prints it in the form of 2.4"))
    let old =
      "that is of Dovecot 2.3. \"xexec-check --convert FILE\" prints it in the form of 2.4\n"
    for text in ["xexec = foo:/usr/local/bin/ask", "xexec2_timeout = 5s", "plugin/xexec = a:/x"] {
      #expect(try check("\(text)\n").hasSuffix(old), "\(text)")
    }
    // what only Dovecot itself would read
    #expect(
      try check("ssl = yes\nssl_server_cert_file = /nowhere/x.pem\n").contains(
        "ssl_server_cert_file"))
    server.dovecot.shutDown()
  }

  @Test("$mail_plugins, as 2.3 has it: no login, and it is said before")
  func oldPlugins() throws {
    let server = try Server { _, options in
      options.imapMailPlugins = []
      options.imapText = "mail_plugins = $mail_plugins xexec\n"
    }
    #expect(throws: (any Error).self) { try server.connect().command("NOOP") }
    let (status, lines) = try CheckRun.of(server.dovecot)
    #expect(status == 1)
    #expect(
      CheckRun.withoutNumbers(lines) == [
        "error: mail_plugins (@/dovecot.conf:N): Dovecot 2.4 takes $mail_plugins for a plugin, which "
          + "is not there, and nobody can log in to IMAP: write \"mail_plugins { NAME = yes }\", with "
          + "each plugin's name"
      ])
  }
}

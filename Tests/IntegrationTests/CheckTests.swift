import Foundation
import Glibc
import PrivateDovecot
import Testing

/// `xexec-check` on the configuration of a real Dovecot.
@Suite(.for23) struct CheckTests {
  private func check(_ arguments: [String]) throws -> CommandResult {
    try run(
      [PrivateDovecot.checkProgram] + arguments, environment: ["PATH": "/usr/bin:/bin"],
      timeout: .seconds(60))
  }

  /// Checks a Dovecot.
  ///
  /// - Returns: The exit status, and the lines with `@` for its folder.
  private func check(
    _ dovecot: PrivateDovecot, _ arguments: String...
  ) throws -> (status: Int32, lines: [String]) {
    let result = try check(["-c", "\(dovecot.folder.path)/dovecot.conf"] + arguments)
    #expect(result.errorOutput.isEmpty, "\(result.errorOutput)")
    let lines = result.output.replacingOccurrences(of: dovecot.folder.path, with: "@")
      .split(separator: "\n").map(String.init)
      // an ordinary user's files are that user's
      .filter { !dovecot.isRootless || !$0.contains(" owns @") }
    return (result.status, lines)
  }

  private func snippet(_ name: String, _ folder: PrivateFolder) throws -> String {
    try PrivateDovecot.snippet(name).replacing("@programsdir@", with: "\(folder.path)/bin")
  }

  @Test(
    "All snippets together, with real programs and accounts: nothing", .enabled(if: geteuid() == 0))
  func snippets() throws {
    let passwords = try PasswordServer { options in
      options.modules = [:]
      options.imapMailPlugins = []
      options.servesLMTP = true
    } adapt: { folder, options in
      try folder.addProgram(copying: PrivateDovecot.averageProgram)
      let names = ["90-xexec", "91-xexec-lists", "92-xexec-forwardmail", "94-xexec-smtp"]
      options.globalText =
        try names.map { try snippet("\($0).conf", folder) }.joined()
        + snippet("93-xexec-changepassword.conf", folder)
        .replacing("/var/lib/xexec-passwords", with: "\(folder.path)/passwords")
        .replacing("/run/dovecot/", with: "\(folder.path)/run/")
        .replacing("user = passwords", with: "user = nobody")
        .replacing("group = passwords", with: "group = nogroup")
        .replacing("extra_groups = passwords", with: "extra_groups = nogroup")
        .replacing("user = vmail", with: "user = nobody")
        + "submission_host = 127.0.0.1:25\n"
    }
    let dovecot = passwords.dovecot
    let (status, lines) = try check(dovecot, "--strict")
    #expect(lines == ["6 modules, nothing to complain about"])
    #expect(status == 0)
    // the account of its users has no name, and Dovecot takes no number there
    let account = dovecot.mailUserID
    #expect(
      try check(dovecot, Server.user).lines.map { $0.replacing(/conf:[0-9]+/, with: "conf:N") } == [
        "error: service xexec-changepassword { unix_listener } (@/dovecot.conf:N): account "
          + "\(account), which imap runs as, may not open it: "
          + "write \"user = \(account)\" and \"mode = 0600\""
      ])
    #expect(try passwords.connect().command("CAPABILITY").texts[0].contains("XEXEC=CHANGEPASSWORD"))
  }

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
    _ = try server.connect()
    let log = server.pluginLog(count: 17).filter { $0.contains("is ignored") }.map { line in
      String(line.dropFirst("xexec: setting ".count)).replacing(" is ignored", with: "")
    }
    #expect(log.count == 17)
    let (status, lines) = try check(server.dovecot)
    let said = lines.filter { $0.contains("is ignored") }.map { line in
      #expect(line.contains(" (@/dovecot.conf:"), "\(line)")
      return line.replacing(#/^error:\ /#, with: "").replacing(#/\ \(@[^)]*\)/#, with: "")
        .replacing("is ignored: ", with: "")
    }
    #expect(Set(said) == Set(log))
    #expect(status == 1)
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
      let (status, lines) = try check(server.dovecot)
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
    #expect(try check(server.dovecot).lines == ["2 modules, nothing to complain about"])
  }

  @Test("A plugin of another ABI, and none")
  func plugin() throws {
    let server = try Server()
    let file = "\(server.dovecot.folder.path)/modules/lib10_xexec_plugin.so"
    var octets = try Data(contentsOf: URL(fileURLWithPath: file))
    let version = try #require(octets.range(of: Data("ABIv".utf8)))
    octets[version.upperBound] = UInt8(ascii: "7")
    try FileManager.default.removeItem(atPath: file)
    #expect(try check(server.dovecot).lines.count == 1)
    #expect(try check(server.dovecot).lines[0].contains(": there is no lib10_xexec_plugin.so in @"))
    try octets.write(to: URL(fileURLWithPath: file))
    let line = try check(server.dovecot).lines[0]
    #expect(line.contains(": @/modules/lib10_xexec_plugin.so was built for Dovecot 2.3.ABIv7"))
    #expect(throws: (any Error).self) { try server.connect().command("NOOP") }
  }

  @Test("Users: what the userdb gives them")
  func users() throws {
    let server = try Server { _, options in
      options.users[0].userdbFields = [
        "xexec2": "args:bin/echo", "xexec9": "mine:/bin/no-such-program %u",
      ]
      options.users.append(.init(name: "joe@example.com", password: "secret"))
    }
    #expect(try check(server.dovecot).lines == ["2 modules, nothing to complain about"])
    #expect(
      try check(server.dovecot, "joe@example.com").lines
        == ["2 modules, nothing to complain about"])
    let (status, lines) = try check(server.dovecot, Server.user, "nobody@example.com")
    #expect(
      lines == [
        "error: xexec2 (userdb of marc@perkel.com): is ignored: "
          + "the program is neither an absolute path nor unix:SOCKET nor tcp:HOST:PORT",
        "error: xexec9 (userdb of marc@perkel.com): there is no /bin/no-such-program: "
          + "correct the path, or install the file",
        "error: user nobody@example.com: the running Dovecot has no such user: see its userdb, "
          + "where a change counts after \"doveadm reload\"",
      ])
    #expect(status == 1)
    server.dovecot.shutDown()
    #expect(
      try check(server.dovecot, Server.user).lines[0].hasPrefix(
        "error: user marc@perkel.com: doveadm cannot tell: "))
  }

  @Test("A configuration that is named by a path from the working folder: its places are told")
  func relativePath() throws {
    let server = try Server { _, options in options.pluginSettings["xexec27_timeout"] = "5s" }
    let folder = server.dovecot.folder.path
    let result = try run(
      [
        "/bin/sh", "-c", "cd \(folder) && exec \"$0\" -c dovecot.conf", PrivateDovecot.checkProgram,
      ],
      environment: ["PATH": "/usr/bin:/bin"], timeout: .seconds(60))
    #expect(
      result.output.hasPrefix("warning: xexec27_timeout (\(folder)/dovecot.conf:"),
      "\(result.output)\(result.errorOutput)")
  }

  @Test("Exit statuses, and a configuration that Dovecot refuses")
  func statuses() throws {
    let server = try Server { _, options in options.pluginSettings["xexec27_timeout"] = "5s" }
    #expect(try check(server.dovecot).status == 0)
    #expect(try check(server.dovecot, "--strict").status == 1)
    #expect(try check(["--nonsense"]).status == 64)
    #expect(try check(["--doveconf", "/nowhere/doveconf"]).status == 69)
    #expect(try check(["--doveconf", "/bin/true"]).status == 69)
    #expect(try check(["--version"]).output.wholeMatch(of: /[0-9]+\.[0-9.]+\n/) != nil)
    let folder = server.dovecot.folder
    for text in ["xexec = a:/bin/true\n", "plugin {\n", "plugin {\n  xexec = a:/bin/sh $HOME\n}\n"]
    {
      let file = try folder.addFile(named: "wrong.conf", octets: Array("ssl = no\n\(text)".utf8))
      let result = try check(["-c", file])
      #expect(result.status == 78)
      #expect(
        result.output.hasPrefix(
          "error: Dovecot refuses its configuration: doveconf: Fatal: Error in configuration file ")
      )
    }
  }
}

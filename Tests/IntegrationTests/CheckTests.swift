import Foundation
import Glibc
import PrivateDovecot
import Testing

/// `xexec-check` on the configuration of a real Dovecot.
@Suite struct CheckTests {
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
    let (status, lines) = try CheckRun.of(dovecot, "--strict")
    #expect(lines == ["6 modules, nothing to complain about"])
    #expect(status == 0)
    // the account of its users has no name, and Dovecot takes no number there
    let account = dovecot.mailUserID
    #expect(
      try CheckRun.of(dovecot, Server.user).lines.map {
        $0.replacing(/conf:[0-9]+/, with: "conf:N")
      } == [
        "error: service xexec-changepassword { unix_listener } (@/dovecot.conf:N): account "
          + "\(account), which imap runs as, may not open it: "
          + "write \"user = \(account)\" and \"mode = 0600\""
      ])
    #expect(try passwords.connect().command("CAPABILITY").texts[0].contains("XEXEC=CHANGEPASSWORD"))
  }

  @Test(
    "The options of xexec-modules, by the program itself", .enabled(if: geteuid() == 0))
  func options() throws {
    let server = try Server { folder, options in
      let program = try folder.addProgram(copying: PrivateDovecot.modulesProgram)
      options.modules = [
        "a": .init("\(program) smtp --rely smtp://127.0.0.1 --", stdin: "literal"),
        "b": .init("\(program) blaklist --"),
        "c": .init("\(program) smtp --relay r --from-header alowed --", stdin: "literal"),
      ]
      for module in ["a", "c"] { options.modules[module]?.timeout = "15m" }
    }
    let (status, lines) = try CheckRun.of(server.dovecot)
    let texts = [
      "smtp has no option --rely: --relay was meant?",
      "smtp needs the option --relay: see \"xexec-modules smtp --help\"",
      "xexec-modules has no subcommand \"blaklist\": write blacklist",
      "--from-header cannot be \"alowed\": write allowed, or strict, or any",
    ]
    #expect(lines.count == texts.count)
    for (line, text) in zip(lines, texts) {
      #expect(line.hasPrefix("error: ") && line.hasSuffix("): \(text)"), "\(line)")
    }
    #expect(status == 1)
  }

  @Test("smtp with the time of a module that answers at once")
  func time() throws {
    let server = try Server { folder, options in
      let program = try folder.addProgram(copying: PrivateDovecot.modulesProgram)
      options.modules = ["a": .init("\(program) smtp --relay r --", stdin: "literal")]
    }
    let lines = try CheckRun.of(server.dovecot).lines
    #expect(
      lines.count == 1 && lines[0].contains("the relay 600 s to confirm a message"), "\(lines)")
  }

  @Test("The home is the Maildir, where a new user's list could be deleted: that is said")
  func mailFolder() throws {
    let server = try Server { folder, options in
      let program = try folder.addProgram(copying: PrivateDovecot.modulesProgram)
      options.modules = ["blacklist": .init("\(program) blacklist --")]
      options.mailPath = "~"
      options.servesLMTP = true
    }
    for users in [[], [Server.user]] {
      let lines = try CheckRun.result(["-c", "\(server.dovecot.folder.path)/dovecot.conf"] + users)
        .output.split(separator: "\n")
      #expect(
        lines.filter {
          $0.contains(
            "clients see .xexec as a mail folder and can delete it: add \"--directory xexec\"")
        }.count == 1, "\(lines)")
    }
  }

  @Test("A plugin of another ABI, and none")
  func plugin() throws {
    let server = try Server()
    let file = "\(server.dovecot.folder.path)/modules/lib10_xexec_plugin.so"
    var octets = try Data(contentsOf: URL(fileURLWithPath: file))
    let version = try #require(octets.range(of: Data("ABIv".utf8)))
    octets[version.upperBound] = UInt8(ascii: "7")
    try FileManager.default.removeItem(atPath: file)
    #expect(try CheckRun.of(server.dovecot).lines.count == 1)
    #expect(
      try CheckRun.of(server.dovecot).lines[0].contains(": there is no lib10_xexec_plugin.so in @"))
    try octets.write(to: URL(fileURLWithPath: file))
    let line = try CheckRun.of(server.dovecot).lines[0]
    let series = DovecotVersion.is24 ? "2.4" : "2.3"
    #expect(
      line.contains(": @/modules/lib10_xexec_plugin.so was built for Dovecot \(series).ABIv7"))
    #expect(throws: (any Error).self) { try server.connect().command("NOOP") }
  }

  @Test("Users: what the userdb gives them")
  func users() throws {
    let server = try Server { _, options in
      options.users[0].modules = [
        "args": "bin/echo", "mine": "/bin/no-such-program %{user}",
      ]
      options.users.append(.init(name: "joe@example.com", password: "secret"))
    }
    #expect(try CheckRun.of(server.dovecot).lines == ["2 modules, nothing to complain about"])
    #expect(
      try CheckRun.of(server.dovecot, "joe@example.com").lines
        == ["2 modules, nothing to complain about"])
    let (status, lines) = try CheckRun.of(server.dovecot, Server.user, "nobody@example.com")
    let (args, mine) = DovecotVersion.is24 ? ("xexec args", "xexec mine") : ("xexec2", "xexec3")
    #expect(
      lines == [
        "error: \(args) (userdb of marc@perkel.com): is ignored: "
          + "the program is neither an absolute path nor unix:SOCKET nor tcp:HOST:PORT",
        "error: \(mine) (userdb of marc@perkel.com): there is no /bin/no-such-program: "
          + "correct the path, or install the file",
        "error: user nobody@example.com: the running Dovecot has no such user: see its userdb, "
          + "where a change counts after \"doveadm reload\"",
      ])
    #expect(status == 1)
    server.dovecot.shutDown()
    #expect(
      try CheckRun.of(server.dovecot, Server.user).lines[0].hasPrefix(
        "error: user marc@perkel.com: doveadm cannot tell: "))
  }

  /// A server with a setting that stands there twice, which is a warning.
  private func serverWithWarning() throws -> Server {
    try Server { _, options in
      for time in ["5s", "6s"] { options.pluginSettings.append("xexec_timeout", time) }
    }
  }

  @Test("A configuration that is named by a path from the working folder: its places are told")
  func relativePath() throws {
    let server = try serverWithWarning()
    let folder = server.dovecot.folder.path
    let result = try run(
      [
        "/bin/sh", "-c", "cd \(folder) && exec \"$0\" -c dovecot.conf", PrivateDovecot.checkProgram,
      ],
      environment: ["PATH": "/usr/bin:/bin"], timeout: .seconds(60))
    #expect(
      result.output.hasPrefix("warning: xexec_timeout (\(folder)/dovecot.conf:"),
      "\(result.output)\(result.errorOutput)")
  }

  @Test("Exit statuses")
  func statuses() throws {
    let server = try serverWithWarning()
    #expect(try CheckRun.of(server.dovecot).status == 0)
    #expect(try CheckRun.of(server.dovecot, "--strict").status == 1)
    #expect(try CheckRun.result(["--nonsense"]).status == 64)
    #expect(try CheckRun.result(["--doveconf", "/nowhere/doveconf"]).status == 69)
    #expect(try CheckRun.result(["--doveconf", "/bin/true"]).status == 69)
    #expect(try CheckRun.result(["--version"]).output.wholeMatch(of: /[0-9]+\.[0-9.]+\n/) != nil)
  }
}

import Foundation
import Glibc
import PrivateDovecot
import Testing

/// What a program says for the administrator, and what the log says of commands that ran nothing.
@Suite struct ProgramLogTests {
  /// The lines of the log that hold `text`, with their level in front, and without Dovecot's prefix.
  private func log(_ server: Server, _ text: String) throws -> [String] {
    try server.dovecot.waitForLog(containing: text)
    return server.dovecot.logText().split(separator: "\n").filter { $0.contains(text) }.map {
      String($0.split(separator: ">: ", maxSplits: 1).last ?? $0)
        .replacing(/pid [0-9]+/, with: "pid N")
    }
  }

  @Test("A program's words for the log are there with the user in front, and not with the client")
  func words() throws {
    let server = try Server()
    let client = try server.connect()
    let reply = try client.run(
      script: """
        printf '\\005[LOG] /etc/relay: no such host\\n\\005[LOG WARNING] w\\n\\005[LOG INFO] i\\n'
        echo 'Try again later.'; exit 75
        """)
    #expect(reply.texts == ["* OK Try again later."])
    reply.expectExit(75)
    _ = server.pluginLog(count: 4)
    #expect(
      try log(server, "pid ").prefix(3) == [
        "Error: xexec: module sh, pid N: /etc/relay: no such host",
        "Warning: xexec: module sh, pid N: w", "Info: xexec: module sh, pid N: i",
      ])
    #expect(
      server.dovecot.logText().contains("imap(\(Server.user))<"), "\(server.dovecot.logText())")
  }

  @Test("Control characters of two octets are not in the log: terminals take commands from them")
  func controls() throws {
    let server = try Server()
    let client = try server.connect()
    try client.run(
      script: "printf '\\005[LOG] \\302\\23331mtext\\302\\205 \\302\\240\\303\\251\\302\\237.\\n'")
    _ = server.pluginLog(count: 2)
    #expect(
      try log(server, "31mtext") == ["Error: xexec: module sh, pid N:   31mtext   \u{A0}\u{E9}  ."])
  }

  @Test("Behind a service a program fails with a status and a code, and the log stays quiet")
  func status() throws {
    let server = try Server { _, options in
      options.globalText = """
        service xexec-sh {
          executable = script /bin/sh -c
          \(geteuid() == 0 ? "user = nobody" : "")
          unix_listener xexec-sh {
            mode = 0666
          }
        }
        """
      options.modules["far"] = "unix:xexec-sh"
    }
    let client = try server.connect()
    func run(_ script: String) throws -> IMAPReply {
      let tag = client.makeTag()
      try client.sendLine("\(tag) XEXEC far {\(script.utf8.count)+}\r\n\(script)")
      return try client.readResponses(untilTagged: tag)
    }
    let failed = try run(
      "printf '\\005[LOG INFO] wrong password, rip=192.0.2.1\\n\\005[STATUS 77] [NOPERM] Wrong.\\n'"
    )
    #expect(failed.texts == ["* NO [NOPERM] Wrong."])
    failed.expectExit(77)
    let log = server.pluginLog(count: 2)
    #expect(log[0] == "xexec: module far, unix:xexec-sh: wrong password, rip=192.0.2.1")
    #expect(log[1].hasPrefix("xexec: module far, unix:xexec-sh: exit status 77, "))
    server.expectNoComplaints()

    // a service that says that it failed is believed
    #expect(try run("printf '\\005[STATUS 77] x\\n'; exit 1").outcome == "NO command failed")
  }

  @Test("A program that the system cannot load: the log has why, the client has not")
  func notLoaded() throws {
    let server = try Server { _, options in
      options.modules["small"] = "/bin/sh -c 'ulimit -v 5500; exec /usr/bin/perl'"
      options.modules["late"] = "/bin/sh -c 'echo hello; nosuchcommand'"
    }
    let client = try server.connect()
    let reply = try client.command("XEXEC small")
    #expect(reply.texts == [])
    reply.expectExit(127)
    let log = server.pluginLog(count: 2)
    #expect(
      log[0].contains(#/pid [0-9]+: /usr/bin/perl: error while loading shared libraries: /#),
      "\(log)")
    // what has begun to speak goes on
    let late = try client.command("XEXEC late")
    #expect(late.texts.count == 2 && late.texts[0] == "* OK hello")
    #expect(late.texts[1].hasPrefix("* NO "))
    late.expectExit(127)
  }

  @Test("With xexec_stderr = log the administrator reads stderr, and the client does not")
  func stderr() throws {
    let server = try Server { _, options in
      options.modules["quiet"] = .init("/bin/sh -c", stderr: "log")
    }
    let client = try server.connect()
    let script = "echo out; printf 'Traceback\\n\\033[31mx\\n' >&2; exit 1"
    let quiet = try client.command("XEXEC quiet {\(script.utf8.count)+}\r\n\(script)")
    #expect(quiet.texts == ["* OK out"])
    quiet.expectExit(1)
    #expect(
      try log(server, "module quiet").prefix(2) == [
        "Error: xexec: module quiet, pid N: Traceback",
        "Error: xexec: module quiet, pid N:  [31mx",
      ])
    #expect(try client.run(script: script).texts.contains("* NO Traceback"))
  }

  @Test("A command that is refused is a line of the log, without its arguments")
  func refused() throws {
    let server = try Server { _, options in
      options.modules["letter"] = "/bin/cat"
      options.modules["letter"]?.stdin = "literal"
      options.modules["letter"]?.maxLiteral = "10"
    }
    let client = try server.connect()
    for command in ["none secret", "letter secret {11+}\r\nsecret-text"] {
      #expect(!(try client.command("XEXEC \(command)").isOK))
    }
    let lines = [
      "xexec: module none: no such module",
      "xexec: module letter: literal is too large, 11 octets",
    ]
    #expect(server.pluginLog(count: 2) == lines)
    server.expectNoComplaints()
  }

  @Test(
    "The userdb takes a module from its user: no, nothing, or the list without it",
    arguments: DovecotVersion.is24
      ? [("xexec/args/program", "no"), ("xexec", "sh")] : [("xexec2", "no"), ("xexec2", "")])
  func takenAway(field: String, value: String) throws {
    let server = try Server { _, options in
      options.users[0].userdbFields.append(field, value)
    }
    let client = try server.connect()
    let capabilities = try client.command("CAPABILITY").lines.joined()
    #expect(capabilities.contains(" XEXEC=SH"))
    #expect(!capabilities.contains("XEXEC=ARGS"))
    let reply = try client.command("XEXEC args")
    #expect(reply.outcome == "NO [NONEXISTENT] no such module")
    #expect(server.pluginLog(count: 1) == ["xexec: module args: no such module"])
  }

  @Test("The version is in the log at debug level, and in the file")
  func version() throws {
    let server = try Server { _, options in options.mailDebug = true }
    _ = try server.connect().command("NOOP")
    let line = try #require(server.pluginLog(count: 1).first)
    #expect(line.contains(/^xexec: version [0-9]+\.[0-9]+\.[0-9]+$/))
    let plugin = try #require(ProcessInfo.processInfo.environment["XEXEC_PLUGIN"])
    let file = try Data(contentsOf: URL(fileURLWithPath: plugin))
    #expect(file.range(of: Data(line.utf8)) != nil)
  }
}

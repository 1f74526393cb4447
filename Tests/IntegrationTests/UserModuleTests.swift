import PrivateDovecot
import Testing

/// What the userdb can change from Dovecot 2.4 on: `xexec/NAME/KEY`, and the list of modules.
@Suite(.for24) struct UserModuleTests {
  /// Connects as a user who has these fields, to a server with the modules `sh` and `args`.
  private func connect(
    _ fields: PrivateDovecot.Settings
  ) throws -> (server: Server, client: IMAPConnection) {
    let server = try Server { _, options in options.users[0].userdbFields = fields }
    return (server, try server.connect())
  }

  @Test("An option of one module")
  func option() throws {
    let (_, client) = try connect(["xexec/sh/timeout": "300ms"])
    #expect(try client.command("XEXEC sh \"sleep 30\"").outcome == "NO [LIMIT] command timed out")
    #expect(try client.command("XEXEC args x").isOK)
  }

  @Test("The default of all modules")
  func defaults() throws {
    let (_, client) = try connect(["xexec_timeout": "300ms"])
    #expect(try client.command("XEXEC sh \"sleep 30\"").outcome == "NO [LIMIT] command timed out")
  }

  @Test("A module more")
  func more() throws {
    let (_, client) = try connect([
      "xexec+": "extra", "xexec/extra/program": "/bin/echo 'a  b' %{user}",
    ])
    #expect(
      try ConfigurationTests.capabilities(client)
        == ["XEXEC", "XEXEC=SH", "XEXEC=ARGS", "XEXEC=EXTRA"])
    #expect(try client.command("XEXEC extra").texts == ["* OK a  b \(Server.user)"])
  }

  @Test("Only some, in another order, and none")
  func fewer() throws {
    #expect(
      try ConfigurationTests.capabilities(connect(["xexec": "args,sh"]).client)
        == ["XEXEC", "XEXEC=ARGS", "XEXEC=SH"])
    #expect(
      try ConfigurationTests.capabilities(connect(["xexec": "args"]).client)
        == ["XEXEC", "XEXEC=ARGS"])
    let (_, client) = try connect(["xexec": ""])
    #expect(try ConfigurationTests.capabilities(client) == [])
    #expect(try client.command("XEXEC sh x").outcome == "NO [NONEXISTENT] no such module")
  }

  @Test("A program that is none, and a name without anything, are logged and skipped")
  func bad() throws {
    let (server, client) = try connect([
      "xexec/args/program": "bin/echo", "xexec+": "empty",
    ])
    #expect(try ConfigurationTests.capabilities(client) == ["XEXEC", "XEXEC=SH"])
    let log = server.pluginLog(count: 2).filter { $0.contains("is ignored") }
    #expect(log.count == 2, "\(log)")
    #expect(log.contains { $0.contains("args") && $0.contains("absolute path") }, "\(log)")
    // there is nothing by this name, and so says Dovecot
    #expect(log.contains { $0.contains("xexec empty is ignored") }, "\(log)")
  }

  @Test("A value that is none: the user loses that module at most, and the log says why")
  func badValue() throws {
    let server = try Server { _, options in
      options.users[0].userdbFields = ["xexec/args/timeout": "soon"]
      options.users.append(.init(name: "joe@example.com", password: Server.password))
    }
    let other = try server.connect(as: "joe@example.com")
    #expect(try other.command("XEXEC args x").isOK)
    // Dovecot itself may refuse such a log-in, as with every setting of the userdb
    if let client = try? server.connect(), (try? client.command("NOOP").isOK) == true {
      #expect(try ConfigurationTests.capabilities(client) == ["XEXEC", "XEXEC=SH"])
    }
    try server.dovecot.waitForLog(containing: "soon")
    try other.expectInStep()
  }
}

import Foundation
import PrivateDovecot
import Testing

/// Section 1 of the contract: the command and its arguments.
@Suite struct CommandTests {
  @Test("Arguments of every kind reach the program octet for octet")
  func arguments() throws {
    let client = try Server().connect()
    let reply = try client.command(
      #"XEXEC args atom "quoted \"x\" \\ y" "" NIL -- -rf "$(id)" "`id`" *"#)
    #expect(
      reply.texts == [
        "* OK <atom>", #"* OK <quoted "x" \ y>"#, "* OK <>", "* OK <NIL>", "* OK <-->",
        "* OK <-rf>", "* OK <$(id)>", "* OK <`id`>", "* OK <*>",
      ])
    #expect(reply.outcome == "OK command exited successfully")
  }

  @Test("Literals are arguments: synchronising, LITERAL+, with line ends and 8-bit octets in them")
  func literals() throws {
    let client = try Server().connect()
    try client.sendLine("s XEXEC args {5}")
    #expect(try client.readLine() == Array("+ OK".utf8))
    try client.sendLine("a\r\nb\n {4+}\r\nüé x")
    let reply = try client.readResponses(untilTagged: "s")
    // printf ends each of them with a newline; those in the literal end lines as well
    #expect(reply.texts == ["* OK <a", "* OK b", "* OK >", "* OK <üé>", "* OK <x>"])
    #expect(reply.isOK)
  }

  @Test("The module's name is matched without regard to case")
  func moduleCase() throws {
    let client = try Server().connect()
    #expect(try client.command("xexec ARGS x").texts == ["* OK <x>"])
  }

  @Test(
    "What is no command is answered BAD, and nothing is run",
    arguments: [
      "XEXEC", "XEXEC ", #"XEXEC "args" x"#, "XEXEC {4+}\r\nargs x", "XEXEC (args) x",
      "XEXEC args (x)", "XEXEC args x (", "XEXEC ar%gs x", "XEXEC args* x", "XEXEC ar]gs x",
      "XEXEC args {3+}\r\na\0b",
    ])
  func bad(command: String) throws {
    let server = try Server()
    let client = try server.connect()
    let reply = try client.command(command)
    #expect(reply.status == "BAD", "\(reply.lines)")
    #expect(reply.untagged.isEmpty)
    try client.expectInStep()
    #expect(server.pluginLog().isEmpty)
  }

  @Test("A module that nobody configured is NONEXISTENT")
  func unknownModule() throws {
    let client = try Server().connect()
    let reply = try client.command("XEXEC nothing x")
    #expect(reply.outcome == "NO [NONEXISTENT] no such module")
    #expect(reply.untagged.isEmpty)
    try client.expectInStep()
  }

  @Test("More than the system accepts is a LIMIT, and the connection goes on")
  func tooLong() throws {
    let client = try Server { _, options in options.imapMaxLineLength = 1_000_000 }.connect()
    let argument = String(repeating: "x", count: 200_000)
    let reply = try client.command("XEXEC args {\(argument.count)+}\r\n\(argument)")
    #expect(reply.outcome == "NO [LIMIT] arguments are too long")
    try client.expectInStep()
  }

  @Test("A program that cannot be started: the client learns nothing, the log path and reason")
  func notStarted() throws {
    let server = try Server { folder, options in
      options.modules["gone"] = "/nonexistent/dir/program"
      let file = try folder.addFile(named: "notexecutable", octets: Array("x".utf8))
      options.modules["plain"] = "\(file)"
      options.modules["folder"] = "/etc"
    }
    let client = try server.connect()
    for module in ["gone", "plain", "folder"] {
      let reply = try client.command("XEXEC \(module) x")
      #expect(reply.outcome == "NO [SERVERBUG] command could not be started")
      #expect(reply.untagged.isEmpty, "\(reply.lines)")
      try client.expectInStep()
    }
    #expect(try client.command("XEXEC args x").texts == ["* OK <x>"])
    let log = server.pluginLog(count: 4)
    #expect(
      log.contains(
        "xexec: module gone: program could not be started: /nonexistent/dir/program: "
          + "No such file or directory"))
    #expect(log.contains { $0.contains("module plain") && $0.hasSuffix("Permission denied") })
  }

  @Test("XEXEC before login is no command")
  func beforeLogin() throws {
    let server = try Server()
    let client = try IMAPConnection(port: server.dovecot.port)
    #expect(try client.command("XEXEC args x").status == "BAD")
  }

  @Test("Commands sent behind a running program are executed after it, in order")
  func pipelined() throws {
    let client = try Server().connect()
    let script = "sleep 0.3; echo one; echo two"
    try client.send(
      "a XEXEC sh {\(script.utf8.count)+}\r\n\(script)\r\nb NOOP\r\nc XEXEC args x\r\n"
        + "d CAPABILITY\r\ne XEXEC args y\r\n")
    let lines = try ["a", "b", "c", "d", "e"].flatMap {
      try client.readResponses(untilTagged: $0).lines
    }
    #expect(
      lines.map { $0.split(separator: " ").prefix(3).joined(separator: " ") } == [
        "* OK one", "* OK two", "a OK command", "b OK NOOP", "* OK <x>", "c OK command",
        "* CAPABILITY IMAP4rev1", "d OK Capability", "* OK <y>", "e OK command",
      ])
  }

  @Test("Ten thousand commands behind a running program, and a big input buffer's worth")
  func manyPipelined() throws {
    let client = try Server().connect()
    let script = "sleep 0.5; echo done"
    let sender = Thread {
      try? client.send("x XEXEC sh {\(script.utf8.count)+}\r\n\(script)\r\n")
      try? client.send((0..<10_000).map { "n\($0) NOOP\r\n" }.joined())
    }
    sender.start()
    #expect(try client.readResponses(untilTagged: "x").texts == ["* OK done"])
    for number in 0..<10_000 {
      let reply = try client.readResponses(untilTagged: "n\(number)")
      if !reply.isOK || !reply.untagged.isEmpty { Issue.record("\(reply.lines)") }
    }
  }

  @Test("A FETCH on its way out stays whole when XEXEC is pipelined behind it")
  func fetchBefore() throws {
    let client = try Server().connect(receiveBufferSize: 8192)
    let message = "Subject: x\r\n\r\n" + String(repeating: "0123456789abcde\r\n", count: 120_000)
    #expect(try client.command("APPEND INBOX {\(message.utf8.count)+}\r\n\(message)").isOK)
    #expect(try client.command("SELECT INBOX").isOK)
    try client.send("f FETCH 1 BODY[]\r\nx XEXEC args behind\r\nn NOOP\r\n")
    Thread.sleep(forTimeInterval: 0.5)
    let fetch = try client.readResponses(untilTagged: "f")
    let body = try #require(fetch.untagged.first { $0.text.contains("BODY[]") })
    #expect(
      String(decoding: body.octets, as: UTF8.self)
        .contains("BODY[] {\(message.utf8.count)}\r\n\(message)"))
    #expect(try client.readResponses(untilTagged: "x").texts.last == "* OK <behind>")
    #expect(try client.readResponses(untilTagged: "n").isOK)
  }

  @Test("A command that was waiting for something else ends without harm to a running program")
  func urlfetchBefore() throws {
    let server = try Server { _, options in
      options.users.append(.init(name: "joe@example.com", password: Server.password))
      options.globalText = "imap_urlauth_host = localhost\n"
      options.metadataFile = "dict"
      options.moduleDefaults.timeout = "5m"
    }
    // a URL that can be fetched, by another user's process: at others imap of 2.4 panics by itself
    let other = try server.connect(as: "joe@example.com")
    try other.append()
    let made = try other.command(
      "GENURLAUTH \"imap://joe%40example.com@localhost/INBOX/;uid=1;urlauth=anonymous\" INTERNAL")
    let url = try #require(made.texts.first?.split(separator: " ").last)
    let client = try server.connect()
    let go = "\(server.home)/go"
    let script = "echo on; until [ -e \(go) ]; do sleep 0.1; done; echo end"
    try client.send(
      "u URLFETCH \(url)\r\n"
        + "x XEXEC sh {\(script.utf8.count)+}\r\n\(script)\r\n")
    let before = try client.readResponses(untilTagged: "u", timeout: .seconds(100))
    #expect(before.texts.contains("* OK on"), "URLFETCH was not pending: \(before.lines)")
    // imap-urlauth of 2.3.19 panics when it has something to fetch
    if DovecotVersion.is24 {
      #expect(before.texts.contains { $0.contains("Subject: hello") }, "\(before.lines)")
    }
    #expect(FileManager.default.createFile(atPath: go, contents: nil))
    let reply = try client.readResponses(untilTagged: "x")
    #expect(reply.texts.last == "* OK end")
    #expect(reply.isOK)
  }

  @Test("64 kB of arguments and 5,000 arguments arrive")
  func manyArguments() throws {
    let client = try Server { _, options in options.imapMaxLineLength = 200_000 }.connect()
    let long = String(repeating: "a", count: 64_000)
    let one = try client.command(
      "XEXEC sh \"printf %s \\\"$0\\\" | wc -c\" {\(long.count)+}\r\n\(long)")
    #expect(one.texts == ["* OK 64000"])
    let many = try client.command(
      "XEXEC sh \"echo $#\" " + Array(repeating: "x", count: 5001).joined(separator: " "))
    #expect(many.texts == ["* OK 5000"])
  }
}

import Foundation
import PrivateDovecot
import Testing

/// A client is authenticated, not trusted.
@Suite struct HostileClientTests {
  let server: Server
  let client: IMAPConnection

  init() throws {
    server = try Server()
    client = try server.connect()
  }

  @Test("A literal that is announced and never sent starts nothing, and ends with its connection")
  func literalNeverSent() throws {
    try client.send("x XEXEC sh {100}\r\n")
    #expect(try client.readLine() == Array("+ OK".utf8))
    try client.send("echo ")
    Thread.sleep(forTimeInterval: 0.3)
    let other = try server.connect()
    #expect(try other.command("XEXEC args x").isOK)
    client.close()
    other.close()
    expectSoon("imap has left") { server.dovecot.imapProcessIDs().isEmpty }
    #expect(server.pluginLog(count: 1).count == 1)
  }

  @Test(
    "A literal larger than any argument can be is refused before it is sent",
    arguments: ["{99999999}", "{99999999+}", "{18446744073709551615}", "{99999999999999999999999}"])
  func hugeLiteral(literal: String) throws {
    try client.send("x XEXEC args \(literal)\r\n")
    let answer = String(decoding: try client.readToEnd(), as: UTF8.self)
    #expect(answer.hasPrefix("* BYE ") || answer.hasPrefix("x BAD "), "\(answer)")
    #expect(server.pluginLog().isEmpty)
  }

  @Test("Lists in lists, however deep, are BAD", arguments: ["args", "data"])
  func deepLists(module: String) throws {
    let server = try Server { _, options in
      options.modules["data"] = "/bin/cat"
      options.modules["data"]?.stdin = "literal"
      options.imapMaxLineLength = 1_000_000
    }
    let client = try server.connect()
    let depth = 200_000
    for inner in ["", "{3+}\r\nabc"] {
      let open = String(repeating: "(", count: depth)
      let close = String(repeating: ")", count: depth)
      let tag = client.makeTag()
      try client.send("\(tag) XEXEC \(module) \(open)\(inner)\(close)\r\n")
      #expect(try client.readResponses(untilTagged: tag).status == "BAD")
      try client.expectInStep()
    }
  }

  @Test("Answers without a prompt are commands, and answered as such")
  func answersWithoutPrompt() throws {
    let reply = try client.run(script: "true")
    #expect(reply.isOK)
    try client.sendLine("my secret answer")
    #expect(try client.readResponses(untilTagged: "my").status == "BAD")
    try client.expectInStep()
  }

  @Test(
    "What looks like options or shell is text",
    arguments: [
      "--", "-rf", "--help", "$(id)", "`id`", "a\nb", "a\r\nb NOOP\r\n", "${IFS}", "; exit 9",
      "|id", "&&id", "%s%s%n", "\u{1b}[31m", "\u{5}", "\u{5}prompt?",
    ])
  func text(argument: String) throws {
    let tag = client.makeTag()
    try client.sendLine(
      "\(tag) XEXEC sh {21+}\r\nprintf '%s' \"$0\" | od {\(argument.utf8.count)+}\r\n\(argument)")
    let reply = try client.readResponses(untilTagged: tag)
    let check = try server.dovecot.folder.addFile(named: "argument", octets: Array(argument.utf8))
    #expect(try reply.texts == client.run(script: "od \(check)").texts)
    try client.expectInStep()
  }

  @Test("A thousand XEXECs of unknown modules and of bad syntax: the plugin stands")
  func nonsense() throws {
    for _ in 0..<8 {
      for _ in 0..<15 { #expect(try client.command("XEXEC (").status == "BAD") }
      // Dovecot closes the connection after 20 bad commands in a row
      #expect(try client.command("XEXEC nothing").status == "NO")
      #expect(try client.command("XEXEC args x").isOK)
    }
  }

  @Test("Programs are not started while the arguments are still coming")
  func slowArguments() throws {
    for octet in Array("x XEXEC args {3+}\r\nabc \"d e\" f".utf8) {
      try client.send([octet])
      Thread.sleep(forTimeInterval: 0.005)
    }
    Thread.sleep(forTimeInterval: 0.2)
    #expect(server.pluginLog().isEmpty)
    try client.send("\r\n")
    #expect(
      try client.readResponses(untilTagged: "x").texts == ["* OK <abc>", "* OK <d e>", "* OK <f>"])
  }
}

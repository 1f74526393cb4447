import Foundation
import PrivateDovecot
import Testing

/// RFC 9585: a client that waits is told that its command is still being worked on.
@Suite struct ProgressTests {
  private func server() throws -> Server {
    try Server { _, options in
      options.modules["words"] = "/bin/sh -c"
      options.modules["words"]?.progress = "text"
      options.modules["quiet"] = "/bin/sh -c"
      options.modules["quiet"]?.progress = "no"
      options.modules["data"] = "/bin/sh -c"
      options.modules["data"]?.stdin = "literal"
    }
  }

  @Test("After 10 seconds of silence, by its code, in words or not at all")
  func silence() throws {
    let server = try server()
    let clients = try ["sh", "words", "quiet"].map { module in
      let client = try server.connect()
      try client.sendLine("a XEXEC \(module) \"sleep 12; echo end\"")
      return client
    }
    let start = ContinuousClock.now
    #expect(
      try clients[0].readLine(timeout: .seconds(60))
        == Array("* OK [INPROGRESS (\"a\" NIL NIL)] Still working".utf8))
    #expect(ContinuousClock.now - start > .seconds(9))
    #expect(
      try clients[1].readLine(timeout: .seconds(60)) == Array("* OK Still working".utf8))
    for client in clients {
      let reply = try client.readResponses(untilTagged: "a", timeout: .seconds(60))
      #expect(reply.texts == ["* OK end"])
      #expect(reply.isOK)
      try client.expectInStep()
    }
  }

  @Test("Not while a prompt or a literal waits for the client, nor in the middle of a line")
  func waitingForClient() throws {
    let server = try server()
    let prompt = try server.connect()
    let tag = try prompt.start(script: "printf '\\005\\n'; read x; echo \"<$x>\"")
    #expect(try prompt.readLine() == Array("+ OK".utf8))
    let literal = try server.connect()
    try literal.send("a XEXEC data cat {4+}\r\nx")
    Thread.sleep(forTimeInterval: 12)
    try prompt.sendLine("y")
    #expect(try prompt.readResponses(untilTagged: tag).texts == ["* OK <y>"])
    try literal.send("yz\n\r\n")
    #expect(try literal.readResponses(untilTagged: "a").texts == ["* OK xyz"])
  }

  @Test("What a program says of its progress, once a second at most")
  func reports() throws {
    let server = try server()
    let script = """
      for i in 1 2 3 4 5; do printf '\\005[PROGRESS %s 5] Step %s\\n' $i $i; done
      echo between; sleep 1.2; printf '\\005[PROGRESS 7]\\n\\005[PROGRESS x]\\n'
      """
    let client = try server.connect()
    let tag = try client.start(script: script)
    let reply = try client.readResponses(untilTagged: tag)
    #expect(
      reply.texts == [
        "* OK [INPROGRESS (\"\(tag)\" 1 5)] Step 1", "* OK between",
        "* OK [INPROGRESS (\"\(tag)\" 7 NIL)] Still working", "* OK [XEXEC] [PROGRESS x]",
      ])
    #expect(reply.isOK)

    try client.send("b XEXEC data {\(0)+}\r\n\r\n")
    #expect(!(try client.readResponses(untilTagged: "b")).isOK)
    let report = "\"printf '\\\\005[PROGRESS 1 2] x\\\\n'\""
    #expect(
      try client.command("XEXEC words \(report)").texts == ["* OK x (1 of 2)"])
    #expect(try client.command("XEXEC quiet \(report)").texts == [])
    try client.sendLine("c XEXEC data \(report) {0+}\r\n")
    #expect(
      try client.readResponses(untilTagged: "c").texts == ["* OK [INPROGRESS (\"c\" 1 2)] x"])
  }
}

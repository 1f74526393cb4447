import Foundation
import PrivateDovecot
import Testing

/// With COMPRESS=DEFLATE (RFC 4978) the octets are not those of the socket.
@Suite struct CompressTests {
  let client: IMAPConnection

  init() throws {
    client = try Server { _, options in
      options.imapMailPlugins = PrivateDovecot.compressPlugins + ["xexec"]
    }.connect()
    try client.compress()
  }

  @Test("Prompts: one by one, and with answers sent ahead")
  func prompts() throws {
    let script = PromptTests.repeating(3)
    let tag = try client.start(script: script)
    for number in 0..<3 {
      #expect(try client.readUntilContinuation().last?.text == "+ OK")
      try client.sendLine("answer \(number)")
    }
    #expect(try client.readResponses(untilTagged: tag).texts == ["* OK <answer 2>"])

    try client.send("x XEXEC sh {\(script.utf8.count)+}\r\n\(script)\r\n1\r\n2\r\n3\r\nn NOOP\r\n")
    #expect(
      try client.readResponses(untilTagged: "x").texts
        == ["+ OK", "* OK <1>", "+ OK", "* OK <2>", "+ OK", "* OK <3>"])
    #expect(try client.readResponses(untilTagged: "n").texts.isEmpty)
  }

  @Test("Lines arrive while the program goes on")
  func immediate() throws {
    try client.expectLinesAtOnce()
  }

  @Test("Twenty megabytes, with a command pipelined behind them")
  func flood() throws {
    let tag = try client.start(script: "seq -f 'line %.0f of many, many lines' 500000")
    try client.sendLine("n NOOP")
    let reply = try client.readResponses(untilTagged: tag)
    #expect(reply.untagged.count == 500_000)
    #expect(reply.untagged.last?.text == "* OK line 500000 of many, many lines")
    #expect(try client.readResponses(untilTagged: "n").isOK)
  }
}

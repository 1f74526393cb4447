import Foundation
import PrivateDovecot
import Testing

/// Sizes and forms of literals, good and bad: what is refused, and that the server lives on.
@Suite struct LiteralSizeTests {
  private func server(
    _ configure: (PrivateFolder, inout PrivateDovecot.Options) throws -> Void = { _, _ in }
  ) throws -> Server {
    try Server { folder, options in
      options.pluginSettings["xexec3"] = "data:/bin/sh -c"
      options.pluginSettings["xexec3_stdin"] = "literal"
      options.pluginSettings["xexec3_max_literal"] = "1k"
      try configure(folder, &options)
    }
  }

  private static let tooLarge = "NO [LIMIT] literal is too large"

  @Test("The largest literal is taken, one octet more is refused", arguments: ["", "+"])
  func limit(plus: String) throws {
    let server = try server()
    let client = try server.connect()
    for size in ["1024", "0001024"] {
      let tag = client.makeTag()
      try client.sendLine("\(tag) XEXEC data \"wc -c\" {\(size)\(plus)}")
      if plus.isEmpty { #expect(try client.readLine() == Array("+ OK".utf8)) }
      try client.send(String(repeating: "x", count: 1024) + "\r\n")
      #expect(try client.readResponses(untilTagged: tag).texts == ["* OK 1024"])
    }
    let tag = client.makeTag()
    try client.sendLine("\(tag) XEXEC data \"wc -c\" {1025\(plus)}")
    if !plus.isEmpty { try client.send(String(repeating: "x", count: 1025) + "\r\n") }
    let reply = try client.readResponses(untilTagged: tag)
    #expect(reply.outcome == Self.tooLarge)
    #expect(reply.untagged.isEmpty)
    try client.expectInStep()
  }

  @Test("Sizes that no memory holds are refused, and those that no number holds end the connection")
  func hugeSizes() throws {
    let server = try server()
    let client = try server.connect()
    for size in ["9223372036854775807", "9223372036854775808", "18446744073709551615"] {
      #expect(try client.command("XEXEC data x {\(size)}").outcome == Self.tooLarge)
      try client.expectInStep()

      // what is on its way is skipped; nothing of it is a command
      let other = try server.connect()
      try other.sendLine("a XEXEC data x {\(size)+}")
      try other.send(String(repeating: "b LOGOUT\r\n", count: 100_000))
      other.shutdownWrite()
      #expect(try other.readToEnd() == [])
    }
    for size in ["18446744073709551616", "99999999999999999999999999"] {
      for plus in ["", "+"] {
        let client = try server.connect()
        try client.sendLine("a XEXEC data x {\(size)\(plus)}")
        let end = String(decoding: try client.readToEnd(), as: UTF8.self)
        #expect(end.hasPrefix("* BYE "))
      }
    }
    expectSoon("the imap processes have left") { server.dovecot.imapProcessIDs().count == 1 }
    try client.expectInStep()
    #expect(!server.dovecot.logText().contains("Panic"))
  }

  @Test("What is no literal is BAD", arguments: ["{-1}", "{-1+}", "{5-}", "{ 5}", "{5++}", "~{5}"])
  func malformed(literal: String) throws {
    let server = try server()
    let client = try server.connect()
    let reply = try client.command("XEXEC data x \(literal)")
    #expect(reply.status == "BAD", "\(reply.lines)")
    try client.expectInStep()
  }
}

import Foundation
import Glibc
import PrivateDovecot
import Testing

/// Sizes and forms of literals, good and bad: what is refused, and that the server lives on.
@Suite struct LiteralSizeTests {
  private func server(
    _ configure: (PrivateFolder, inout PrivateDovecot.Options) throws -> Void = { _, _ in }
  ) throws -> Server {
    try Server { folder, options in
      options.modules["data"] = "/bin/sh -c"
      options.modules["data"]?.stdin = "literal"
      options.modules["data"]?.maxLiteral = "1k"
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

  @Test("A literal that is too large for an argument ends the connection, and nothing else")
  func largeArgument() throws {
    let server = try server()
    for literal in ["{99999999+}", "{99999999}"] {
      let client = try server.connect()
      try client.sendLine("a XEXEC sh \(literal)")
      #expect(String(decoding: try client.readToEnd(), as: UTF8.self).hasPrefix("* BYE "))
    }
    expectSoon("the imap processes have left") { server.dovecot.imapProcessIDs().isEmpty }
    #expect(!server.dovecot.logText().contains("Panic"))
  }

  @Test("LITERAL-: without being asked for no more than 4096 octets (RFC 7888)")
  func literalMinus() throws {
    let server = try server { _, options in
      options.imapText = "imap_literal_minus = yes"
      options.modules["data"]?.maxLiteral = "1M"
    }
    let client = try server.connect()
    for (size, plus) in [(4096, "+"), (4097, ""), (1 << 20, "")] {
      try client.sendLine("a XEXEC data \"wc -c\" {\(size)\(plus)}")
      if plus.isEmpty { #expect(try client.readLine() == Array("+ OK".utf8)) }
      try client.sendLine(String(repeating: "x", count: size))
      #expect(try client.readResponses(untilTagged: "a").texts == ["* OK \(size)"])
    }
    try client.sendLine("a XEXEC data \"wc -c\" {4097+}")
    #expect(String(decoding: try client.readToEnd(), as: UTF8.self).hasPrefix("* BYE "))
    expectSoon("the imap process has left") { server.dovecot.imapProcessIDs().isEmpty }
    #expect(!server.dovecot.logText().contains("Panic"))
  }

  @Test("Arguments or a second literal behind it are BAD, and so is a literal for the module")
  func places() throws {
    let server = try server()
    let client = try server.connect()
    for line in [
      "data {3+}\r\nabc more", "data x {3+}\r\nabc {5}", "data x {3+}\r\nabc(", "{4+}\r\ndata x",
    ] {
      #expect(try client.command("XEXEC \(line)").status == "BAD")
      try client.expectInStep()
    }
  }

  @Test("A user's own entries have their own literals and services")
  func userdb() throws {
    let server = try server { _, options in
      options.globalText = """
        service xexec-own {
          executable = script /bin/echo
          \(geteuid() == 0 ? "user = nobody" : "")
          unix_listener xexec-own {
            mode = 0666
          }
        }
        """
      options.users[0].modules = [
        "data": .init(maxLiteral: "5"), "own": .init("/usr/bin/wc -c", stdin: "literal"),
        "far": "unix:xexec-own for %{user}",
      ]
    }
    let client = try server.connect()
    #expect(try client.command("XEXEC data cat {5+}\r\n12345").texts == ["* OK 12345"])
    #expect(try client.command("XEXEC data cat {6+}\r\n123456").outcome == Self.tooLarge)
    #expect(try client.command("XEXEC own {6+}\r\n123456").texts == ["* OK 6"])
    #expect(try client.command("XEXEC far x").texts == ["* OK for \(Server.user) x"])
  }

  @Test("Compressed: the octets of the literal are those behind the compression")
  func compressed() throws {
    let server = try server { _, options in
      options.imapMailPlugins = PrivateDovecot.compressPlugins + ["xexec"]
      options.modules["data"]?.maxLiteral = "8M"
    }
    let client = try server.connect()
    try client.compress()
    for plus in ["+", ""] {
      for size in [0, 5, 8 << 20] {
        try client.sendLine("a XEXEC data \"wc -c\" {\(size)\(plus)}")
        if plus.isEmpty { #expect(try client.readLine() == Array("+ OK".utf8)) }
        try client.send(String(repeating: "x", count: size) + "\r\nn NOOP\r\n")
        #expect(try client.readResponses(untilTagged: "a").texts == ["* OK \(size)"])
        #expect(try client.readResponses(untilTagged: "n").isOK)
      }
    }
    // what is refused is skipped
    try client.sendLine("a XEXEC data x {9000000+}")
    try client.send(String(repeating: "b LOGOUT\r\n", count: 900_000) + "\r\nn NOOP\r\n")
    #expect(try client.readResponses(untilTagged: "a").outcome == Self.tooLarge)
    #expect(try client.readResponses(untilTagged: "n").untagged.isEmpty)
  }

  @Test("A client that sends without end keeps no other client of its process waiting")
  func fairness() throws {
    let server = try server { _, options in
      options.imapService = .init(clientLimit: 10, serviceCount: 0, processLimit: 1)
      options.modules["data"]?.maxLiteral = "100G"
      options.modules["data"]?.timeout = "2s"
    }
    let other = try server.connect()
    for command in ["data \"exec cat >/dev/null\"", "data x"] {
      let sending = try server.connect()
      try sending.sendLine("a XEXEC \(command) {\(command == "data x" ? 1 << 40 : 90 << 30)+}")
      let isOver = Flag()
      let sender = Thread {
        let block = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        while !isOver.isSet { try? sending.send(block) }
        isOver.isLeft = true
      }
      sender.start()
      var longest = 0.0
      let end = Date(timeIntervalSinceNow: 4)
      while Date() < end { longest = max(longest, try seconds { try other.expectInStep() }) }
      #expect(longest < 5)
      isOver.isSet = true
      expectSoon("the sender has ended") { isOver.isLeft }
      sending.close()
    }
  }

  private final class Flag: @unchecked Sendable {
    private let lock = NSLock()
    private var set = false, left = false
    var isSet: Bool {
      get { lock.withLock { set } }
      set { lock.withLock { set = newValue } }
    }
    var isLeft: Bool {
      get { lock.withLock { left } }
      set { lock.withLock { left = newValue } }
    }
  }
}

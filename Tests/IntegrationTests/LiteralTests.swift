import Foundation
import PrivateDovecot
import Testing

/// Literals that are a program's stdin. The module `data` runs a shell script with one.
@Suite struct LiteralTests {
  private func server(
    _ configure: (PrivateFolder, inout PrivateDovecot.Options) throws -> Void = { _, _ in }
  ) throws -> Server {
    try Server { folder, options in
      options.modules["data"] = "/bin/sh -c"
      options.modules["data"]?.stdin = "literal"
      options.modules["data"]?.maxLiteral = "1M"
      try configure(folder, &options)
    }
  }

  /// Octets of every kind, which are no text.
  private func octets(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 8) }
  }

  /// What `cksum` prints for the octets.
  private func checksum(_ octets: [UInt8]) throws -> String {
    let file = NSTemporaryDirectory() + uniqueWord()
    try Data(octets).write(to: URL(fileURLWithPath: file))
    defer { try? FileManager.default.removeItem(atPath: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "cksum <\"$0\"", file]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: text, as: UTF8.self).trimmingCharacters(in: .newlines)
  }

  @Test("A literal of any size arrives octet for octet, and then an end of file")
  func arrives() throws {
    let server = try server()
    let client = try server.connect()
    for count in [0, 1, 2, 4095, 4096, 4097, 65535, 65536, 300_000, 1 << 20] {
      let data = octets(count)
      let expected = ["* OK \(try checksum(data)) size \(count)"]
      let script = #""echo $(cksum) size $XEXEC_LITERAL_SIZE""#

      var tag = client.makeTag()
      try client.send(Array("\(tag) XEXEC data \(script) {\(count)+}\r\n".utf8) + data)
      try client.send("\r\n")
      var reply = try client.readResponses(untilTagged: tag)
      #expect(reply.isOK)
      #expect(reply.texts == expected)

      tag = client.makeTag()
      try client.sendLine("\(tag) XEXEC data \(script) {\(count)}")
      #expect(try client.readLine() == Array("+ OK".utf8))
      try client.send(data + Array("\r\n".utf8))
      reply = try client.readResponses(untilTagged: tag)
      #expect(reply.isOK)
      #expect(reply.texts == expected)
      try client.expectInStep()
    }
  }

  @Test("Commands that are sent behind a literal are carried out after it")
  func pipelined() throws {
    let server = try server()
    let client = try server.connect()
    try client.send(
      "a XEXEC data cat {6+}\r\none\r\n\r\r\nb NOOP\r\nc XEXEC data cat {4+}\r\ntwo\n\nd NOOP\r\n")
    #expect(try client.readResponses(untilTagged: "a").texts == ["* OK one", "* OK  "])
    #expect(try client.readResponses(untilTagged: "b").isOK)
    #expect(try client.readResponses(untilTagged: "c").texts == ["* OK two"])
    #expect(try client.readResponses(untilTagged: "d").isOK)
  }

  @Test("Without a literal the module's stdin is for prompts")
  func prompts() throws {
    let server = try server()
    let client = try server.connect()
    let tag = client.makeTag()
    try client.sendLine(
      #"\#(tag) XEXEC data "printf '\\005Name?\\n'; read -r a; echo $a $XEXEC_LITERAL_SIZE""#)
    #expect(try client.readLine() == Array("+ Name?".utf8))
    try client.sendLine("joe")
    #expect(try client.readResponses(untilTagged: tag).texts == ["* OK joe"])
  }

  @Test("With a literal there are no prompts: nobody could answer them")
  func noPrompts() throws {
    let server = try server()
    let client = try server.connect()
    let tag = client.makeTag()
    try client.send("\(tag) XEXEC data \"printf '\\\\005Name?\\\\n'; cat\" {3+}\r\njoe\r\n")
    #expect(try client.readResponses(untilTagged: tag).texts == ["* OK  Name?", "* OK joe"])
  }

  @Test("A module without the setting takes a literal as an argument")
  func argument() throws {
    let server = try server()
    let client = try server.connect()
    let reply = try client.command("XEXEC args {3+}\r\nabc {2+}\r\nde")
    #expect(reply.texts == ["* OK <abc>", "* OK <de>"])
  }

  @Test("A program that ends early or closes its stdin breaks nothing")
  func early() throws {
    let server = try server()
    let client = try server.connect()
    for script in ["exit 3", "exec 0<&-; sleep 0.2; exit 3", "head -c 10 >/dev/null; exit 3"] {
      let data = octets(1 << 20)
      let tag = client.makeTag()
      try client.send(Array("\(tag) XEXEC data \"\(script)\" {\(data.count)+}\r\n".utf8) + data)
      try client.send("\r\n")
      let reply = try client.readResponses(untilTagged: tag)
      #expect(reply.outcome == "NO command failed (exit status 3)")
      try client.expectInStep()
    }
  }

  @Test("A refused command skips the literal that is on its way, and does not ask for another")
  func refused() throws {
    let server = try server { folder, options in
      options.modules["absent"] = .init("/does/not/exist", stdin: "literal")
    }
    let client = try server.connect()
    let evil = "x LOGOUT\r\n"
    let data = String(repeating: evil, count: 150_000)
    for (command, outcome) in [
      ("data cat", "NO [LIMIT] literal is too large"),
      ("absent", "NO [SERVERBUG] command could not be started"),
    ] {
      var tag = client.makeTag()
      try client.send("\(tag) XEXEC \(command) {\(data.utf8.count)+}\r\n\(data)\r\n")
      var reply = try client.readResponses(untilTagged: tag)
      #expect(reply.outcome == outcome)
      #expect(reply.untagged.isEmpty)
      try client.expectInStep()

      tag = client.makeTag()
      try client.sendLine("\(tag) XEXEC \(command) {\(data.utf8.count)}")
      reply = try client.readResponses(untilTagged: tag)
      #expect(reply.outcome == outcome)
      #expect(reply.untagged.isEmpty)
      try client.expectInStep()
    }
    // a list is no argument, in front of the literal or around it
    for command in ["data (a) {20+}\r\n", "data (a {20+}\r\n"] {
      let tag = client.makeTag()
      try client.send("\(tag) XEXEC \(command)\(evil)\(evil)\r\n")
      #expect(try client.readResponses(untilTagged: tag).status == "BAD")
      try client.expectInStep()
    }
  }

  @Test("Something behind the literal is BAD, and the program never reads an end of file")
  func notLast() throws {
    let server = try server()
    let client = try server.connect()
    let script = "cat; echo >whole"
    for rest in [" more\r\n", "\r more\r\n", "x\r\n"] {
      let tag = client.makeTag()
      try client.send("\(tag) XEXEC data \"\(script)\" {3+}\r\nabc\(rest)")
      let reply = try client.readResponses(untilTagged: tag)
      #expect(reply.status == "BAD")
      #expect(reply.statusText.contains("The literal is not the last argument"))
      try client.expectInStep()
    }
    #expect(!FileManager.default.fileExists(atPath: "\(server.home)/whole"))
  }

  @Test(
    "What stands behind it is no command, a second literal included",
    arguments: [" {18+}\r\nb DELETE elsewhere\r\n", "{18+}\r\nb DELETE elsewhere {3+}\r\nxyz\r\n"])
  func secondLiteral(rest: String) throws {
    let server = try server()
    let client = try server.connect()
    #expect(try client.command("CREATE elsewhere").isOK)
    // of a program that runs, of one that is refused, and of a literal that is too large
    for command in ["data cat {3+}\r\nabc", "nobody x {3+}\r\nabc", "data (cat) {3+}\r\nabc"] {
      let tag = client.makeTag()
      try client.send("\(tag) XEXEC \(command)\(rest)")
      #expect(!(try client.readResponses(untilTagged: tag)).isOK)
      try client.expectInStep()
    }
    let large = String(repeating: "x", count: 1 << 20)
    let tag = client.makeTag()
    try client.send("\(tag) XEXEC data cat {\((1 << 20) + 1)+}\r\nx\(large)\(rest)")
    #expect(!(try client.readResponses(untilTagged: tag)).isOK)
    try client.expectInStep()
    let folders = try client.command("LIST \"\" elsewhere")
    #expect(folders.texts.count == 1)
  }

  @Test("A literal that is cut is never taken for a whole one: client gone, or out of time")
  func cut() throws {
    let server = try server { _, options in
      options.modules["slow"] = "/bin/sh -c"
      options.modules["slow"]?.stdin = "literal"
      options.modules["slow"]?.timeout = "500ms"
    }
    let script =
      "trap 'echo ended >ended; exit' TERM; exec 3<&0; cat <&3 >part & wait; echo whole >whole"
    let client = try server.connect()
    try client.send("a XEXEC data \"\(script)\" {1000+}\r\n\(String(repeating: "x", count: 999))")
    expectSoon("the program has read") {
      FileManager.default.contents(atPath: "\(server.home)/part")?.count == 999
    }
    client.close()
    expectSoon("the program is ended") {
      FileManager.default.fileExists(atPath: "\(server.home)/ended")
    }

    // a program that reads nothing: the rest of the literal is skipped after its end
    let other = try server.connect()
    let data = String(repeating: "x", count: 500_000)
    try other.send("a XEXEC slow \"exec sleep 60\" {\(data.utf8.count)+}\r\n\(data)\r\n")
    let reply = try other.readResponses(untilTagged: "a")
    #expect(reply.outcome == "NO [LIMIT] command timed out")
    try other.expectInStep()
    #expect(!FileManager.default.fileExists(atPath: "\(server.home)/whole"))
  }

  @Test("The time stands still while the client is waited for")
  func patience() throws {
    let server = try server { _, options in options.modules["data"]?.timeout = "1s" }
    let client = try server.connect()
    try client.send("a XEXEC data cat {4+}\r\nab")
    Thread.sleep(forTimeInterval: 1.5)
    try client.send("cd\r\n")
    #expect(try client.readResponses(untilTagged: "a").texts == ["* OK abcd"])
  }

  @Test("Output comes while the literal is on its way")
  func bothWays() throws {
    let server = try server()
    let client = try server.connect()
    try client.send("a XEXEC data \"head -n 1; exec cat\" {7+}\r\none\n")
    #expect(try client.readLine() == Array("* OK one".utf8))
    try client.send("two\r\n")
    #expect(try client.readResponses(untilTagged: "a").texts == ["* OK two"])
  }

  @Test("The memory of the imap process does not grow with the literal")
  func memory() throws {
    let server = try server { _, options in
      options.modules["data"]?.maxLiteral = "1G"
    }
    let client = try server.connect()
    let imap = try #require(server.dovecot.imapProcessIDs().last)
    func send(_ megabytes: Int) throws -> IMAPReply {
      let block = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
      let tag = client.makeTag()
      try client.send("\(tag) XEXEC data \"wc -c\" {\(megabytes << 20)+}\r\n")
      for _ in 0..<megabytes { try client.send(block) }
      try client.send("\r\n")
      return try client.readResponses(untilTagged: tag)
    }
    #expect(try send(1).isOK)
    let before = try ProcessUsage(of: imap).residentKilobytes
    let reply = try send(100)
    #expect(reply.texts == ["* OK \(100 << 20)"])
    let after = try ProcessUsage(of: imap).residentKilobytes
    #expect(after - before < 512)
  }
}

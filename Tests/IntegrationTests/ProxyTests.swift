import Foundation
import PrivateDovecot
import Testing

/// A Dovecot in front that hands clients on after their login, and knows nothing of XEXEC.
@Suite struct ProxyTests {
  /// The server with the plugin, and the one in front of it.
  private func servers() throws -> (backend: Server, front: Server) {
    let backend = try Server { _, options in
      options.modules["data"] = .init("/bin/sh -c", stdin: "literal")
    }
    let front = try Server { _, options in
      options.users = []
      options.plugin = .none
      options.modules = [:]
      options.furtherPasswords = [.proxy(port: backend.dovecot.port)]
    }
    return (backend, front)
  }

  @Test("Capabilities, arguments, prompts and endings come through")
  func dialogue() throws {
    let (backend, front) = try servers()
    let direct = try backend.connect()
    let client = try front.connect()
    #expect(
      try ConfigurationTests.capabilities(client) == ConfigurationTests.capabilities(direct))
    try client.expectXEXECWorks()
    try client.expectLinesAtOnce()
    #expect(try client.command(#"XEXEC args atom "a b" {3+}"# + "\r\nx y").texts.count == 3)
    backend.expectNoComplaints()
    front.expectNoComplaints()
  }

  @Test("A literal of 25 MB, and as much output")
  func size() throws {
    let (backend, front) = try servers()
    let client = try front.connect()
    let size = 25 << 20
    let tag = client.makeTag()
    try client.sendLine("\(tag) XEXEC data \"wc -c\" {\(size)}")
    _ = try client.readUntilContinuation()
    let part = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
    for _ in 0..<25 { try client.send(part) }
    try client.sendLine("")
    let reply = try client.readResponses(untilTagged: tag, timeout: .seconds(120))
    #expect(reply.texts == ["* OK \(size)"])
    let lines = size / 1000
    let flood = try client.start(
      script: "yes \(String(repeating: "y", count: 999)) | head -n \(lines)")
    let answer = try client.readResponses(untilTagged: flood, timeout: .seconds(120))
    #expect(answer.untagged.count == lines)
    try client.expectInStep()
    backend.expectNoComplaints()
  }

  @Test("A client that goes ends its program on the server behind")
  func departure() throws {
    let (backend, front) = try servers()
    let client = try front.connect()
    let word = uniqueWord()
    _ = try client.start(script: "echo running; exec sleep 1000 # \(word)")
    #expect(try client.readLine() == Array("* OK running".utf8))
    let imaps = Set(backend.dovecot.imapProcessIDs())
    let programs = ProcessEntry.all().filter { imaps.contains($0.parentID) }.map(\.id)
    #expect(!programs.isEmpty)
    client.close()
    expectSoon("the program has ended") {
      ProcessEntry.all().filter { $0.isAlive && programs.contains($0.id) }.isEmpty
    }
    try backend.dovecot.waitForLog(containing: "connection closed")
  }
}

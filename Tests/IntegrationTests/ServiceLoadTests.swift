import Foundation
import Glibc
import PrivateDovecot
import Testing

/// Services that behave badly, and more clients than a service takes.
@Suite struct ServiceLoadTests {
  private static let lost =
    "NO [UNAVAILABLE] connection to the service of this command was lost"

  /// The module `far` runs a shell script behind a service, `data` with a literal.
  private func server(
    processLimit: Int = 20, _ configure: (inout PrivateDovecot.Options) throws -> Void = { _ in }
  ) throws -> Server {
    try Server { folder, options in
      options.globalText = """
        service xexec-sh {
          executable = script /bin/sh -c
          \(geteuid() == 0 ? "user = nobody" : "")
          process_limit = \(processLimit)
          unix_listener xexec-sh {
            mode = 0666
          }
        }
        """
      options.imapService = .init(clientLimit: 600, serviceCount: 0, processLimit: 1)
      options.modules["far"] = "unix:xexec-sh"
      options.modules["data"] = "unix:xexec-sh"
      options.modules["data"]?.stdin = "literal"
      try configure(&options)
    }
  }

  private func expectNoTrouble(_ server: Server) {
    let trouble = server.dovecot.logText().split(separator: "\n").filter {
      $0.contains("Panic") || $0.contains("Fatal") || $0.contains("assert")
    }
    #expect(trouble.isEmpty, "\(trouble)")
  }

  @Test("A flood arrives whole, and in little memory")
  func flood() throws {
    let server = try server()
    let client = try server.connect()
    let imap = try #require(server.dovecot.imapProcessIDs().first)
    #expect(try client.command("XEXEC far \"seq 1000\"").isOK)
    let before = try ProcessUsage(of: imap).anonymousKilobytes
    try client.sendLine("a XEXEC far \"seq 3000000\"")
    var count = 0
    while case let line = try client.readLine(), line.starts(with: Array("* OK ".utf8)) {
      count += 1
      if String(decoding: line.dropFirst(5), as: UTF8.self) != "\(count)" { break }
    }
    #expect(count == 3_000_000)
    #expect(try ProcessUsage(of: imap).anonymousKilobytes - before < 1024)
    try client.expectInStep()
  }

  @Test("A service that sends garbage: all of it is text, and the result is not")
  func garbage() throws {
    let server = try server()
    let client = try server.connect()
    try client.sendLine("a XEXEC far \"head -c 3000000 /dev/urandom | tr -d '\\\\005'\"")
    let reply = try client.readResponses(untilTagged: "a")
    #expect(reply.isOK)
    let isText = reply.untagged.allSatisfy { $0.octets.starts(with: Array("* OK ".utf8)) }
    #expect(isText)
    try client.expectInStep()
  }

  @Test("A service that is no script service: closes at once, never reads, talks without end")
  func strangers() throws {
    // the plugin speaks of nothing but sockets: what listens may be anything
    let server = try server { options in
      options.globalText += """

        service xexec-closes {
          executable = script -p /bin/true
          \(geteuid() == 0 ? "user = nobody" : "")
          unix_listener xexec-closes {
            mode = 0666
          }
        }
        service xexec-sleeps {
          executable = script -p /bin/sleep 100
          \(geteuid() == 0 ? "user = nobody" : "")
          unix_listener xexec-sleeps {
            mode = 0666
          }
        }
        """
      options.modules["closes"] = .init("unix:xexec-closes", stdin: "literal")
      options.modules["sleeps"] = .init("unix:xexec-sleeps", timeout: "1s", stdin: "literal")
    }
    let client = try server.connect()
    let data = String(repeating: "b LOGOUT\r\n", count: 100_000)
    for (module, outcome) in [("closes", Self.lost), ("sleeps", "NO [LIMIT] command timed out")] {
      #expect(try client.command("XEXEC \(module)").outcome == outcome)
      try client.sendLine("a XEXEC \(module) {\(data.utf8.count)+}")
      try client.sendLine(data)
      #expect(try client.readResponses(untilTagged: "a").outcome == outcome)
      try client.expectInStep()
    }
    expectNoTrouble(server)
  }

  @Test("More clients than the service has processes: each gets its answer")
  func crowd() throws {
    let server = try server(processLimit: 5) { options in
      options.imapText = "mail_max_userip_connections = 1000"
      options.modules["far"]?.timeout = "20s"
    }
    let clients = try (0..<100).map { _ in try server.connect() }
    let imap = try #require(server.dovecot.imapProcessIDs().first)
    let before = try ProcessUsage.settled(imap).descriptors
    for client in clients { try client.sendLine("a XEXEC far \"sleep 0.1; echo here\"") }
    var outcomes: [String: Int] = [:]
    for client in clients {
      let reply = try client.readResponses(untilTagged: "a")
      outcomes[reply.outcome, default: 0] += 1
      #expect(reply.texts == (reply.isOK ? ["* OK here"] : []))
      try client.expectInStep()
    }
    #expect(outcomes["OK command exited successfully"] ?? 0 > 0)
    #expect(
      outcomes.keys.allSatisfy {
        $0.hasPrefix("OK ") || $0.hasPrefix("NO [UNAVAILABLE] ") || $0.hasPrefix("NO [LIMIT] ")
      }, "\(outcomes)")
    expectSoon("no descriptor is left") {
      (try? ProcessUsage(of: imap).descriptors).map { $0 <= before } ?? false
    }
    expectNoTrouble(server)
  }

  @Test("Nothing grows from run to run: with a literal, with a service, and with both")
  func growth() throws {
    let server = try server(processLimit: 50) { options in
      options.modules["here"] = "/bin/cat"
      options.modules["here"]?.stdin = "literal"
      options.modules["here"]?.maxLiteral = "1k"
      options.modules["absent"] = "unix:nowhere"
    }
    let client = try server.connect()
    let imap = try #require(server.dovecot.imapProcessIDs().first)
    let part = String(repeating: "x", count: 1000)
    func round() throws {
      #expect(try client.command("XEXEC here {1000+}\r\n\(part)").untagged.count == 1)
      #expect(try client.command("XEXEC here {1000+}\r\n\(part) more").status == "BAD")
      #expect(try client.command("XEXEC here {2000+}\r\n\(part)\(part)").status == "NO")
      #expect(try client.command("XEXEC far \"echo on\"").untagged.count == 1)
      #expect(try client.command("XEXEC data cat {1000+}\r\n\(part)").untagged.count == 1)
      #expect(try client.command("XEXEC absent").status == "NO")
    }
    for _ in 0..<20 { try round() }
    let before = try ProcessUsage.settled(imap)
    for _ in 0..<50 { try round() }
    let after = try ProcessUsage.settled(imap)
    #expect(after.descriptors <= before.descriptors)
    #expect(after.anonymousKilobytes - before.anonymousKilobytes < 256)
    expectNoTrouble(server)
  }
}

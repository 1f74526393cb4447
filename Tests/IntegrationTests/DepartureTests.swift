import Foundation
import Glibc
import PrivateDovecot
import Testing

/// Clients that go, or are sent away, in every state of a command with a literal or a service.
@Suite struct DepartureTests {
  /// Brings a client into a state, with the word in the command line of its program.
  struct State: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let enter: @Sendable (IMAPConnection, _ word: String) throws -> Void

    init(_ name: String, _ enter: @escaping @Sendable (IMAPConnection, String) throws -> Void) {
      testDescription = name
      self.enter = enter
    }
  }

  static let states = [
    State("a service does not answer, and the client waits for the +") { client, _ in
      try client.sendLine("a XEXEC full {100}")
    },
    State("a service does not answer, and the literal is there") { client, _ in
      try client.send("a XEXEC full {100+}\r\n\(String(repeating: "x", count: 100))\r\nb NOOP\r\n")
    },
    State("asked for the literal") { client, word in
      try client.sendLine("a XEXEC data \"cat; : \(word)\" {100}")
      #expect(try client.readLine() == Array("+ OK".utf8))
    },
    State("in the middle of the literal") { client, word in
      try client.send("a XEXEC data \"echo on; cat; : \(word)\" {100+}\r\nxyz")
      #expect(try client.readLine() == Array("* OK on".utf8))
    },
    State("in the middle of the literal, behind a full pipe") { client, word in
      // more than a pipe holds, and less than the connection's buffers hold besides
      let part = String(repeating: "x", count: 100_000)
      try client.send("a XEXEC data \"echo on; sleep 100; : \(word)\" {900000+}\r\n\(part)")
      #expect(try client.readLine() == Array("* OK on".utf8))
    },
    State("behind the literal, before the end of the line") { client, word in
      try client.send("a XEXEC data \"echo on; cat; : \(word)\" {3+}\r\nxyz\r")
      #expect(try client.readLine() == Array("* OK on".utf8))
    },
    State("behind the end of the line") { client, word in
      try client.send("a XEXEC data \"echo on; sleep 100; : \(word)\" {3+}\r\nxyz\r\nb NOOP\r\n")
      #expect(try client.readLine() == Array("* OK on".utf8))
    },
    State("in the middle of the literal, behind output that nobody reads") { client, word in
      try client.send("a XEXEC data \"cat & yes \(word)\" {900000+}\r\n")
      try client.send(String(repeating: "x", count: 30_000))
      Thread.sleep(forTimeInterval: 0.5)
    },
    State("in the middle of a literal that is skipped") { client, _ in
      try client.send("a XEXEC data x {99999999999+}\r\n")
      try client.send(String(repeating: "b LOGOUT\r\n", count: 10_000))
    },
    State("in the middle of the arguments") { client, word in
      try client.send("a XEXEC data \(word) {10")
    },
    State("in the middle of a literal that is an argument") { client, word in
      try client.send("a XEXEC sh \(word) {10+}\r\n012")
    },
    State("a service's prompt is open") { client, word in
      try client.sendLine("a XEXEC far \"printf '\\\\005\\\\n'; read x; : \(word)\"")
      #expect(try client.readLine() == Array("+ OK".utf8))
      try client.send("half an ans")
    },
    State("in the middle of a service's literal") { client, word in
      try client.send("a XEXEC far \"echo on; cat >/dev/null; : \(word)\" {100+}\r\nxyz")
      #expect(try client.readLine() == Array("* OK on".utf8))
    },
    State("in a service's flood") { client, word in
      try client.sendLine("a XEXEC far \"exec yes \(word)\"")
      #expect(try client.readLine() == Array("* OK \(word)".utf8))
      Thread.sleep(forTimeInterval: 0.5)
    },
  ]

  private func server(
    _ configure: (inout PrivateDovecot.Options) -> Void = { _ in }
  ) throws -> (Server, FullListener) {
    let full = try FullListener()
    let server = try Server { folder, options in
      options.globalText = """
        service xexec-sh {
          executable = script /bin/sh -c
          \(geteuid() == 0 ? "user = nobody" : "")
          unix_listener xexec-sh {
            mode = 0666
          }
        }
        """
      options.modules["data"] = "/bin/sh -c"
      options.modules["far"] = "unix:xexec-sh"
      options.modules["full"] = "unix:\(full.path)"
      options.imapText = "mail_max_userip_connections = 50"
      for name in ["data", "far", "full"] { options.modules[name]?.stdin = "literal" }
      configure(&options)
    }
    return (server, full)
  }

  private func expectNoTrouble(_ server: Server) {
    let trouble = server.dovecot.logText().split(separator: "\n").filter {
      $0.contains("Panic") || $0.contains("Fatal") || $0.contains("BUG") || $0.contains("assert")
    }
    #expect(trouble.isEmpty, "\(trouble)")
  }

  @Test("The client goes: its process goes on without a trace", arguments: states)
  func goes(state: State) throws {
    let (server, full) = try server { options in
      options.imapService = .init(clientLimit: 20, serviceCount: 0, processLimit: 1)
    }
    let staying = try server.connect()
    let imap = try #require(server.dovecot.imapProcessIDs().first)
    let before = try ProcessUsage.settled(imap).descriptors
    for departure in EndingTests.Departure.allCases {
      let word = uniqueWord()
      let leaving = try server.connect(receiveBufferSize: 4096)
      try state.enter(leaving, word)
      try staying.expectInStep()
      departure.leave(leaving)
      expectSoon("the program is gone: \(departure)") { processes(with: word).isEmpty }
      try staying.expectInStep()
    }
    expectSoon("no descriptor is left") {
      (try? ProcessUsage(of: imap).descriptors).map { $0 <= before } ?? false
    }
    #expect(server.dovecot.imapProcessIDs() == [imap])
    expectNoTrouble(server)
    withExtendedLifetime(full) {}
  }

  /// A client in each of the states, with an imap process for each.
  private func enterAll(_ server: Server) throws -> [(
    state: State, client: IMAPConnection, word: String
  )] {
    try Self.states.map { state in
      let client = try server.connect(receiveBufferSize: 4096)
      let word = uniqueWord()
      try state.enter(client, word)
      return (state, client, word)
    }
  }

  @Test("While the client is waited for, nothing spins")
  func waits() throws {
    let (server, full) = try server()
    let all = try enterAll(server)
    // the attempts to connect are over then
    Thread.sleep(forTimeInterval: 6)
    let imaps = server.dovecot.imapProcessIDs()
    #expect(imaps.count >= all.count)
    let before = try imaps.map { try ProcessUsage(of: $0).cpuTicks }
    Thread.sleep(forTimeInterval: 1)
    let after = try imaps.map { try ProcessUsage(of: $0).cpuTicks }
    #expect(zip(before, after).allSatisfy { $1 - $0 <= 2 }, "\(before), \(after)")
    withExtendedLifetime(full) {}
  }

  @Test("doveadm kick, and stop", arguments: ["kick", "stop"])
  func sentAway(command: String) throws {
    let (server, full) = try server()
    let all = try enterAll(server)
    let result = try server.dovecot.doveadm(
      command == "kick" ? ["kick", Server.user] : ["stop"])
    #expect(result.status == 0, "\(result)")
    for (state, _, word) in all {
      // imap gives a client that does not read 30 seconds (lib-master/master-service.c)
      expectSoon("the program is gone: \(state.testDescription)", within: 60) {
        processes(with: word).isEmpty
      }
    }
    expectSoon("imap has left", within: 25) { server.dovecot.imapProcessIDs().isEmpty }
    for (_, client, _) in all { client.close() }
    expectNoTrouble(server)
    withExtendedLifetime(full) {}
  }
}

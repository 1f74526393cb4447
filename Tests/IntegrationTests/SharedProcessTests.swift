import Foundation
import PrivateDovecot
import Testing

/// Several clients in one imap process.
@Suite struct SharedProcessTests {
  @Test("Programs of several clients run side by side, and nobody waits for another's")
  func sideBySide() throws {
    let server = try Server { _, options in
      options.imapService = .init(clientLimit: 10, serviceCount: 0, processLimit: 1)
    }
    let clients = try (0..<6).map { _ in try server.connect() }
    #expect(server.dovecot.imapProcessIDs().count == 1)

    let took = try seconds {
      let tags = try clients.dropLast().enumerated().map { number, client in
        try client.start(
          script: "printf '\\005\\n'; read x; sleep 3; echo \"\(number) $x\"; exit \(number)")
      }
      // the last one has no program, and is served meanwhile
      for _ in 0..<20 { try clients.last?.expectInStep() }
      for (number, client) in clients.dropLast().enumerated().reversed() {
        #expect(try client.readLine() == Array("+ OK".utf8))
        try client.sendLine("answer-\(number)")
      }
      for (number, client) in clients.dropLast().enumerated() {
        let reply = try client.readResponses(untilTagged: tags[number])
        #expect(reply.texts == ["* OK \(number) answer-\(number)"])
        #expect(reply.isOK == (number == 0))
      }
    }
    #expect(took < 14, "one after the other they would take 15 s")
  }

  @Test("A client that goes takes only its own program along")
  func oneGoes() throws {
    let server = try Server { _, options in
      options.imapService = .init(clientLimit: 10, serviceCount: 0, processLimit: 1)
    }
    let word = uniqueWord()
    let leaving = try server.connect()
    let staying = try server.connect()
    let imap = try #require(server.dovecot.imapProcessIDs().first)
    let before = try ProcessUsage.settled(imap).descriptors
    _ = try leaving.start(script: "trap '' TERM; echo on; while :; do sleep 0.2; done; : \(word)")
    #expect(try leaving.readLine() == Array("* OK on".utf8))
    let tag = try staying.start(script: "sleep 1; echo here")
    leaving.close()
    #expect(try staying.readResponses(untilTagged: tag).texts == ["* OK here"])
    // the other one's program is ended while the process lives on
    expectSoon("the program is gone", within: 20) { processes(with: word).isEmpty }
    try staying.expectInStep()
    #expect(server.dovecot.imapProcessIDs() == [imap])
    expectSoon("no descriptor is left") {
      (try? ProcessUsage(of: imap).descriptors).map { $0 <= before } ?? false
    }
    #expect(server.dovecot.processTree().filter { $0.parentID == imap }.isEmpty)
  }
}

import Foundation
import PrivateDovecot
import Testing

/// Programs of XEXEC and of Sieve for several clients in one imap process.
@Suite struct SieveSharedTests {
  let server: Server

  init() throws {
    server = try Server.withSieve { options in
      options.imapService = .init(clientLimit: 10, serviceCount: 0, processLimit: 1)
    }
  }

  /// Starts a program that has a prompt open, and ends with a status when that is answered.
  private func prompt(_ client: IMAPConnection, status: Int) throws -> String {
    let tag = try client.start(script: "printf '\\005\\n'; read x; exit \(status)")
    #expect(try client.readLine() == Array("+ OK".utf8))
    return tag
  }

  @Test("A program goes on while Sieve runs its first one for another client", arguments: [0, 3])
  func goesOn(status: Int) throws {
    let client = try server.connect()
    let other = try server.connect()
    let tag = try prompt(client, status: status)
    try other.append(Server.SieveWay.pipe.header("cat"))
    try other.expectXEXECWorks()
    try client.sendLine("")
    try client.readResponses(untilTagged: tag).expectExit(status)
    try client.expectXEXECWorks()
    #expect(server.programs.isEmpty)
    server.expectNoComplaints()
  }

  @Test(
    "A program ends while one of Sieve's holds the process", arguments: [false, true],
    ["echo off; exit 3", "exit 3"])
  func endsMeanwhile(sieveRanBefore: Bool, end: String) throws {
    let client = try server.connect()
    let other = try server.connect()
    if sieveRanBefore { try other.append(Server.SieveWay.pipe.header("cat")) }
    let note = "\(server.home)/begun"
    let tag = try client.start(
      script: "echo on; while [ ! -e \(note) ]; do sleep 0.05; done; \(end)")
    #expect(try client.readLine() == Array("* OK on".utf8))
    // the program ends, and the next command is there, while Sieve's goes on for a while
    try client.sendLine("n NOOP")
    try other.append(Server.SieveWay.pipe.header("cat; : >\(note); sleep 1"))
    let reply = try client.readResponses(untilTagged: tag)
    #expect(reply.texts == (end == "exit 3" ? [] : ["* OK off"]))
    reply.expectExit(3)
    #expect(try client.readResponses(untilTagged: "n").isOK)
    for each in [client, other] { try each.expectXEXECWorks() }
    #expect(server.programs.isEmpty)
    server.expectNoComplaints()
  }

  @Test(
    "A client goes while Sieve's program of another one holds the process",
    arguments: EndingTests.Departure.allCases)
  func goesMeanwhile(departure: EndingTests.Departure) throws {
    let word = uniqueWord()
    let client = try server.connect()
    let other = try server.connect()
    _ = try client.start(script: "echo on; sleep 100; : \(word)")
    #expect(try client.readLine() == Array("* OK on".utf8))
    departure.leave(client)
    try other.append(Server.SieveWay.pipe.header("cat; sleep 0.5"))
    expectSoon("the program is gone") { processes(with: word).isEmpty }
    try other.append(Server.SieveWay.pipe.header("cat"))
    try other.expectXEXECWorks()
    #expect(server.programs.isEmpty)
    server.expectNoComplaints()
  }

  @Test("A program that takes its time to end is reaped, by whomever")
  func slowToEnd() throws {
    let word = uniqueWord()
    let leaving = try server.connect()
    let staying = try server.connect()
    let imap = try #require(server.dovecot.imapProcessIDs().first)
    _ = try leaving.start(
      script: "trap 'sleep 1; exit' TERM; echo on; while :; do sleep 0.1; done; : \(word)")
    #expect(try leaving.readLine() == Array("* OK on".utf8))
    leaving.close()
    for _ in 0..<8 {
      try staying.append(Server.SieveWay.pipe.header("cat; sleep 0.2"))
      try staying.run(script: "exit 3").expectExit(3)
    }
    expectSoon("no program is left") { server.programs.isEmpty }
    #expect(server.dovecot.imapProcessIDs() == [imap])
    server.expectNoComplaints()
  }

  @Test("Many of both at a time")
  func crowd() throws {
    let clients = try (0..<8).map { _ in try server.connect() }
    for round in 0..<4 {
      for (number, client) in clients.enumerated() {
        let script = "sleep 0.\(number); exit \(number + round)"
        try client.send(
          IMAPConnection.append(Server.SieveWay.pipe.header("cat"), tag: "s\(round)")
            + "x\(round) XEXEC sh {\(script.utf8.count)+}\r\n\(script)\r\n")
      }
      for (number, client) in clients.enumerated() {
        #expect(try client.readResponses(untilTagged: "s\(round)").isOK)
        let status = number + round
        try client.readResponses(untilTagged: "x\(round)").expectExit(status)
      }
    }
    #expect(server.programs.isEmpty)
    server.expectNoComplaints()
  }
}

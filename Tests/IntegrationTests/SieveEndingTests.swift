import Foundation
import PrivateDovecot
import Testing

/// Clients that go while their program runs, in a process where Sieve has run one.
@Suite struct SieveEndingTests {
  let server: Server
  let word = uniqueWord()

  init() throws {
    server = try Server.withSieve()
  }

  /// A client whose program runs, after one of Sieve's.
  private func client(running script: String) throws -> IMAPConnection {
    let client = try server.connect()
    try client.append(Server.SieveWay.pipe.header("cat"))
    _ = try client.start(script: script)
    #expect(try client.readLine() == Array("* OK on".utf8))
    return client
  }

  private func expectGone(_ location: SourceLocation = #_sourceLocation) {
    expectSoon("the program is gone", location) { processes(with: word).isEmpty }
    expectSoon("imap has left", location) { server.dovecot.imapProcessIDs().isEmpty }
    let log = server.pluginLog(count: 1).last ?? ""
    #expect(log.contains(": connection closed, "), "\(log)", sourceLocation: location)
    server.expectNoComplaints(location)
  }

  @Test("A program that obeys", arguments: EndingTests.Departure.allCases)
  func obedient(departure: EndingTests.Departure) throws {
    departure.leave(try client(running: "echo on; sleep 100; : \(word)"))
    expectGone()
  }

  @Test("A program that ignores SIGTERM, and its child")
  func stubborn() throws {
    try client(
      running: "trap '' TERM; sh -c 'while :; do sleep 1; done; : \(word)' & echo on; wait"
    ).close()
    expectGone()
  }

  @Test("doveadm kick")
  func kicked() throws {
    let client = try client(running: "echo on; sleep 100; : \(word)")
    #expect(try server.dovecot.doveadm("kick", Server.user).status == 0)
    expectGone()
    client.close()
  }

  @Test("A client goes while Sieve runs a program for it: the next one is served as ever")
  func duringSieve() throws {
    let client = try server.connect()
    try client.expectXEXECWorks()
    try client.send(IMAPConnection.append(Server.SieveWay.pipe.header("cat; sleep 0.5"), tag: "a"))
    client.close()
    expectSoon("imap has left") { server.dovecot.imapProcessIDs().isEmpty }
    try server.connect().expectXEXECWorks()
    server.expectNoComplaints()
  }
}

import Foundation
import PrivateDovecot
import Testing

/// imap_sieve runs programs in the imap process as well, and from the first one on Dovecot reaps
/// every child of that process. Neither may miss an exit for the other.
@Suite struct SieveTests {
  @Test(
    "Every status is told, before and after a program of Sieve",
    arguments: Server.SieveWay.allCases)
  func statuses(way: Server.SieveWay) throws {
    let server = try Server.withSieve()
    let client = try server.connect()
    let note = "\(server.home)/ran"
    for number in 0..<3 {
      try client.expectXEXECWorks()
      try client.append(way.header("echo \(number) >>\(note); cat"))
    }
    try client.expectXEXECWorks()
    #expect(try String(contentsOfFile: note, encoding: .utf8) == "0\n1\n2\n")
    #expect(server.programs.isEmpty)
    server.expectNoComplaints()
  }

  @Test("Sieve goes first")
  func sieveFirst() throws {
    let server = try Server.withSieve()
    let client = try server.connect()
    try client.append(Server.SieveWay.pipe.header("cat"))
    try client.expectXEXECWorks()
    server.expectNoComplaints()
  }

  @Test("All in one packet")
  func pipelined() throws {
    let server = try Server.withSieve()
    let client = try server.connect()
    let statuses = [0, 3, 0, 255, 1, 0]
    var text = ""
    for (number, status) in statuses.enumerated() {
      text += IMAPConnection.append(Server.SieveWay.pipe.header("cat"), tag: "s\(number)")
      text += "x\(number) XEXEC sh \"exit \(status)\"\r\n"
    }
    try client.send(text)
    for (number, status) in statuses.enumerated() {
      #expect(try client.readResponses(untilTagged: "s\(number)").isOK)
      try client.readResponses(untilTagged: "x\(number)").expectExit(status)
    }
  }

  @Test("A literal as stdin, a limit and a program that cannot be started, after Sieve")
  func otherRuns() throws {
    let server = try Server.withSieve()
    let client = try server.connect()
    for _ in 0..<2 {
      let letter = try client.command("XEXEC letter \"cat; exit 4\" {3+}\r\nabc")
      #expect(letter.lines.first == "* OK abc")
      letter.expectExit(4)
      let limited = try client.command("XEXEC limited \"exec sleep 100\"")
      #expect(limited.outcome == "NO [LIMIT] command timed out")
      let missing = try client.command("XEXEC missing")
      #expect(missing.outcome == "NO [SERVERBUG] command could not be started")
      #expect(server.programs.isEmpty)
      try client.append(Server.SieveWay.pipe.header("cat"))
    }
  }

  @Test(
    "A failure of Sieve's program is told as without XEXEC",
    arguments: Server.SieveWay.allCases)
  func failures(way: Server.SieveWay) throws {
    func complaints(_ plugins: [String]) throws -> [String] {
      let server = try Server.withSieve { $0.imapMailPlugins = plugins }
      let client = try server.connect()
      for end in ["exit 3", "kill -9 $$"] {
        if plugins.contains("xexec") { try client.expectXEXECWorks() }
        try client.append(way.header("cat; \(end)"))
      }
      if plugins.contains("xexec") { try client.expectXEXECWorks() }
      _ = try client.command("LOGOUT")
      try server.dovecot.waitForLog(containing: "Logged out")
      return server.complaints
    }
    let alone = try complaints(["imap_sieve"])
    #expect(!alone.isEmpty)
    #expect(try complaints(["imap_sieve", "xexec"]) == alone)
  }
}

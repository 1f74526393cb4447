import Foundation
import PrivateDovecot
import Synchronization
import Testing

/// Real IMAP libraries read what a program writes, and come to no harm: `Tests/Clients`.
@Suite struct ClientTests {
  /// One server for all, with every line.
  private static let server = Result { try ClientServer(HostileLines.all).server.dovecot }

  @Test("No line of a program harms a client", arguments: ClientProgram.all)
  func hostileLines(program: ClientProgram) throws {
    let dovecot = try Self.server.get()
    guard let report = try report(of: program, HostileLines.all, dovecot, port: dovecot.port)
    else { return }
    print(
      "\(report.client): \(report.read) lines read, \(report.notApplicable) not applicable, "
        + "\(report.harm.count) did harm")
    #expect(report.harm.isEmpty, "\(report.client)\n\(table(report.harm, HostileLines.all))")
  }

  // MARK: - What a relay makes of a few lines

  private static let lines = [
    HostileLine(.stdout, "innocent"), HostileLine(.stdout, "total {300}"),
    HostileLine(.stdout, "[UIDVALIDITY 7] x"),
  ]
  private static let few = Result { try ClientServer(lines).server.dovecot }
  private static let innocent = Array("* OK innocent\r\n".utf8)

  @Test(
    "What the server says of itself in a long run (RFC 9585) harms no client",
    arguments: ClientProgram.all)
  func progress(program: ClientProgram) throws {
    let dovecot = try Self.few.get()
    let relay = try LineRelay(to: dovecot.port) { line in
      line == Self.innocent
        ? Array("* OK [INPROGRESS (\"a1\" NIL NIL)] Still working\r\n".utf8) : line
    }
    let report = try report(of: program, [Self.lines[0]], dovecot, port: relay.port)
    #expect(report?.harm ?? [:] == [:])
  }

  @Test(
    "Each program notices harm: after the line the answers to STATUS and SEARCH are others",
    arguments: ClientProgram.all)
  func wrongAnswer(program: ClientProgram) throws {
    let dovecot = try Self.few.get()
    let isHarmed = Mutex(false)
    let relay = try LineRelay(to: dovecot.port) { line in
      if line == Self.innocent { isHarmed.withLock { $0 = true } }
      guard isHarmed.withLock({ $0 }) else { return line }
      let text = String(decoding: line, as: UTF8.self)
      return Array(
        text.replacingOccurrences(of: "UIDNEXT 4", with: "UIDNEXT 9")
          .replacingOccurrences(of: "ALL 1:3", with: "ALL 1:2").utf8)
    }
    let report = try report(of: program, [Self.lines[0]], dovecot, port: relay.port)
    #expect(report?.harm.count ?? 1 == 1)
  }

  /// Until each kind has been noticed by two clients: where they hang it takes its time.
  @Test("Lines as the program wrote them do harm, and it is noticed")
  func undisarmed() throws {
    let dovecot = try Self.few.get()
    let relay = try LineRelay(to: dovecot.port) { line in
      let text = Self.lines.first { line.firstRange(of: $0.text) != nil }?.text
      return text.map { Array("* OK ".utf8) + $0 + [0x0d, 0x0a] } ?? line
    }
    var harmed: [Int: [String]] = [:]
    for program in ClientProgram.all
    where harmed[2, default: []].count < 2 || harmed[3, default: []].count < 2 {
      let report = try? program.read(Self.lines, port: relay.port, in: dovecot.folder, timeout: 2)
      for number in report?.harm.keys ?? [:].keys {
        harmed[number, default: []].append(program.file)
      }
    }
    #expect(harmed[1] == nil)
    #expect(harmed[2] != nil, "{300} harmed nobody")
    #expect(harmed[3] != nil, "[UIDVALIDITY 7] harmed nobody")
  }

  // MARK: - What the tests share

  /// Runs a program if its library is there. With CI_CLIENTS=all each has to be.
  private func report(
    of program: ClientProgram, _ lines: [HostileLine], _ dovecot: PrivateDovecot, port: UInt16
  ) throws -> ClientProgram.Report? {
    do {
      return try program.read(lines, port: port, in: dovecot.folder)
    } catch let missing as ClientProgram.Missing {
      print("not tried: \(missing)")
      if ProcessInfo.processInfo.environment["CI_CLIENTS"] == "all" { Issue.record(missing) }
      return nil
    }
  }

  private func table(_ harm: [Int: String], _ lines: [HostileLine]) -> String {
    harm.sorted { $0.key < $1.key }.map { "  \(lines[$0.key - 1])  |  \($0.value)" }
      .joined(separator: "\n")
  }
}

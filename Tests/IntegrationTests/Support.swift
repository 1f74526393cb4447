import Foundation
import PrivateDovecot
import Testing

/// A private Dovecot with the plugin, where the module `sh` runs a shell script that the client
/// sends, and `args` prints its arguments.
struct Server {
  let dovecot: PrivateDovecot

  static let user = "marc@perkel.com"
  static let password = "secret"

  /// Looks at one that runs.
  init(_ dovecot: PrivateDovecot) { self.dovecot = dovecot }

  /// Starts it. `configure` may change anything.
  init(
    _ configure: (PrivateFolder, inout PrivateDovecot.Options) throws -> Void = { _, _ in }
  ) throws {
    dovecot = try PrivateDovecot { folder, options in
      options.users = [.init(name: Self.user, password: Self.password)]
      options.modules = ["sh": "/bin/sh -c", "args": .init(try folder.argumentPrinter())]
      try configure(folder, &options)
    }
  }

  /// A connection that is logged in.
  func connect(
    as user: String = Self.user, receiveBufferSize: Int? = nil
  ) throws -> IMAPConnection {
    let client = try IMAPConnection(
      port: dovecot.port, timeout: .seconds(30), receiveBufferSize: receiveBufferSize,
      keeping: dovecot)
    try client.login(user, Self.password)
    return client
  }

  var home: String { dovecot.home(of: Self.user) }

  /// A command line: an imap process of the user on stdin and stdout.
  var standaloneIMAP: String {
    "/usr/lib/dovecot/imap -c \(dovecot.folder.path)/dovecot.conf -u \(Self.user)"
  }

  /// The lines that the plugin wrote to the log, without Dovecot's prefix. Dovecot's processes log
  /// through another one: what was done last may come a little later.
  ///
  /// - Parameter count: How many lines to wait for.
  func pluginLog(count: Int = 0) -> [String] {
    var lines: [String] = []
    expectSoon("\(count) lines in the log") {
      lines = dovecot.logText().split(separator: "\n").compactMap { line in
        line.range(of: "xexec: ").map { String(line[$0.lowerBound...]) }
      }
      return lines.count >= count
    }
    return lines
  }

  /// Dovecot's complaints in the log, without what differs from run to run. That somebody ended it
  /// is none.
  var complaints: [String] {
    dovecot.logText().replacingOccurrences(of: dovecot.folder.path, with: "")
      .split(separator: "\n").compactMap { line in
        ["Warning: ", "Error: ", "Fatal: ", "Panic: "].lazy.compactMap { line.range(of: $0) }.first
          .map { String(line[$0.lowerBound...].replacing(/[0-9]+/, with: "N")) }
      }.filter { !$0.hasPrefix("Warning: Killed with signal") }
  }

  /// Checks that Dovecot has nothing to complain about.
  func expectNoComplaints(_ location: SourceLocation = #_sourceLocation) {
    #expect(complaints.isEmpty, "\(complaints)", sourceLocation: location)
  }
}

extension PrivateFolder {
  /// A program that prints its arguments, a line for each. (`printf` would want percent signs, which
  /// each version of Dovecot has written in another way.)
  func argumentPrinter() throws -> String {
    try addProgram(named: "args", text: "#!/bin/sh\nexec printf '<%s>\\n' \"$@\"\n")
  }
}

extension IMAPConnection {
  /// A command that appends a message, with its tag.
  static func append(
    _ header: String = "Subject: hello", body: String = "body", to mailbox: String = "INBOX",
    tag: String
  ) -> String {
    let message = "From: joe@example.com\r\n\(header)\r\n\r\n\(body)\r\n"
    return "\(tag) APPEND \(mailbox) {\(message.utf8.count)+}\r\n\(message)\r\n"
  }

  /// Appends a message.
  func append(
    _ header: String = "Subject: hello", body: String = "body", to mailbox: String = "INBOX",
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let tag = makeTag()
    try send(Self.append(header, body: body, to: mailbox, tag: tag))
    let reply = try readResponses(untilTagged: tag)
    #expect(reply.isOK, "\(reply.lines)", sourceLocation: location)
  }

  /// Sends `XEXEC sh` with a script, as a literal. Returns the tag.
  func start(script: String) throws -> String {
    let tag = makeTag()
    try sendLine("\(tag) XEXEC sh {\(script.utf8.count)+}\r\n\(script)")
    return tag
  }

  /// Runs a script with `XEXEC sh` and reads all of its responses.
  @discardableResult
  func run(script: String) throws -> IMAPReply {
    try readResponses(untilTagged: start(script: script))
  }

  /// Checks that XEXEC does all it should: both streams, a prompt, and every kind of ending.
  func expectXEXECWorks(_ location: SourceLocation = #_sourceLocation) throws {
    let tag = try start(script: "printf '\\005name?\\n'; read x; echo \"<$x>\"")
    #expect(try readLine() == Array("+ name?".utf8), sourceLocation: location)
    try sendLine("an answer")
    let answered = try readResponses(untilTagged: tag)
    #expect(answered.texts == ["* OK <an answer>"], sourceLocation: location)
    answered.expectExit(0, location)
    let failed = try run(script: "echo why >&2; exit 3")
    #expect(failed.texts == ["* NO why"], sourceLocation: location)
    failed.expectExit(3, location)
    let killed = try run(script: "kill -KILL $$")
    #expect(killed.outcome == "NO command failed (signal SIGKILL)", sourceLocation: location)
    try expectInStep(location)
  }

  /// Checks that the connection is in step: a command gets its own answer, and no other.
  func expectInStep(_ location: SourceLocation = #_sourceLocation) throws {
    let reply = try command("NOOP")
    #expect(reply.isOK, sourceLocation: location)
    #expect(reply.untagged.isEmpty, "\(reply.lines)", sourceLocation: location)
  }

  /// Checks that a line comes when it is written, and not with the program's end: however slow the
  /// machine is.
  func expectLinesAtOnce(_ location: SourceLocation = #_sourceLocation) throws {
    let tag = try start(script: "echo now; exec sleep 3")
    let line = try readLine()
    #expect(line == Array("* OK now".utf8), sourceLocation: location)
    let rest = try seconds { _ = try readResponses(untilTagged: tag) }
    #expect(rest > 1, sourceLocation: location)
  }

  /// Everything that was sent for a program's output: the text behind `* OK ` and `* NO `.
  static func text(of responses: [IMAPResponse], behind prefix: String = "* OK ") -> [[UInt8]] {
    responses.filter { $0.octets.starts(with: Array(prefix.utf8)) }
      .map { Array($0.octets.dropFirst(prefix.utf8.count)) }
  }
}

extension IMAPReply {
  /// The status and text of the tagged response, without the timing that Dovecot appends.
  var outcome: String {
    let text = "\(status) \(statusText)"
    guard let timing = text.range(of: #" \([0-9. +]* secs\)\.$"#, options: .regularExpression)
    else { return text }
    return String(text[..<timing.lowerBound])
  }

  /// Checks that the program exited, with a status.
  func expectExit(_ status: Int, _ location: SourceLocation = #_sourceLocation) {
    let expected =
      status == 0
      ? "OK command exited successfully" : "NO command failed (exit status \(status))"
    #expect(outcome == expected, sourceLocation: location)
  }

  /// The untagged responses and continuation requests as text.
  var texts: [String] { untagged.map(\.text) }
}

extension Trait where Self == ConditionTrait {
  /// For tests of what only Dovecot 2.3 has.
  static var for23: Self { .disabled(if: DovecotVersion.is24, "about settings of Dovecot 2.3") }

  /// For tests of what Dovecot has from 2.4 on.
  static var for24: Self { .enabled(if: DovecotVersion.is24, "about settings of Dovecot 2.4") }
}

/// Waits until a condition holds, and records a failure if it does not within `seconds`.
func expectSoon(
  _ what: String, within seconds: Double = 20, _ location: SourceLocation = #_sourceLocation,
  _ condition: () throws -> Bool
) rethrows {
  let deadline = Date(timeIntervalSinceNow: seconds)
  while Date() < deadline {
    if try condition() { return }
    Thread.sleep(forTimeInterval: 0.02)
  }
  Issue.record("not within \(seconds) s: \(what)", sourceLocation: location)
}

/// A word that no other process has in its command line.
func uniqueWord() -> String { "xexec-test-\(UUID().uuidString)" }

/// The living processes with a word in their command line.
func processes(with word: String) -> [ProcessEntry] {
  ProcessEntry.all().filter { $0.isAlive && $0.commandLine.contains(word) }
}

/// Seconds that a closure took.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  let start = ContinuousClock.now
  try body()
  let elapsed = ContinuousClock.now - start
  return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
}

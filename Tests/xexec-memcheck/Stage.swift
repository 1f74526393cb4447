import Foundation
import PrivateDovecot

/// Where a dialogue is played: a Dovecot whose imap processes run under valgrind.
struct Stage {
  let dovecot: PrivateDovecot
  let valgrind: Valgrind

  static let user = "marc@perkel.com"
  static let password = "secret"

  /// A connection that is logged in.
  func connect(
    as user: String = Self.user, receiveBufferSize: Int? = nil
  ) throws -> IMAPConnection {
    // an imap process takes seconds to start under valgrind
    let client = try IMAPConnection(
      port: dovecot.port, timeout: .seconds(120), receiveBufferSize: receiveBufferSize)
    try client.login(user, Self.password)
    return client
  }

  /// Waits until a condition holds.
  func wait(until what: String, _ condition: () -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: 120)
    while !condition() {
      guard Date() < deadline else { throw KitError(.timedOut, "not in time: \(what)") }
      usleep(20_000)
    }
  }
}

/// Checks something that the dialogue must bring.
func demand(_ condition: Bool, _ what: @autoclosure () -> String) throws {
  guard condition else { throw KitError(.protocolViolation, what()) }
}

extension IMAPConnection {
  /// Sends `XEXEC sh` with a script. Returns the tag.
  func start(script: String, module: String = "sh") throws -> String {
    let tag = makeTag()
    try sendLine("\(tag) XEXEC \(module) {\(script.utf8.count)+}\r\n\(script)")
    return tag
  }

  /// Runs a script, and checks the responses.
  ///
  /// - Parameters:
  ///   - lines: The responses before the tagged one; `nil` for any.
  ///   - result: How the tagged response goes on.
  func run(
    script: String, module: String = "sh", showing lines: [String]? = nil,
    result: String = "OK command exited successfully"
  ) throws {
    try finish(start(script: script, module: module), showing: lines, result: result)
  }

  /// Reads the responses to a command, and checks them.
  func finish(_ tag: String, showing lines: [String]? = nil, result: String = "OK") throws {
    let reply = try readResponses(untilTagged: tag)
    let texts = reply.untagged.map(\.text)
    try demand(
      lines == nil || lines == texts, "expected \(lines ?? []), not \(texts.suffix(20))")
    try demand(
      "\(reply.status) \(reply.statusText)".hasPrefix(result),
      "expected \(result), not \(reply.tagged.text)")
  }

  /// Sends a command, and checks how it is answered.
  func expect(_ command: String, _ result: String = "OK") throws {
    let tag = makeTag()
    try sendLine("\(tag) \(command)")
    try finish(tag, result: result)
  }

  /// Reads the line that must come next.
  func expectLine(_ text: String) throws {
    let line = String(decoding: try readLine(), as: UTF8.self)
    try demand(line == text, "expected \(text), not \(line)")
  }

  /// Logs out, and closes.
  func leave() throws {
    try expect("LOGOUT")
    close()
  }
}

import PrivateDovecot

/// An IMAP session that prints what both sides say and checks the answers.
final class Session {
  /// An answer that was not as expected.
  struct Surprise: Error, CustomStringConvertible {
    let description: String
  }

  private let connection: IMAPConnection
  private var commands = 0

  /// Connects to a port of 127.0.0.1 and prints the greeting.
  init(port: UInt16) throws {
    connection = try IMAPConnection(port: port)
    say("S: \(connection.greeting)")
  }

  deinit { connection.close() }

  /// Sends a command and reads its responses.
  ///
  /// - Parameters:
  ///   - text: The command without its tag.
  ///   - answers: The lines for the prompts, in their order. There must be as many prompts.
  ///   - literal: The lines of a literal that is the last argument.
  ///   - shown: Texts that untagged responses must hold.
  ///   - result: How the tagged response must go on after its `OK`, with or without a response
  ///     code.
  /// - Throws: ``Surprise`` if it is not so.
  func command(
    _ text: String, answering answers: [String] = [], literal: [String]? = nil,
    showing shown: [String] = [], expecting result: String
  ) throws {
    commands += 1
    let tag = String(repeating: "0", count: commands < 10 ? 2 : 1) + String(commands)
    var lines = answers[...]
    if let literal {
      let size = literal.reduce(0) { $0 + $1.utf8.count + 2 }
      try send("\(tag) \(text) {\(size)}")
      // in one go, as there is one continuation request: the last line ends the command
      lines = [literal.joined(separator: "\r\n") + "\r\n"]
    } else {
      try send("\(tag) \(text)")
    }
    var untagged: [String] = []
    while true {
      let response = try connection.readResponse()
      say("S: \(response)")
      if response.isContinuation {
        guard let answer = lines.popFirst() else {
          throw Surprise(description: "\(text): one prompt more than expected")
        }
        try send(answer)
      } else if response.isTagged(tag) {
        guard response.text.hasPrefix("\(tag) OK "), response.text.contains(result) else {
          throw Surprise(description: "\(text): expected \"\(tag) OK \(result)\"")
        }
        break
      } else {
        untagged.append(response.text)
      }
    }
    for text in shown where !untagged.contains(where: { $0.contains(text) }) {
      throw Surprise(description: "no response holds \"\(text)\"")
    }
    guard lines.isEmpty else {
      throw Surprise(description: "\(text): \(lines.count) prompts fewer than expected")
    }
  }

  /// Sends a line, or several.
  private func send(_ text: String) throws {
    for line in text.split(separator: "\r\n", omittingEmptySubsequences: false) {
      say("C: \(line)")
    }
    try connection.sendLine(text)
  }
}

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
  ///   - shown: Texts that untagged responses must hold.
  ///   - result: How the tagged response must go on after its `OK`, with or without a response
  ///     code.
  /// - Throws: ``Surprise`` if it is not so.
  func command(
    _ text: String, answering answers: [String] = [], showing shown: [String] = [],
    expecting result: String
  ) throws {
    commands += 1
    let tag = "00\(commands)"
    try send("\(tag) \(text)")
    var answers = answers[...]
    var untagged: [String] = []
    while true {
      let response = try connection.readResponse()
      say("S: \(response)")
      if response.isContinuation {
        guard let answer = answers.popFirst() else {
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
    guard answers.isEmpty else {
      throw Surprise(description: "\(text): \(answers.count) prompts fewer than expected")
    }
  }

  private func send(_ line: String) throws {
    say("C: \(line)")
    try connection.sendLine(line)
  }
}

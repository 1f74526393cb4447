import Glibc

/// Questions to the client: prompts on stdout, answers on stdin.
struct Prompts {
  /// What is said if no answer comes: that nothing has been done yet.
  private let consequence: String

  /// How long an answer may take, all of it. Who is asked holds a process of the server.
  private let patience: Duration

  init(ifUnanswered consequence: String, patience: Duration = .seconds(600)) {
    self.consequence = consequence
    self.patience = patience
  }

  /// Octets that were read behind the end of a line.
  private var ahead: [UInt8] = []

  /// Asks the client for a line.
  ///
  /// - Parameters:
  ///   - label: What the client is shown.
  ///   - limit: How many octets of the answer are of interest.
  /// - Returns: The line without its end; of one that is longer, the first `limit + 1` octets.
  /// - Throws: ``Refusal`` if none comes.
  mutating func ask(_ label: String, limit: Int) throws(Refusal) -> [UInt8] {
    Output.write("\u{05}\(label)")
    let deadline = ContinuousClock.now + patience
    var line: [UInt8] = []
    while true {
      let end = ahead.firstIndex(of: UInt8(ascii: "\n"))
      line += ahead[..<(end ?? ahead.endIndex)].prefix(limit + 1 - line.count)
      ahead = end.map { Array(ahead[($0 + 1)...]) } ?? []
      if end != nil { return line }
      ahead = try read(until: deadline)
    }
  }

  private func read(until deadline: ContinuousClock.Instant) throws(Refusal) -> [UInt8] {
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      let left = max(0, ((deadline - .now) / .milliseconds(1)).rounded(.up))
      let ready = poll(&input, 1, Int32(left))
      if ready == 0 { throw Refusal(.cutInput, "No answer came in time. \(consequence)") }
      let count = ready < 0 ? -1 : Glibc.read(STDIN_FILENO, &chunk, chunk.count)
      if count > 0 { return Array(chunk[..<count]) }
      if count == 0 || errno != EINTR {
        throw Refusal(.cutInput, "The input ended before the answer. \(consequence)")
      }
    }
  }
}

import Glibc

/// Questions to the client: prompts, answered by a line each.
struct LineInput {
  private var buffer: [UInt8] = []

  /// Asks for a line.
  ///
  /// - Parameter label: What the client is shown.
  /// - Returns: The line's octets without its end.
  /// - Throws: ``Refusal`` at the end of the input.
  mutating func ask(_ label: String) throws(Refusal) -> [UInt8] {
    Output.write("\u{05}\(label)")
    while true {
      if let end = buffer.firstIndex(of: 0x0A) {
        defer { buffer.removeFirst(end + 1) }
        return Array(buffer[..<end])
      }
      let piece = [UInt8](unsafeUninitializedCapacity: 4096) { room, count in
        count = max(0, read(STDIN_FILENO, room.baseAddress, room.count))
      }
      guard !piece.isEmpty else {
        throw Refusal(.cutInput, "The input ended before the message did. Nothing was sent.")
      }
      buffer += piece
    }
  }
}

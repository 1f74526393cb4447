import Glibc

/// Reads a message of known size from a descriptor, a piece at a time.
///
/// The message is complete when all of its octets have come and the end of the input behind them:
/// the plugin closes stdin only when the client has ended its command line.
struct LiteralReader {
  private static let pieceSize = 65536

  private let descriptor: Int32
  private let size: Int
  private let termination: Termination
  private var received = 0

  /// - Parameters:
  ///   - descriptor: Where the message comes in.
  ///   - size: Its octets.
  init(descriptor: Int32 = STDIN_FILENO, size: Int, termination: Termination) {
    self.descriptor = descriptor
    self.size = size
    self.termination = termination
  }

  /// Waits for the next piece.
  ///
  /// - Returns: Some octets; none when the message is complete.
  /// - Throws: ``MessageFault`` if it will not be complete.
  mutating func read() throws(MessageFault) -> [UInt8] {
    guard termination.waitForInput(descriptor) else { throw .terminated }
    var failed = false
    let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, count in
      let result = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      failed = result < 0
      count = max(0, result)
    }
    if failed { throw .unreadable }
    if piece.isEmpty && received < size { throw .cut(received: received, size: size) }
    received += piece.count
    if received > size { throw .surplus(size: size) }
    return piece
  }
}

/// A message on its way: read in pieces, given out as SMTP wants it and without Bcc, never as a whole
/// in memory.
final class MessageBody {
  /// How long a header may be that ``header()`` looks at, in octets.
  static let headerLimit = 256 * 1024

  private var literal: LiteralReader?
  /// What has been read, but not normalized.
  private var raw: [UInt8]
  private var isAtEnd: Bool
  private var normalizer = LineNormalizer()
  private var remover = BccRemover()
  /// What is normalized, and how much of it has been given out.
  private var output: [UInt8] = []
  private var position = 0

  /// Whether its end has been reached.
  private(set) var isComplete = false

  /// A message that comes in while it is sent.
  init(_ literal: LiteralReader) {
    self.literal = literal
    raw = []
    isAtEnd = false
  }

  /// A message that is there.
  init(_ octets: [UInt8]) {
    raw = octets
    isAtEnd = true
  }

  /// Reads as far as the header goes.
  ///
  /// - Returns: The octets up to the first empty line, or the whole message if it has none.
  /// - Throws: ``MessageFault``; also if the header is longer than ``headerLimit``.
  func header() throws(MessageFault) -> ArraySlice<UInt8> {
    var searched = 0
    while true {
      if let end = Self.endOfHeader(raw, from: searched) { return raw[..<end] }
      if raw.count > Self.headerLimit { throw .headerTooLong(limit: Self.headerLimit) }
      searched = max(0, raw.count - 2)
      let piece = try readPiece()
      if piece.isEmpty { return raw[...] }
      raw += piece
    }
  }

  /// Gives out the next octets.
  ///
  /// - Parameter room: Where they go; not empty.
  /// - Returns: How many they are; 0 when the message is complete.
  /// - Throws: ``MessageFault`` if it never will be. The relay must not accept what it has then.
  func read(into room: UnsafeMutableRawBufferPointer) throws(MessageFault) -> Int {
    while position == output.count {
      output.removeAll(keepingCapacity: true)
      position = 0
      if isComplete { return 0 }
      let piece = try takePiece()
      if piece.isEmpty {
        try normalizer.finish(into: &output)
        output = remover.filter(output) + remover.finish()
        isComplete = true
      } else {
        try normalizer.normalize(piece, into: &output)
        output = remover.filter(output)
      }
    }
    let count = min(room.count, output.count - position)
    output.withUnsafeBytes {
      room.copyMemory(from: .init(rebasing: $0[position..<position + count]))
    }
    position += count
    return count
  }

  private func takePiece() throws(MessageFault) -> [UInt8] {
    if raw.isEmpty { return try readPiece() }
    defer { raw = [] }
    return raw
  }

  private func readPiece() throws(MessageFault) -> [UInt8] {
    if isAtEnd { return [] }
    let piece = try literal?.read() ?? []
    isAtEnd = piece.isEmpty
    return piece
  }

  /// Where the empty line behind a header starts.
  private static func endOfHeader(_ octets: [UInt8], from start: Int) -> Int? {
    var isAtLineStart = start == 0
    for index in start..<octets.count {
      switch octets[index] {
      case 0x0A where isAtLineStart: return index
      case 0x0A: isAtLineStart = true
      case 0x0D: break
      default: isAtLineStart = false
      }
    }
    return nil
  }
}

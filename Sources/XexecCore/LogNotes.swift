import CXexec

/// Lines for the log of the server, until somebody writes them.
struct LogNotes: ~Copyable {
  /// What the next line is.
  var level = LogLevel.error
  /// Each line: its level, its octets, a newline.
  private var lines = OctetBuffer()

  var isEmpty: Bool { lines.isEmpty }

  /// Appends a line, unless it is blank. Its octets are UTF-8 and no control octets.
  mutating func append(_ line: UnsafeBufferPointer<UInt8>) {
    if line.allSatisfy(ASCII.isBlank) { return }
    lines.append(level.rawValue)
    lines.append(line)
    lines.append(ASCII.lineFeed)
  }

  /// Hands all lines to `write`, and forgets them.
  @inline(never)
  mutating func removeAll(_ write: (LogLevel, UnsafeBufferPointer<UInt8>) -> Void) {
    var rest = lines.octets
    while let level = rest.first.flatMap(LogLevel.init(rawValue:)), let start = rest.baseAddress,
      let newline = memchr(start, Int32(ASCII.lineFeed), rest.count)
    {
      let count = UnsafePointer(newline.assumingMemoryBound(to: UInt8.self)) - start
      write(level, UnsafeBufferPointer(rebasing: rest[1..<count]))
      rest = UnsafeBufferPointer(rebasing: rest[(count + 1)...])
    }
    lines.removeAll()
  }
}

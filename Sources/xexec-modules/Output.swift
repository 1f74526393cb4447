import Glibc

/// stdout, whose lines the plugin shows as `* OK`.
enum Output {
  /// Writes lines, all of them or as many as there is a reader for.
  static func write(_ lines: [[UInt8]]) {
    let octets = Array(lines.joined(separator: [UInt8(ascii: "\n")])) + [UInt8(ascii: "\n")]
    var written = 0
    while written < octets.count {
      let count = octets.withUnsafeBytes {
        Glibc.write(STDOUT_FILENO, $0.baseAddress! + written, octets.count - written)
      }
      if count > 0 {
        written += count
      } else if errno != EINTR {
        return  // the client is gone
      }
    }
  }

  /// Writes a line.
  static func write(_ line: String) { write([Array(line.utf8)]) }
}

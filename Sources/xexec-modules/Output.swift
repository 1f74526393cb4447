import Glibc

/// stdout, whose lines the plugin shows as `* OK`.
enum Output {
  /// Writes lines, each with its end: all of them, or as many as there is a reader for.
  static func write(_ octets: [UInt8]) {
    var written = 0
    while written < octets.count {
      let count = octets.withUnsafeBytes {
        let rest = UnsafeRawBufferPointer(rebasing: $0[written...])
        return Glibc.write(STDOUT_FILENO, rest.baseAddress, rest.count)
      }
      if count > 0 {
        written += count
      } else if errno != EINTR {
        return  // the client is gone
      }
    }
  }

  /// Writes a line.
  static func write(_ line: String) { write(Array("\(line)\n".utf8)) }
}

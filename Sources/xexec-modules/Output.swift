import Glibc

/// stdout, whose lines the plugin shows as `* OK`.
enum Output {
  /// Whether a socket is behind it: that of Dovecot's `script` service. The plugin itself gives a
  /// program pipes.
  static var isService: Bool {
    var status = stat()
    return fstat(STDOUT_FILENO, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
  }

  /// Puts /dev/null in the place of each standard stream that is closed: the next file that is opened
  /// would take the place, and what is written to the stream.
  static func occupyStandardStreams() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", O_RDWR)  // the lowest number that is free
    }
  }

  /// Writes lines, each with its end: all of them, or as many as there is a reader for.
  ///
  /// - Returns: Whether it was all.
  @discardableResult
  static func write(_ octets: [UInt8], to descriptor: Int32 = STDOUT_FILENO) -> Bool {
    var written = 0
    while written < octets.count {
      let count = octets.withUnsafeBytes {
        let rest = UnsafeRawBufferPointer(rebasing: $0[written...])
        return Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
      if count > 0 {
        written += count
      } else if errno != EINTR {
        return false  // the client is gone
      }
    }
    return true
  }

  /// Writes a line.
  ///
  /// - Returns: Whether there is a reader for it.
  @discardableResult
  static func write(_ line: String, to descriptor: Int32 = STDOUT_FILENO) -> Bool {
    write(Array("\(line)\n".utf8), to: descriptor)
  }
}

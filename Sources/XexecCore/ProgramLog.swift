import CXexec

/// What a program has said for the log of the server: a run's share of it.
///
/// The log is everybody's, and a program is not trusted: lines are cut, and after a number of them
/// there are no more.
struct ProgramLog: ~Copyable {
  /// The most lines of one run.
  static let maximumLines = 100
  /// The most octets of a line, those in front of the program's words not counted.
  static let maximumText = 1000

  private let host: xexec_run_host
  private var lines = 0

  init(host: xexec_run_host) { self.host = host }

  /// Writes the program's words.
  ///
  /// - Parameters:
  ///   - text: What it has said: UTF-8 without control octets.
  ///   - describe: Writes which run it is.
  @inline(never)
  mutating func write(
    _ level: LogLevel, _ text: UnsafeBufferPointer<UInt8>, describe: (inout OctetBuffer) -> Void
  ) {
    if lines > Self.maximumLines { return }
    lines += 1
    var line = OctetBuffer()
    describe(&line)
    line.append(": ")
    if lines > Self.maximumLines {
      line.append("says more than 100 lines, the others are left out")
      host.log(.warning, &line)
      return
    }
    let cut = Self.cut(text)
    line.append(UnsafeBufferPointer(rebasing: text[..<cut]))
    if cut < text.count { line.append(" ...") }
    host.log(level, &line)
  }

  /// How many octets of a text go into a line: whole characters.
  private static func cut(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    var end = min(text.count, maximumText)
    if end < text.count {
      while end > 0 && text[end] & 0xC0 == 0x80 { end -= 1 }
    }
    return end
  }
}

extension xexec_run_host {
  /// Writes a line to the log of the server. It holds no NUL.
  func log(_ level: LogLevel, _ line: inout OctetBuffer) {
    log(context, xexec_log_level(UInt32(level.rawValue)), line.cString())
  }
}

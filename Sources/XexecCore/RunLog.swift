import CXexec

/// A run's share of the server's log: how it ended, and what its program has said for the log.
///
/// The log is everybody's, and a program is not trusted: its lines are cut, and after a number of them
/// there are no more.
struct RunLog: ~Copyable {
  /// What runs the program.
  enum Runner {
    case process(pid_t)
    case service(address: OwnedCString)
  }

  /// The most lines of one run.
  static let maximumLines = 100
  /// The most octets of a line, those in front of the program's words not counted.
  static let maximumText = 1000

  private let host: xexec_run_host
  private let module: Module
  private let runner: Runner
  private let startedAt: Int
  private var lines = 0
  /// There is no log any more.
  var isSilent = false

  init(host: xexec_run_host, module: Module, runner: Runner, now: Int) {
    self.host = host
    self.module = module
    self.runner = runner
    startedAt = now
  }

  /// Writes the program's words.
  ///
  /// - Parameter text: What it has said: UTF-8 without control octets.
  @inline(never)
  @_optimize(size)
  mutating func write(_ level: LogLevel, _ text: UnsafeBufferPointer<UInt8>) {
    if isSilent || lines > Self.maximumLines { return }
    lines += 1
    var line = OctetBuffer()
    appendStart(to: &line)
    if lines > Self.maximumLines {
      line.append("says more than 100 lines, the others are left out")
      host.log(.warning, &line)
      return
    }
    let cut = Self.cut(text)
    line.append(UnsafeBufferPointer(rebasing: text[..<cut]), controlsAs: ASCII.space)
    if cut < text.count { line.append(" ...") }
    host.log(level, &line)
  }

  /// Writes why a service is not reached.
  @_optimize(size)
  func writeUnreachable(_ reason: UnsafePointer<CChar>) {
    guard case .service(let address) = runner, !isSilent else { return }
    var line = OctetBuffer()
    line.append("xexec: connecting to ")
    // variables may have put anything into it
    line.append(forLog: address.start)
    line.append(" failed: ")
    line.append(cString: reason)
    host.log(.error, &line)
  }

  /// Appends one line: which run, how it ended, milliseconds, octets out and in. Never any of the
  /// arguments, answers and texts: they hold passwords.
  func append(
    _ outcome: RunOutcome, octetsOut: Int, octetsIn: Int, now: Int, to line: inout OctetBuffer
  ) {
    appendStart(to: &line)
    outcome.describe(to: &line)
    line.append(", ")
    line.append(decimal: now - startedAt)
    line.append(" ms, ")
    line.append(decimal: octetsOut)
    line.append(" octets out, ")
    line.append(decimal: octetsIn)
    line.append(" octets in")
  }

  /// Appends which run it is: module, and process id or service.
  private func appendStart(to line: inout OctetBuffer) {
    line.append("xexec: module ")
    line.append(cString: module.name.start)
    switch runner {
    case .process(let id):
      line.append(", pid ")
      line.append(decimal: Int(id))
    case .service(let address):
      line.append(", ")
      line.append(forLog: address.start)
    }
    line.append(": ")
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

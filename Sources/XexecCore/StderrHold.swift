/// Whether stderr waits for the first word on stdout, or for the end of the program.
///
/// What a program says there before anything else may be no word of its own: the system's loader and
/// the shells say so that they cannot run it, with the statuses 126 and 127. That is the
/// administrator's business. Which of the two it is shows only at the end, and that comes at once.
struct StderrHold {
  /// How long it waits, in milliseconds.
  static let period = 250

  /// nil when it waits no more.
  private var until: Int?

  init(until: Int?) { self.until = until }

  var isOver: Bool { until == nil }

  mutating func release() { until = nil }

  mutating func release(ifDue now: Int) {
    if let until, now >= until { release() }
  }

  /// Milliseconds until it waits no more; nil if it does not wait.
  func timeout(now: Int) -> Int? { until.map { max(0, $0 - now) } }

  /// Whether an exit status says that the program did not run (POSIX.1-2017, Shell & Utilities,
  /// 2.8.2).
  static func didNotRun(_ status: TerminationStatus) -> Bool {
    status == .exited(126) || status == .exited(127)
  }
}

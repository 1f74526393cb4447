/// How far a run has come.
enum RunState {
  /// Its program works.
  case running
  /// Its program is being ended.
  case ending(RunOutcome.Reason)
  /// Its program is no more, or past help. What is in the pipes is still read.
  case ended(RunOutcome)

  var isRunning: Bool {
    if case .running = self { return true }
    return false
  }

  var hasEnded: Bool {
    if case .ended = self { return true }
    return false
  }

  /// What is known of the end.
  var outcome: RunOutcome {
    switch self {
    case .running: return RunOutcome(status: nil, reason: nil)
    case .ending(let reason): return RunOutcome(status: nil, reason: reason)
    case .ended(let outcome): return outcome
    }
  }

  /// The server ends the program. Returns false if it is ending, or has ended, without that.
  mutating func end(for reason: RunOutcome.Reason) -> Bool {
    guard isRunning else { return false }
    self = .ending(reason)
    return true
  }

  /// There is nothing to wait for any more.
  ///
  /// - Parameter status: How the program ended, if that is known.
  mutating func end(with status: TerminationStatus?) {
    self = .ended(RunOutcome(status: status, reason: outcome.reason))
  }

  /// The client has broken the protocol, which it is told even if the program has ended well.
  mutating func blame(_ reason: RunOutcome.Reason) {
    if case .ended(let outcome) = self, outcome.reason == nil {
      self = .ended(RunOutcome(status: outcome.status, reason: reason))
    }
  }
}

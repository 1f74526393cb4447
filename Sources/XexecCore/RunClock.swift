/// What runs out while a program works: its own time, and that of a client that may be gone.
struct RunClock {
  private var limit: TimeLimit
  private var leavesAt: Int?

  /// How long a client that has ended its sending side is still served, in milliseconds. It cannot
  /// be told from one that is gone behind a firewall that tells nobody.
  static let halfClosedPeriod = 10_000

  /// - Parameter limit: The program's time in milliseconds, 0 = none.
  init(limit: UInt32, now: Int) { self.limit = TimeLimit(milliseconds: limit, now: now) }

  /// The program's time stands still while the client is waited for.
  mutating func setWaitingForClient(_ waiting: Bool, now: Int) {
    limit.setRunning(!waiting, now: now)
  }

  func isTimedOut(now: Int) -> Bool { limit.timeout(now: now) == 0 }

  /// The client has ended its sending side. Returns false if that was known.
  mutating func clientHalfClosed(now: Int) -> Bool {
    if leavesAt != nil { return false }
    leavesAt = now + RunClock.halfClosedPeriod
    return true
  }

  /// Whether such a client is to be given up.
  func givesUpClient(now: Int) -> Bool { leavesAt.map { $0 <= now } ?? false }

  /// Milliseconds until the first of these, or of `others`, but not the program's time when it is
  /// being ended: then until that has to be looked after.
  func timeout(ending: Int?, others: (Int?, Int?), now: Int) -> Int? {
    var due = ending ?? limit.timeout(now: now)
    func atLatest(_ other: Int?) {
      if let other { due = min(due ?? other, max(0, other)) }
    }
    atLatest(leavesAt.map { $0 - now })
    atLatest(others.0)
    atLatest(others.1)
    return due
  }
}

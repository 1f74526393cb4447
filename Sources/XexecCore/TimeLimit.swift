/// How long a program may work. The time stands still while the program waits for the client.
struct TimeLimit {
  /// Milliseconds that were left when the time last began to run; nil = without limit.
  private var left: Int?
  /// When the time last began to run; nil while it stands still.
  private var runsSince: Int?

  /// - Parameters:
  ///   - milliseconds: the limit, 0 = none.
  ///   - now: a time in milliseconds, on any clock that only goes forward.
  init(milliseconds: UInt32, now: Int) {
    left = milliseconds == 0 ? nil : Int(milliseconds)
    runsSince = now
  }

  /// Lets the time run, or stand still, from now on.
  mutating func setRunning(_ running: Bool, now: Int) {
    if running == (runsSince != nil) { return }
    if let remaining = remaining(now: now) { left = remaining }
    runsSince = running ? now : nil
  }

  /// Milliseconds until the limit is reached, at least 0; nil = without limit.
  func remaining(now: Int) -> Int? {
    guard let left else { return nil }
    guard let runsSince else { return left }
    return max(0, left - (now - runsSince))
  }

  /// Milliseconds until the limit is reached, unless it is not going to be: no limit, or the time
  /// stands still.
  func timeout(now: Int) -> Int? {
    runsSince == nil ? nil : remaining(now: now)
  }
}

import Glibc

/// A moment by which something has to be done.
struct Deadline {
  private let moment: ContinuousClock.Instant

  /// Makes the deadline that passes after a time from now.
  init(in time: Duration) {
    moment = .now + time
  }

  /// Whether it is too late.
  var hasPassed: Bool { moment <= .now }

  /// The time left as `poll(2)` takes it, rounded up so that a wait never ends early.
  var pollMilliseconds: Int32 {
    let left = ContinuousClock.now.duration(to: moment) / Duration.milliseconds(1)
    return Int32(max(0, min(left.rounded(.up), 1_000_000)))
  }
}

/// Looks again and again, some 10 ms apart, until `isTrue` holds.
///
/// - Returns: Whether it held before `timeout` had passed.
public func waitUntil(timeout: Duration, _ isTrue: () throws -> Bool) rethrows -> Bool {
  let deadline = Deadline(in: timeout)
  while true {
    if try isTrue() { return true }
    if deadline.hasPassed { return false }
    usleep(10_000)
  }
}

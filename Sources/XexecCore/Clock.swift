import CXexec

enum Clock {
  /// Milliseconds on a clock that only goes forward, whatever is done to the time of day.
  static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000
  }
}

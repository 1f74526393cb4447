/// The end of what a service sends: behind the program's output `+` and a newline if it exited with
/// status 0, and `-` and a newline if not (util/script.c).
///
/// Only the end of the connection tells a result from output that looks like one. So what may be the
/// result is held back: for a moment, because it may be a prompt's label too.
struct ServiceResult {
  /// For how long something may be held back, in milliseconds. The end of the connection comes right
  /// behind a result.
  static let holdPeriod = 100

  /// The last two octets that came, held back or not.
  private var last: (UInt8, UInt8) = (0, 0)
  /// How many of them are held back.
  private(set) var heldCount = 0

  /// Takes what the service sent. Passes on what cannot be the result.
  mutating func take(
    _ octets: UnsafeBufferPointer<UInt8>, passOn: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    if octets.isEmpty { return }
    let before = last
    last = octets.count == 1 ? (last.1, octets[0]) : (octets[octets.count - 2], octets.last ?? 0)

    let total = heldCount + octets.count
    let held = candidateCount(of: total)
    let released = total - held
    pass(before, min(released, heldCount), passOn)
    if released > heldCount {
      passOn(UnsafeBufferPointer(rebasing: octets[..<(released - heldCount)]))
    }
    heldCount = held
  }

  /// Passes on what is held back: it is output.
  mutating func release(passOn: (UnsafeBufferPointer<UInt8>) -> Void) {
    pass(last, heldCount, passOn)
    heldCount = 0
  }

  /// The connection has ended: how the program did. Passes on what is held back, unless it is the
  /// result.
  @_optimize(size)
  mutating func finish(passOn: (UnsafeBufferPointer<UInt8>) -> Void) -> TerminationStatus {
    if last.1 == ASCII.lineFeed {
      if last.0 == UInt8(ascii: "+") { return .exited(0) }
      if last.0 == UInt8(ascii: "-") { return .failed }
    }
    release(passOn: passOn)
    return .lost
  }

  /// How many of the last octets may be the result, or the beginning of it.
  private func candidateCount(of total: Int) -> Int {
    if isSign(last.1) { return 1 }
    return total >= 2 && last.1 == ASCII.lineFeed && isSign(last.0) ? 2 : 0
  }

  private func isSign(_ octet: UInt8) -> Bool {
    octet == UInt8(ascii: "+") || octet == UInt8(ascii: "-")
  }

  /// Passes on the first `count` of the octets that were held back; `last` is what they ended with.
  private func pass(
    _ last: (UInt8, UInt8), _ count: Int, _ passOn: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    if count == 0 { return }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2) { held in
      held[0] = heldCount == 2 ? last.0 : last.1
      held[1] = last.1
      passOn(UnsafeBufferPointer(rebasing: held[..<count]))
    }
  }
}

/// The rest of a command line that nobody wants. A literal in it that the client sends without being
/// asked, `{5+}`, goes with it: its octets are no commands, whatever a client has put into it (RFC
/// 7888, section 3).
struct RestOfLine {
  /// The end of the line has come.
  private(set) var isOver = false
  /// Octets of a literal that are still to be skipped.
  private var literalLeft: UInt64 = 0
  /// The size that is being read.
  private var size: UInt64 = 0
  private var seen = Seen.nothing

  /// How much of `{5+}` and the end of the line has come.
  private enum Seen {
    case nothing
    case brace
    case digits
    case plus
    case announcement
    case carriageReturn
  }

  /// Takes octets of the line, up to its end. Returns how many it took.
  @_optimize(size)
  mutating func take(_ octets: UnsafeBufferPointer<UInt8>) -> Int {
    var taken = 0
    while taken < octets.count && !isOver {
      if literalLeft > 0 {
        let count = Int(min(literalLeft, UInt64(octets.count - taken)))
        literalLeft -= UInt64(count)
        taken += count
      } else {
        take(octets[taken])
        taken += 1
      }
    }
    return taken
  }

  @_optimize(size)
  private mutating func take(_ octet: UInt8) {
    switch (octet, seen) {
    case (ASCII.lineFeed, .announcement), (ASCII.lineFeed, .carriageReturn):
      literalLeft = size
      seen = .nothing
    case (ASCII.lineFeed, _):
      isOver = true
    case (ASCII.carriageReturn, .announcement):
      seen = .carriageReturn
    case (UInt8(ascii: "{"), _):
      size = 0
      seen = .brace
    case (UInt8(ascii: "0")...UInt8(ascii: "9"), .brace),
      (UInt8(ascii: "0")...UInt8(ascii: "9"), .digits):
      add(octet - UInt8(ascii: "0"))
      seen = .digits
    case (UInt8(ascii: "+"), .digits):
      seen = .plus
    case (UInt8(ascii: "}"), .plus):
      seen = .announcement
    default:
      seen = .nothing
    }
  }

  /// A size that no literal can have is skipped for ever.
  private mutating func add(_ digit: UInt8) {
    let (product, isTooLarge) = size.multipliedReportingOverflow(by: 10)
    let (sum, isStillTooLarge) = product.addingReportingOverflow(UInt64(digit))
    size = isTooLarge || isStillTooLarge || size == UInt64.max ? UInt64.max : sum
  }
}

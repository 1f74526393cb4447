import CXexec

/// The rest of a command line that nobody wants. A literal in it that the client sends without being
/// asked, `{5+}`, goes with it: its octets are no commands, whatever a client has put into it (RFC
/// 7888, section 3).
extension xexec_skip {
  /// How much of `{5+}` and the end of the line has come.
  private enum Seen: UInt8 {
    case nothing
    case brace
    case digits
    case plus
    case announcement
    case carriageReturn
  }

  /// Takes octets of the line, up to its end. Returns how many it took.
  mutating func take(_ octets: UnsafeBufferPointer<UInt8>) -> Int {
    var taken = 0
    while taken < octets.count && !done {
      if literal_left > 0 {
        let count = Int(min(literal_left, UInt64(octets.count - taken)))
        literal_left -= UInt64(count)
        taken += count
      } else {
        take(octets[taken])
        taken += 1
      }
    }
    return taken
  }

  private mutating func take(_ octet: UInt8) {
    let before = Seen(rawValue: seen) ?? .nothing
    switch (octet, before) {
    case (ASCII.lineFeed, .announcement), (ASCII.lineFeed, .carriageReturn):
      literal_left = size
      see(.nothing)
    case (ASCII.lineFeed, _):
      done = true
    case (ASCII.carriageReturn, .announcement):
      see(.carriageReturn)
    case (UInt8(ascii: "{"), _):
      size = 0
      see(.brace)
    case (UInt8(ascii: "0")...UInt8(ascii: "9"), .brace),
      (UInt8(ascii: "0")...UInt8(ascii: "9"), .digits):
      add(octet - UInt8(ascii: "0"))
      see(.digits)
    case (UInt8(ascii: "+"), .digits):
      see(.plus)
    case (UInt8(ascii: "}"), .plus):
      see(.announcement)
    default:
      see(.nothing)
    }
  }

  private mutating func see(_ new: Seen) { seen = new.rawValue }

  /// A size that no literal can have is skipped for ever.
  private mutating func add(_ digit: UInt8) {
    let (product, isTooLarge) = size.multipliedReportingOverflow(by: 10)
    let (sum, isStillTooLarge) = product.addingReportingOverflow(UInt64(digit))
    size = isTooLarge || isStillTooLarge || size == UInt64.max ? UInt64.max : sum
  }
}

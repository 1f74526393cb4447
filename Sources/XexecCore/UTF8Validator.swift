/// Finds out, octet by octet, what is valid UTF-8 (RFC 3629, section 4).
struct UTF8Validator {
  /// The octets of the character that is being read: at most three.
  private(set) var pending: (UInt8, UInt8, UInt8) = (0, 0, 0)
  private(set) var pendingCount = 0
  private var missing = 0
  /// The range of the next octet: narrower than 80...BF behind some first octets, so that overlong
  /// forms, surrogates and what is above U+10FFFF are found out at the second.
  private var next: ClosedRange<UInt8> = 0x80...0xBF

  enum Verdict {
    /// The octet is one character by itself.
    case ascii
    /// A character has begun or goes on.
    case incomplete
    /// The octet ends the character that the `pending` octets began.
    case complete
    /// The octet cannot be part of any character.
    case invalid
    /// The `pending` octets are no character: they have to be replaced, and the octet offered
    /// again.
    case invalidBefore
  }

  /// Takes the next octet. After `.complete` and `.invalidBefore` the caller calls `reset()`.
  mutating func take(_ octet: UInt8) -> Verdict {
    if missing > 0 {
      if !next.contains(octet) { return .invalidBefore }
      missing -= 1
      if missing == 0 { return .complete }
      append(octet)
      next = 0x80...0xBF
      return .incomplete
    }
    switch octet {
    case 0x00...0x7F:
      return .ascii
    case 0xC2...0xDF:
      begin(octet, missing: 1, next: 0x80...0xBF)
    case 0xE0:
      begin(octet, missing: 2, next: 0xA0...0xBF)
    case 0xED:
      begin(octet, missing: 2, next: 0x80...0x9F)
    case 0xE1...0xEF:
      begin(octet, missing: 2, next: 0x80...0xBF)
    case 0xF0:
      begin(octet, missing: 3, next: 0x90...0xBF)
    case 0xF1...0xF3:
      begin(octet, missing: 3, next: 0x80...0xBF)
    case 0xF4:
      begin(octet, missing: 3, next: 0x80...0x8F)
    default:
      return .invalid
    }
    return .incomplete
  }

  mutating func reset() {
    pendingCount = 0
    missing = 0
  }

  private mutating func begin(_ octet: UInt8, missing: Int, next: ClosedRange<UInt8>) {
    pendingCount = 0
    append(octet)
    self.missing = missing
    self.next = next
  }

  private mutating func append(_ octet: UInt8) {
    switch pendingCount {
    case 0: pending.0 = octet
    case 1: pending.1 = octet
    default: pending.2 = octet
    }
    pendingCount += 1
  }
}

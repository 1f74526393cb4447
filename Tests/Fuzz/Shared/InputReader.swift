/// Reads an input of libFuzzer from front to end.
///
/// Long lines are what breaks bounds, and libFuzzer is slow at making them. So two octets that
/// UTF-8 does not know have a meaning in texts:
///
///     FE c    the last (c >> 6) + 1 octets again, until the line has 8000 - 32 + (c & 63) of them,
///             or that and a multiple of 8000; with an LF among them, (c & 63) * 16 times
///     FF x    the octet x, whatever it is
struct InputReader {
  private let input: UnsafeBufferPointer<UInt8>
  private var position = 0

  init(_ data: UnsafePointer<UInt8>?, _ size: Int) {
    input = UnsafeBufferPointer(start: data, count: size)
  }

  /// The next octet, or nil at the end.
  mutating func next() -> UInt8? {
    if position == input.count { return nil }
    defer { position += 1 }
    return input[position]
  }

  /// The next octet, or 0 at the end.
  mutating func number() -> Int { Int(next() ?? 0) }

  /// A text up to a terminator, or to the end.
  ///
  /// - Parameters:
  ///   - limit: the most octets that it has.
  ///   - lineLength: how many octets the line that it goes on with has already.
  mutating func text(upTo terminator: UInt8?, limit: Int, lineLength: Int = 0) -> [UInt8] {
    var text: [UInt8] = []
    var lineLength = lineLength
    while let octet = next(), octet != terminator {
      if octet == 0xFE {
        fill(number(), &text, &lineLength, limit)
      } else if text.count < limit {
        let octet = octet == 0xFF ? next() ?? octet : octet
        text.append(octet)
        lineLength = octet == ASCII.lineFeed ? 0 : lineLength + 1
      }
    }
    return text
  }

  private func fill(
    _ parameter: Int, _ text: inout [UInt8], _ lineLength: inout Int, _ limit: Int
  ) {
    let unit = Array(text.suffix(parameter >> 6 + 1))
    if unit.isEmpty { return }
    if unit.contains(ASCII.lineFeed) {
      for _ in 0..<(parameter & 63) * 16 where text.count + unit.count <= limit { text += unit }
      return
    }
    var goal = 8000 - 32 + parameter & 63
    while goal < lineLength + unit.count { goal += 8000 }
    while lineLength + unit.count <= goal && text.count + unit.count <= limit {
      text += unit
      lineLength += unit.count
    }
  }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct Chance {
  private var state: UInt64

  init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) }

  /// A number from 1 up to `highest`.
  mutating func number(upTo highest: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return 1 + Int((mixed ^ (mixed >> 31)) % UInt64(highest))
  }
}

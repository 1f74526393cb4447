/// SplitMix64: the same numbers for the same seed, everywhere.
struct Chance: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Cuts octets into pieces of up to `longest`; there may be empty ones among them.
  mutating func cut(_ octets: Octets, longest: Int) -> [Octets] {
    var pieces: [Octets] = []
    var rest = octets.array[...]
    while !rest.isEmpty {
      let length = Int.random(in: 0...longest, using: &self)
      pieces.append(Octets(rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    return pieces
  }
}

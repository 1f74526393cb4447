import Testing

@testable import XexecCore

@Suite("UTF8Validator")
struct UTF8ValidatorTests {
  /// What is left of the octets, with U+FFFD for what is invalid.
  private func repair(_ octets: [UInt8]) -> [UInt8] {
    var repaired: [UInt8] = []
    var validator = UTF8Validator()

    func pending() -> [UInt8] {
      let three = [validator.pending.0, validator.pending.1, validator.pending.2]
      return Array(three.prefix(validator.pendingCount))
    }
    func take(_ octet: UInt8) {
      switch validator.take(octet) {
      case .ascii:
        repaired.append(octet)
      case .incomplete:
        break
      case .complete:
        repaired += pending() + [octet]
        validator.reset()
      case .invalid:
        repaired += [0xEF, 0xBF, 0xBD]
      case .invalidBefore:
        validator.reset()
        repaired += [0xEF, 0xBF, 0xBD]
        take(octet)
      }
    }

    for octet in octets { take(octet) }
    if validator.pendingCount > 0 { repaired += [0xEF, 0xBF, 0xBD] }
    return repaired
  }

  private func agrees(_ octets: [UInt8]) -> Bool {
    repair(octets).elementsEqual(String(decoding: octets, as: UTF8.self).utf8)
  }

  @Test("Every character of Unicode is valid")
  func everyCharacter() {
    var wrong = 0
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let octets = Array(UTF8.encode(scalar)!)
      if repair(octets) != octets { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  @Test("Every sequence of two octets is judged as the standard library judges it")
  func twoOctets() {
    var wrong: [[UInt8]] = []
    for first in UInt8.min...UInt8.max {
      if !agrees([first]) { wrong.append([first]) }
      for second in UInt8.min...UInt8.max where !agrees([first, second]) {
        wrong.append([first, second])
      }
    }
    #expect(wrong == [])
  }

  /// Those at which anything changes.
  private static let edges: [UInt8] = [
    0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0,
    0xF1, 0xF4, 0xF5, 0xFF,
  ]

  @Test("So are three and four octets, at all the edges", arguments: edges)
  func longer(first: UInt8) {
    var wrong: [[UInt8]] = []
    for second in Self.edges {
      for third in Self.edges {
        if !agrees([first, second, third]) { wrong.append([first, second, third]) }
        for fourth in Self.edges where !agrees([first, second, third, fourth]) {
          wrong.append([first, second, third, fourth])
        }
      }
    }
    #expect(wrong == [])
  }

  @Test("So are random octets", arguments: [UInt64(1), 2, 3, 4])
  func random(seed: UInt64) {
    var chance = Chance(seed: seed)
    for round in 0..<2000 {
      let octets = (0..<Int.random(in: 0...40, using: &chance)).map { _ in
        Bool.random(using: &chance)
          ? Self.edges.randomElement(using: &chance)! : UInt8.random(in: 0...255, using: &chance)
      }
      if !agrees(octets) { Issue.record("seed \(seed), round \(round): \(Octets(octets))") }
    }
  }

  @Test(
    "Each maximal part of a character is replaced once",
    arguments: [
      ([0xFF], 1), ([0xC0, 0x80], 2), ([0xE2, 0x82], 1), ([0xF0, 0x9F, 0x98], 1),
      ([0xED, 0xA0, 0x80], 3), ([0xF4, 0x90, 0x80, 0x80], 4), ([0xE0, 0x80, 0x80], 3),
      ([0xF0, 0x9F, 0xF0, 0x9F], 2),
    ] as [([UInt8], Int)])
  func replacements(octets: [UInt8], count: Int) {
    #expect(repair(octets) == Octets("\u{FFFD}", times: count).array)
  }
}

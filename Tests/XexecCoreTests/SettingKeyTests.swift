import Testing

@testable import XexecCore

@Suite("SettingKey")
struct SettingKeyTests {
  @Test(
    "Keys are read",
    arguments: [
      ("xexec", .entry(number: 1)),
      ("xexec2", .entry(number: 2)),
      ("xexec9", .entry(number: 9)),
      ("xexec10", .entry(number: 10)),
      ("xexec123456789", .entry(number: 123_456_789)),
      ("XEXEC3", .entry(number: 3)),
      ("xexec_timeout", .option(.timeLimit, number: nil)),
      ("xexec4_timeout", .option(.timeLimit, number: 4)),
      ("xexec10_timeout", .option(.timeLimit, number: 10)),
      ("xexec4_TIMEOUT", .option(.timeLimit, number: 4)),
      ("xexec_stdin", .option(.stdin, number: nil)),
      ("xexec2_stdin", .option(.stdin, number: 2)),
      ("xexec_max_literal", .option(.maximumLiteral, number: nil)),
      ("XEXEC77_MAX_Literal", .option(.maximumLiteral, number: 77)),
      // there is one way only to write a number, and the first has none
      ("xexec0", .unknown), ("xexec1", .unknown), ("xexec00", .unknown), ("xexec02", .unknown),
      ("xexec1_timeout", .unknown), ("xexec02_timeout", .unknown),
      // no number at all, or one that would not fit
      ("xexec-2", .unknown), ("xexec 2", .unknown), ("xexec2a", .unknown),
      ("xexec\u{662}", .unknown),
      ("xexec99999999999999999999999999", .unknown),
      ("xexec18446744073709551618", .unknown),
      // slips of the pen
      ("xexecs", .unknown), ("xexec_", .unknown), ("xexec_time", .unknown),
      ("xexec_timeouts", .unknown), ("xexectimeout", .unknown), ("xexec2timeout", .unknown),
      ("xexec_timeout2", .unknown), ("xexec__timeout", .unknown),
      ("xexec1_stdin", .unknown), ("xexec02_max_literal", .unknown), ("xexec_stdi", .unknown),
      ("xexec_stdins", .unknown), ("xexec_literal", .unknown), ("xexec_max", .unknown),
      ("xexec_max_literals", .unknown), ("xexec_stdin_timeout", .unknown),
      // another plugin's
      ("", .foreign), ("x", .foreign), ("xexe", .foreign), ("exec", .foreign), ("quota", .foreign),
      (" xexec", .foreign), ("sieve_xexec", .foreign), ("yexec2", .foreign),
    ] as [(Octets, SettingKey)])
  func keys(key: Octets, expected: SettingKey) {
    #expect(key.withBuffer { SettingKey($0) } == expected)
  }

  @Test("Every number from 2 on is a key of its own")
  func numbers() {
    for number in 2...2000 {
      let key = Octets("xexec\(number)")
      #expect(key.withBuffer { SettingKey($0) } == .entry(number: number))
      #expect(
        (key + "_timeout").withBuffer { SettingKey($0) } == .option(.timeLimit, number: number))
    }
  }
}

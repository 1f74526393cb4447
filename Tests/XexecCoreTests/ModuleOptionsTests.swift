import Testing

@testable import XexecCore

@Suite("ModuleOptions")
struct ModuleOptionsTests {
  private func options(_ settings: [Setting]) -> [ModuleOptions] {
    table(settings).table.modules.map(\.options)
  }

  private static let stdinError = #"stdin is for "prompts" or for a "literal""#
  private static let sizeError = "not a size"

  @Test("Without settings stdin is for prompts, and a literal may have 40 MB")
  func defaults() {
    let options = options([("xexec", "a:/x"), ("xexec2", "b:unix:x")])
    #expect(options.map(\.stdin) == [.prompts, .prompts])
    #expect(options.map(\.maximumLiteral) == [41_943_040, 41_943_040])
  }

  @Test("What is set without a number is for all, what has one for its entry, wherever it stands")
  func commonAndOwn() {
    let options = options([
      ("xexec3_stdin", "prompts"), ("xexec", "a:/x"), ("xexec2_max_literal", "7"),
      ("xexec2", "b:/x"), ("xexec_stdin", "literal"), ("xexec3", "c:/x"),
      ("xexec_max_literal", "1000"), ("xexec3_max_literal", "0"),
    ])
    #expect(options.map(\.stdin) == [.literal, .literal, .prompts])
    #expect(options.map(\.maximumLiteral) == [1000, 7, 0])
  }

  @Test("Values and keys may be written in any case")
  func anyCase() {
    let options = options([("xexec2", "a:/x"), ("XEXEC2_Stdin", "LITERAL")])
    #expect(options.map(\.stdin) == [.literal])
  }

  @Test("A size has 64 bits")
  func largest() {
    let options = options([("xexec", "a:/x"), ("xexec_max_literal", "18446744073709551615")])
    #expect(options.map(\.maximumLiteral) == [UInt64.max])
  }

  @Test(
    "A bad value is reported and leaves what was",
    arguments: ["", "literals", "lit", "stdin", "yes", " literal"] as [Octets])
  func badStdin(value: Octets) {
    let settings: [Setting] = [
      ("xexec", "a:/x"), ("xexec_stdin", "literal"), ("xexec2", "b:/x"), ("xexec2_stdin", value),
    ]
    #expect(options(settings).map(\.stdin) == [.literal, .literal])
    #expect(table(settings).reports == [.init(key: "xexec2_stdin", reason: Self.stdinError)])
  }

  @Test("A bad size is reported with Dovecot's reason", arguments: ["", "-1", "much"] as [Octets])
  func badSize(value: Octets) {
    let settings: [Setting] = [
      ("xexec", "a:/x"), ("xexec_max_literal", value), ("xexec2", "b:/x"),
      ("xexec2_max_literal", "5"),
    ]
    #expect(options(settings).map(\.maximumLiteral) == [41_943_040, 5])
    #expect(table(settings).reports == [.init(key: "xexec_max_literal", reason: Self.sizeError)])
  }

  @Test("An option of an entry that does not exist does nothing, and is reported if it is wrong")
  func absent() {
    let settings: [Setting] = [
      ("xexec", "a:/x"), ("xexec5_stdin", "literal"), ("xexec6_stdin", "?"),
      ("xexec7_max_literal", "1"), ("xexec8_max_literal", "?"), ("xexec9_timeout", "?"),
    ]
    let (table, reports) = table(settings)
    #expect(table.modules.map(\.options.stdin) == [.prompts])
    #expect(table.modules.map(\.options.maximumLiteral) == [41_943_040])
    #expect(
      reports.map(\.key).sorted() == ["xexec6_stdin", "xexec8_max_literal", "xexec9_timeout"])
  }

  @Test("A service is a program too, and a wrong address is reported")
  func services() {
    let (table, reports) = table([
      ("xexec", "a:unix:x one"), ("xexec2", "b:tcp:h:24"), ("xexec3", "c:unix:"),
      ("xexec4", "d:tcp:h"), ("xexec5", "e:tcp::1"), ("xexec6", "f:'unix:a b' 'c d'"),
    ])
    #expect(
      table.modules.map { $0.words.map(\.octets) }
        == [["unix:x", "one"], ["tcp:h:24"], ["unix:a b", "c d"]])
    #expect(
      reports == [
        .init(key: "xexec3", reason: "no socket behind unix:"),
        .init(key: "xexec4", reason: "no port number at the end of tcp:HOST:PORT"),
        .init(key: "xexec5", reason: "no host behind tcp:"),
      ])
  }

  @Test("A bad option is reported once, however many entries have its number")
  func reportedOnce() {
    let (table, reports) = table([
      ("xexec2", "a:/x"), ("XEXEC2", "b:/x"), ("xexec2_stdin", "?"), ("xexec2_max_literal", "1"),
    ])
    #expect(table.modules.map(\.options.maximumLiteral) == [1, 1])
    #expect(reports.map(\.key) == ["xexec2_stdin"])
  }
}

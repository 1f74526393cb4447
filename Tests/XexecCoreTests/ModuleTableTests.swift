import Testing

@testable import XexecCore

@Suite("ModuleTable")
struct ModuleTableTests {
  private func names(_ table: ModuleTable) -> [Octets] { table.modules.map(\.name.octets) }

  private func reports(_ settings: [Setting]) -> [SettingsHost.Report] {
    XexecCoreTests.table(settings).reports
  }

  @Test("Without settings there is no module")
  func empty() {
    let (table, reports) = table([])
    #expect(names(table) == [])
    #expect(reports == [])
    #expect("x".withCString { table.module(named: $0) } == nil)
  }

  @Test("An entry is a name, a program and arguments")
  func entry() throws {
    let (table, reports) = table([
      ("xexec", #"Black-List:/usr/local/dovecot/blacklist.sh %u 'two words' "" a\ b"#)
    ])
    #expect(reports == [])
    let module = try #require(table.modules.first)
    #expect(module.name.octets == "Black-List")
    #expect(module.capability.octets == "XEXEC=BLACK-LIST")
    #expect(
      module.words.map(\.octets)
        == ["/usr/local/dovecot/blacklist.sh", "%u", "two words", "", "a b"])
  }

  @Test("Only the first colon ends the name, and blanks may follow it")
  func colons() throws {
    let module = try #require(table([("xexec", "a: \t/bin/b:c d:e")]).table.modules.first)
    #expect(module.name.octets == "a")
    #expect(module.words.map(\.octets) == ["/bin/b:c", "d:e"])
  }

  @Test("Entries come in the order of their numbers, and a gap does not end them")
  func order() {
    let (table, reports) = table([
      ("xexec10", "ten:/x"), ("xexec2", "two:/x"), ("xexec999", "last:/x"), ("xexec", "one:/x"),
      ("xexec7", "seven:/x"),
    ])
    #expect(names(table) == ["one", "two", "seven", "ten", "last"])
    #expect(reports == [])
  }

  @Test("Any order of many entries gives the same table", arguments: [UInt64(1), 2, 3])
  func anyOrder(seed: UInt64) {
    var chance = Chance(seed: seed)
    let numbers = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 100_000, 999_999_999]
    let settings = numbers.map { number -> Setting in
      (number == 1 ? "xexec" : "xexec\(number)", Octets("m\(number):/x"))
    }
    let shuffled = settings.shuffled(using: &chance)
    #expect(names(table(shuffled).table) == numbers.map { Octets("m\($0)") }, "seed \(seed)")
  }

  @Test("Settings of others are left alone")
  func foreign() {
    let (table, reports) = table([("quota", "maildir"), ("sieve", "~/x"), ("", ""), ("xexe", "?")])
    #expect(names(table) == [])
    #expect(reports == [])
  }

  @Test(
    "A bad entry is reported once, with its key and the reason, and the others stay",
    arguments: [
      ("/bin/sh", "no colon: an entry is module:program [argument ...]"),
      (":/bin/sh", "no name of a module"),
      (":", "no name of a module"),
      ("a b:/bin/sh", "the module name is not an IMAP atom"),
      (" a:/bin/sh", "the module name is not an IMAP atom"),
      ("a]:/bin/sh", "the module name is not an IMAP atom"),
      ("\"a\":/bin/sh", "the module name is not an IMAP atom"),
      ("a%:/bin/sh", "the module name is not an IMAP atom"),
      ("\u{E9}:/bin/sh", "the module name is not an IMAP atom"),
      ("a:", "no program"),
      ("a: \t ", "no program"),
      ("a:''", "no program"),
      ("a:\"\" /bin/sh", "no program"),
      ("a:sh", "the program is neither an absolute path nor unix:SOCKET nor tcp:HOST:PORT"),
      ("a:./sh", "the program is neither an absolute path nor unix:SOCKET nor tcp:HOST:PORT"),
      ("a:~/sh", "the program is neither an absolute path nor unix:SOCKET nor tcp:HOST:PORT"),
      ("a:%h/sh", "the program is neither an absolute path nor unix:SOCKET nor tcp:HOST:PORT"),
      ("a:' /bin/sh'", "the program is neither an absolute path nor unix:SOCKET nor tcp:HOST:PORT"),
      ("a:/bin/sh 'x", "a single quote (') is not closed"),
      ("a:/bin/sh \"x", "a double quote (\") is not closed"),
      ("a:/bin/sh x\\", "nothing follows the backslash at the end"),
      ("ONE:/bin/sh", "the module is named by an earlier entry already"),
    ] as [(Octets, String)])
  func badEntry(value: Octets, reason: String) {
    let (table, reports) = table([
      ("xexec", "one:/x"), ("xexec2", value), ("xexec3", "three:/x"),
    ])
    #expect(names(table) == ["one", "three"])
    #expect(reports == [.init(key: "xexec2", reason: reason)])
  }

  @Test(
    "An empty entry is no module, and no mistake",
    arguments: ["", " ", " \t ", "no", "Yes"] as [Octets])
  func empty(value: Octets) {
    let (table, reports) = table([
      ("xexec", "one:/x"), ("xexec2", value), ("xexec2_timeout", "5s"), ("xexec3", "three:/x"),
    ])
    #expect(names(table) == ["one", "three"])
    #expect(reports == [])
  }

  @Test("Of two entries with one name that with the lower number counts, wherever it stands")
  func namedTwice() throws {
    let (table, reports) = table([
      ("xexec3", "a:/three"), ("xexec2", "A:/two"), ("xexec4", "a:/four"),
    ])
    #expect(table.modules.map { $0.words[0].octets } == ["/two"])
    #expect(reports.map(\.key) == ["xexec3", "xexec4"])
  }

  @Test("A name that only a bad entry has is free for a later one")
  func freeName() {
    let (table, reports) = table([("xexec", "a:relative"), ("xexec2", "a:/x")])
    #expect(names(table) == ["a"])
    #expect(reports.map(\.key) == ["xexec"])
  }

  @Test("A key that is only like ours is reported", arguments: ["xexec1", "xexec02", "xexec_time"])
  func unknown(key: String) {
    let (table, reports) = table([(key, "a:/x"), ("xexec2", "b:/x")])
    #expect(names(table) == ["b"])
    #expect(reports.map(\.key) == [key])
  }

  @Test("A module is found without regard to ASCII case, and only by its whole name")
  func lookup() {
    let table = table([("xexec", "a-Bc:/x"), ("xexec2", "a-b:/x")]).table
    func found(_ name: String) -> Octets? { table.module(named: name)?.name.octets }
    #expect(found("a-Bc") == "a-Bc")
    #expect(found("A-BC") == "a-Bc")
    #expect(found("a-bc") == "a-Bc")
    #expect(found("A-B") == "a-b")
    for name in ["", "a", "a-", "a-bcd", "a-bc ", " a-bc", "a\rbc"] { #expect(found(name) == nil) }
  }

  // MARK: - Time limits

  private func limits(_ settings: [Setting]) -> [UInt32] {
    table(settings).table.modules.map(\.options.timeLimit)
  }

  @Test("The time limit is 60 s when nobody sets one")
  func defaultLimit() {
    #expect(limits([("xexec", "a:/x"), ("xexec2", "b:/x")]) == [60_000, 60_000])
  }

  @Test("xexec_timeout is for all modules, xexecN_timeout for one, wherever they stand")
  func ownLimits() {
    #expect(
      limits([
        ("xexec4_timeout", "5m"), ("xexec", "a:/x"), ("xexec4", "b:/x"), ("xexec5", "c:/x"),
        ("xexec_timeout", "10s"), ("xexec5_timeout", "0"),
      ]) == [10_000, 300_000, 0])
  }

  @Test("0 is no limit")
  func noLimit() {
    #expect(limits([("xexec", "a:/x"), ("xexec_timeout", "0")]) == [0])
    #expect(
      limits([("xexec2", "a:/x"), ("xexec2_timeout", "0"), ("xexec_timeout", "1s")]) == [0])
  }

  @Test("A bad time is reported with Dovecot's reason, and does not harm the module")
  func badTimes() {
    let settings: [Setting] = [
      ("xexec", "a:/x"), ("xexec2", "b:/x"), ("xexec_timeout", "soon"), ("xexec2_timeout", ""),
    ]
    #expect(limits(settings) == [60_000, 60_000])
    #expect(
      reports(settings) == [
        .init(key: "xexec_timeout", reason: SettingsHost.timeError),
        .init(key: "xexec2_timeout", reason: SettingsHost.timeError),
      ])
    #expect(
      limits([("xexec2", "b:/x"), ("xexec2_timeout", "x"), ("xexec_timeout", "7s")]) == [7000])
  }

  @Test("A time for an entry that does not exist does nothing")
  func idleTime() {
    #expect(limits([("xexec2", "a:/x"), ("xexec3_timeout", "1s")]) == [60_000])
  }

  @Test("A time belongs to the entry, and goes to nobody else when that is bad")
  func timeOfBadEntry() {
    #expect(
      limits([("xexec2", "a:bad"), ("xexec2_timeout", "1s"), ("xexec3", "a:/x")]) == [60_000])
  }
}

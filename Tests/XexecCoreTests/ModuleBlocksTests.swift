import CXexec
import Testing

@testable import XexecCore

@Suite("Modules in the blocks of Dovecot 2.4")
struct ModuleBlocksTests {
  private struct Block {
    var name: Octets
    var program: Octets
    var timeout: UInt32 = 60_000
    var maximumLiteral: UInt64 = 40 << 20
    var stdin: Octets = "prompts"
    var stderr: Octets = "client"
    var progress: Octets = "code"
  }

  /// Reads blocks. They are gone when the table is looked at.
  private func table(
    _ blocks: [Block]
  ) -> (table: ModuleTable, reports: [SettingsHost.Report]) {
    let host = SettingsHost()
    let strings = blocks.map { block in
      [block.name, block.program, block.stdin, block.stderr, block.progress].map(\.cString)
    }
    let all = zip(blocks, strings).map { block, strings in
      xexec_block(
        name: strings[0].start, program: strings[1].start, timeout: block.timeout,
        max_literal: block.maximumLiteral, stdin_for: strings[2].start,
        stderr_for: strings[3].start, progress: strings[4].start)
    }
    let table = all.withUnsafeBufferPointer { ModuleBlocks.table($0, host: host.host) }
    withExtendedLifetime(strings) {}
    return (table, host.reports)
  }

  @Test("Blocks are modules, in their order, with their options")
  func modules() {
    let (table, reports) = table([
      Block(
        name: "Smtp", program: "/bin/smtp  'a b' %{user | default(\"x y\")}", timeout: 1500,
        maximumLiteral: 7, stdin: "literal", stderr: "log", progress: "no"),
      Block(name: "blacklist", program: "unix:list"),
    ])
    #expect(reports == [])
    #expect(table.modules.map(\.name.octets) == ["Smtp", "blacklist"])
    #expect(table.capabilities.map(\.octets) == ["XEXEC", "XEXEC=SMTP", "XEXEC=BLACKLIST"])
    let smtp = table.modules[0]
    #expect(
      smtp.words.map(\.octets) == ["/bin/smtp", "a b", "%{user | default(\"x y\")}"])
    #expect(smtp.options.timeLimit == 1500)
    #expect(smtp.options.maximumLiteral == 7)
    #expect(smtp.options.stdin == .literal)
    #expect(smtp.options.stderr == .log)
    #expect(smtp.options.progress == .none)
    let list = table.modules[1]
    #expect(list.options.timeLimit == 60_000)
    #expect(list.options.maximumLiteral == 40 << 20)
    #expect(list.options.stdin == .prompts)
    #expect(list.options.stderr == .client)
    #expect(list.options.progress == .code)
  }

  @Test(
    "A time limit of 0 is none, and so is what Dovecot makes of infinite",
    arguments: [0, UInt32.max])
  func infinite(timeout: UInt32) {
    let (table, reports) = table([Block(name: "a", program: "/a", timeout: timeout)])
    #expect(reports == [])
    #expect(table.modules.map(\.options.timeLimit) == [0])
  }

  @Test("The program no takes a module away without a word")
  func switchedOff() {
    let (table, reports) = table([
      Block(name: "a", program: "no"), Block(name: "b", program: "No"),
      Block(name: "c", program: "/c"),
    ])
    #expect(reports == [])
    #expect(table.modules.map(\.name.octets) == ["c"])
  }

  @Test("Without a module nothing is announced")
  func none() {
    let (table, reports) = table([])
    #expect(reports == [])
    #expect(table.capabilities.isEmpty)
  }

  @Test(
    "A bad block is reported by its name, and skipped",
    arguments: [
      ("a", "", "no program"),
      ("a", " ", "no program"),
      ("a", "yes", "the program is neither an absolute path nor unix:SOCKET nor tcp:HOST:PORT"),
      ("a b", "/x", "the module name is not an IMAP atom"),
      ("", "/x", "no name of a module"),
      ("a", "/x 'y", "a single quote (') is not closed"),
      ("a", "/x %u", "%u is none of Dovecot's variables any more: write %{user}"),
      ("a", "/x %{user", "a %{ is not closed"),
      ("GOOD", "/x", "the module is named by an earlier entry already"),
    ] as [(String, Octets, String)])
  func bad(name: String, program: Octets, reason: String) {
    let (table, reports) = table([
      Block(name: "good", program: "/g"), Block(name: Octets(name), program: program),
      Block(name: "last", program: "/l"),
    ])
    #expect(table.modules.map(\.name.octets) == ["good", "last"])
    #expect(reports == [SettingsHost.Report(key: name, reason: reason)])
  }
}

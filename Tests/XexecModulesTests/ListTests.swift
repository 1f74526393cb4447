import Testing

@testable import xexec_modules

@Suite("Lists and what is asked of them")
struct ListTests {
  private let title = "server side blacklist for marc"

  @Test("a list is read and written entry by entry")
  func file() {
    #expect(AddressList(octets: []).entries.isEmpty)
    let octets = Array("a@b\n\n* x\n".utf8) + [0xFF, 0x0A] + Array("c@d".utf8)
    let list = AddressList(octets: octets)
    #expect(list.entries == [Array("a@b".utf8), Array("* x".utf8), [0xFF], Array("c@d".utf8)])
    #expect(AddressList(octets: list.octets) == list)
    #expect(list.octets.last == 0x0A)
    #expect(list.senders == [.address("a@b"), .address("c@d")])
  }

  @Test("the case of ASCII letters does not matter, everything else does")
  func comparison() {
    var list = AddressList(octets: Array("Joe@Example.com\nH\u{C9}@x\n[a]\n".utf8))
    for text in ["joe@example.COM", "h\u{C9}@X", "[A]"] { #expect(list.contains(text)) }
    for text in ["joe@example.co", "h\u{E9}@x", "{a}", "", ".", "*"] {
      #expect(!list.contains(text))
    }
    list.remove("JOE@EXAMPLE.COM")
    #expect(list.octets == Array("H\u{C9}@x\n[a]\n".utf8))
  }

  @Test(
    "words that are none",
    arguments: [
      [], ["add"], ["del"], ["list", "x"], ["add", "a@b", "c@d"], ["del", "a@b", "c"],
      ["ADD", "a@b"],
      ["a@b"], ["--help"], [""], ["add a@b"],
    ])
  func usage(words: [String]) {
    #expect(throws: Refusal(.usage, "Usage: add ADDRESS, del ADDRESS, or list")) {
      try ListRequest(words)
    }
  }

  @Test("add, del and list, and a list that is full")
  func apply() throws {
    var list = AddressList(octets: [])
    func answer(_ words: String...) throws -> [String] {
      try ListRequest(words).apply(to: &list, titled: title, maxEntries: 2).map {
        String(decoding: $0, as: UTF8.self)
      }
    }
    #expect(try answer("del", "a@b") == ["Not on \(title): a@b"])
    #expect(try answer("add", "A@b") == ["Adding a@b to \(title)"])
    #expect(try answer("add", "a@B") == ["Already on \(title): a@b"])
    #expect(try answer("add", "@b") == ["Adding @b to \(title)"])
    #expect(throws: Refusal(.badData, "The \(title) is full (2 entries)")) {
      try answer("add", "c@d")
    }
    #expect(try answer("add", "a@b") == ["Already on \(title): a@b"])
    #expect(try answer("list") == ["Entry: a@b", "Entry: @b", "Entries on \(title): 2"])
    #expect(try answer("del", "A@B") == ["Deleting A@B from \(title)"])
    #expect(try answer("list") == ["Entry: @b", "Entries on \(title): 1"])
  }

  @Test("what could not be added can still be deleted")
  func deletion() throws {
    #expect(try ListRequest(["del", "$(id)"]) == .delete("$(id)"))
    #expect(throws: Refusal.self) { try ListRequest(["del", "a\nb"]) }
    #expect(throws: Refusal.self) { try ListRequest(["del", ""]) }
    #expect(throws: Refusal.self) { try ListRequest(["add", "$(id)"]) }
  }
}

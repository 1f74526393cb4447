import Glibc
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
    #expect(
      list.entries.map(Array.init)
        == [Array("a@b".utf8), Array("* x".utf8), [0xFF], Array("c@d".utf8)])
    #expect(list.count == 4)
    #expect(AddressList(octets: list.lines()) == list)
    #expect(list.lines().last == 0x0A)
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
    #expect(list.lines() == Array("H\u{C9}@x\n[a]\n".utf8))
  }

  @Test("what other programs write: CR, blanks, brackets, a mark in front, other forms of a domain")
  func otherPrograms() throws {
    let text =
      "\u{FEFF}Joe@Example.com\r\n  ann@x.org\t\r\n\r\n<Bob@x.org>\r*@y.org\n*.z.org\n"
      + "[a]  b\u{1}c\n@B\u{DC}CHER.example\n"
    let list = AddressList(octets: Array(text.utf8) + [0xFF, 0x0A])
    #expect(list.count == 8)
    #expect(
      list.senders == [
        .address("joe@example.com"), .address("ann@x.org"), .address("bob@x.org"),
        .domain("y.org"), .subdomains("z.org"), .domain("b\u{FC}cher.example"),
      ])
    #expect(list.lines(prefix: "> ").starts(with: Array("> Joe@Example.com\n> ann@x.org\n".utf8)))
    let forms = [
      ["joe@example.com", "<JOE@example.com>"], ["ann@x.org", " ann@x.org "], ["bob@x.org"],
      ["@y.org", "*@Y.org"], ["@*.z.org", "*.z.org", "*@*.z.org"], ["[A] b c", "[a]  b c"],
      ["@b\u{FC}cher.example", "@xn--bcher-kva.example", "*@bu\u{308}cher.example"], ["\u{FFFD}"],
    ]
    for texts in forms {
      for text in texts {
        var rest = list
        #expect(rest.contains(text), "\(text)")
        rest.remove(text)
        #expect(rest.count == 7, "\(text)")
      }
    }
    for text in ["joe", "@x.org", "*", "y.org", "[a]bc", "@z.org"] {
      #expect(!list.contains(text), "\(text)")
    }
  }

  @Test("a full list is handled in a moment")
  func fast() throws {
    let lines = (0..<9_999).map { "sender.number.\($0)@mail.example.com\n" }.joined()
    let start = clock()
    let list = AddressList(octets: Array(lines.utf8))
    let script = FilterScript.blacklist(list.senders, except: [], action: "discard;\n")
    #expect(script.octets.count > 700_000)
    #expect(!list.contains("joe@example.com"))
    // unoptimised, and on a busy machine; the program itself takes some milliseconds
    #expect(clock() - start < 5 * CLOCKS_PER_SEC)
  }

  @Test(
    "words that are none",
    arguments: [
      [], ["add"], ["del"], ["list", "x"], ["add", "a@b", "c@d"], ["del", "a@b", "c"],
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
      let octets = try ListRequest(words).apply(to: &list, titled: title, maxEntries: 2)
      #expect(octets.last == 0x0A)
      return octets.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(try answer("del", "a@b") == ["Not on \(title): a@b"])
    #expect(try answer("add", "A@b") == ["Adding a@b to \(title)"])
    #expect(try answer("add", "a@B") == ["Already on \(title): a@b"])
    #expect(try answer("ADD", "*@b.c") == ["Adding @b.c to \(title)"])
    #expect(throws: Refusal(.badData, "The \(title) is full (2 entries)", code: .limit)) {
      try answer("add", "c@d")
    }
    #expect(try answer("add", "a@b") == ["Already on \(title): a@b"])
    #expect(try answer("list") == ["Entry: a@b", "Entry: @b.c", "Entries on \(title): 2"])
    #expect(try answer("Del", "A@B") == ["Deleting A@B from \(title)"])
    #expect(try answer("LIST") == ["Entry: @b.c", "Entries on \(title): 1"])
  }

  @Test("what could not be added can still be deleted")
  func deletion() throws {
    #expect(try ListRequest(["del", "$(id)"]) == .delete("$(id)"))
    #expect(throws: Refusal.self) { try ListRequest(["del", "a\nb"]) }
    #expect(try ListRequest(["del", "[ALERT] x"]) == .delete("[ALERT] x"))
    #expect(try ListRequest(["del", "@com"]) == .delete("@com"))
    for text in ["", "  ", "a\u{0}b", "a\tb", String(repeating: "a", count: 8001)] {
      #expect(throws: Refusal.self) { try ListRequest(["del", text]) }
    }
    #expect(throws: Refusal.self) { try ListRequest(["add", "$(id)"]) }
  }
}

import Testing

@testable import XexecCore

@Suite("WordSplitter")
struct WordSplitterTests {
  private func split(_ line: Octets) throws(WordSplitter.Failure) -> [Octets] {
    try line.withBuffer { (octets) throws(WordSplitter.Failure) in
      try WordSplitter.split(octets)
    }.map(\.octets)
  }

  private func failure(_ line: Octets) -> WordSplitter.Failure? {
    do throws(WordSplitter.Failure) {
      _ = try split(line)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "Words are split at blanks, and quotes and backslash keep blanks in a word",
    arguments: [
      // blanks
      ("", []),
      (" \t ", []),
      ("/bin/a", ["/bin/a"]),
      ("/bin/a b", ["/bin/a", "b"]),
      ("  /bin/a \t\t b\t", ["/bin/a", "b"]),
      // single quotes: everything is itself
      ("'a b'", ["a b"]),
      ("'a\tb'", ["a\tb"]),
      (#"'\' '"'"#, [#"\"#, #"""#]),
      ("''", [""]),
      (" '' '' ", ["", ""]),
      ("a''", ["a"]),
      ("a' 'b", ["a b"]),
      // double quotes: \ before " \ $ ` only
      (#""a b""#, ["a b"]),
      (#""it's""#, ["it's"]),
      (#""a\"b\\c\$d\`e""#, [#"a"b\c$d`e"#]),
      (#""a\nb\ c\'d""#, [#"a\nb\ c\'d"#]),
      (#""\\""#, [#"\"#]),
      (#""" x"#, ["", "x"]),
      (#""a"'b'c"#, ["abc"]),
      // backslash
      (#"a\ b"#, ["a b"]),
      (#"\\"#, [#"\"#]),
      (#"\'a \"b"#, ["'a", #""b"#]),
      (#"\a\n"#, ["an"]),
      ("a\\\tb", ["a\tb"]),
      // nothing else of a shell applies
      ("$HOME ${x} `id` $(id)", ["$HOME", "${x}", "`id`", "$(id)"]),
      ("a;b|c&d <e >f #g *?[x] ~ a=b", ["a;b|c&d", "<e", ">f", "#g", "*?[x]", "~", "a=b"]),
      ("{a,b}", ["{a,b}"]),
      // only blank and tab are blanks
      ("a\nb", ["a\nb"]),
      ("a\u{A0}b", ["a\u{A0}b"]),
      // variables are words like others
      ("%u '%{home}/a b' %%", ["%u", "%{home}/a b", "%%"]),
    ] as [(Octets, [Octets])])
  func words(line: Octets, expected: [Octets]) throws {
    #expect(try split(line) == expected)
  }

  @Test("Octets that are no text are kept")
  func binary() throws {
    let all = Octets((1...255).filter { !Octets(" \t\\'\"").array.contains($0) })
    #expect(try split(all + " " + all) == [all, all])
    let quotable = Octets((1...255).filter { $0 != UInt8(ascii: "'") })
    #expect(try split("'" + quotable + "'") == [quotable])
  }

  @Test("Long words and many words are possible")
  func long() throws {
    let long = Octets("x", times: 300_000)
    #expect(try split(long) == [long])
    #expect(try split(Octets("y ", times: 20_000)) == Array(repeating: "y", count: 20_000))
  }

  @Test(
    "An open quote is an error",
    arguments: [
      ("'", .openSingleQuote), ("a 'b c", .openSingleQuote), ("'a''", .openSingleQuote),
      (#"'\'' '"#, nil), (#"'\''"#, .openSingleQuote),
      ("\"", .openDoubleQuote), ("a \"b'c'", .openDoubleQuote), (#""a\""#, .openDoubleQuote),
      (#""a\"#, .openDoubleQuote), (#"'a' "b" "c"#, .openDoubleQuote),
      (#"\"#, .backslashAtEnd), (#"a b\"#, .backslashAtEnd), (#"a \\\"#, .backslashAtEnd),
    ] as [(Octets, WordSplitter.Failure?)])
  func failures(line: Octets, expected: WordSplitter.Failure?) {
    #expect(failure(line)?.reason.description == expected?.reason.description)
  }

  @Test("What is quoted comes out as it was, whatever it is", arguments: [UInt64(1), 2, 3])
  func roundTrip(seed: UInt64) throws {
    var chance = Chance(seed: seed)
    let octets = Octets("ab '\"\\\t$`%").array
    for round in 0..<500 {
      let words = (0..<Int.random(in: 0...5, using: &chance)).map { _ in
        Octets(
          (0..<Int.random(in: 0...8, using: &chance)).map { _ in
            octets.randomElement(using: &chance)!
          })
      }
      let lines = words.map { word -> Octets in
        switch Int.random(in: 0...2, using: &chance) {
        case 0:
          return "'" + Octets(word.array.flatMap { $0 == 0x27 ? [0x27, 0x5C, 0x27, 0x27] : [$0] })
            + "'"
        case 1:
          return "\""
            + Octets(
              word.array.flatMap { Octets("\"\\$`").array.contains($0) ? [0x5C, $0] : [$0] })
            + "\""
        default:
          return word.isEmpty ? "''" : Octets(word.array.flatMap { [0x5C, $0] })
        }
      }
      let line = Octets(lines.map(\.string).joined(separator: " "))
      #expect(try split(line) == words, "seed \(seed), round \(round)")
    }
  }
}

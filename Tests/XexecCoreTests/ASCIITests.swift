import Testing

@testable import XexecCore

@Suite("ASCII")
struct ASCIITests {
  @Test("ATOM-CHARs are the 7-bit octets but controls, space, ( ) { % * \" \\ and ]")
  func atomCharacters() {
    let specials = Octets("(){%*\"\\] ").array
    for octet in UInt8.min...UInt8.max {
      let expected = octet > 0x1F && octet < 0x7F && !specials.contains(octet)
      #expect(ASCII.isAtomCharacter(octet) == expected, "octet \(octet)")
    }
  }

  @Test(
    "An atom has at least one ATOM-CHAR and nothing else",
    arguments: [
      ("a", true), ("NIL", true), ("a-b.c_d/e+f[g}h", true), ("7", true),
      ("", false), (" ", false), ("a b", false), ("a(", false), ("a]", false), ("\u{E9}", false),
      ("a\u{7F}", false), ("a\n", false),
    ] as [(Octets, Bool)])
  func atoms(octets: Octets, expected: Bool) {
    #expect(octets.withBuffer { ASCII.isAtom($0) } == expected)
  }

  @Test("Only A to Z and a to z are equal in another case")
  func ignoringCase() {
    for left in UInt8.min...UInt8.max {
      for right in UInt8.min...UInt8.max {
        let isLetter = (0x41...0x5A).contains(left & ~0x20)
        let expected = left == right || (isLetter && left ^ right == 0x20)
        let equal = [left].withUnsafeBufferPointer { left in
          [right].withUnsafeBufferPointer { ASCII.equalsIgnoringCase(left, $0) }
        }
        if equal != expected { Issue.record("\(left) and \(right): \(equal)") }
      }
    }
  }

  @Test("Texts of different lengths differ, whatever they begin with")
  func lengths() {
    #expect(Octets("abc").withBuffer { ASCII.equalsIgnoringCase($0, "ABC") })
    #expect(!Octets("ab").withBuffer { ASCII.equalsIgnoringCase($0, "ABC") })
    #expect(!Octets("abcd").withBuffer { ASCII.equalsIgnoringCase($0, "ABC") })
    #expect(!Octets("").withBuffer { ASCII.equalsIgnoringCase($0, "ABC") })
    #expect(Octets("").withBuffer { ASCII.equalsIgnoringCase($0, "") })
  }

  @Test("The plain octets are those from space to tilde, and TAB, but [ and {")
  func plain() {
    for octet in UInt8.min...UInt8.max {
      #expect(
        ASCII.isPlain(octet)
          == (((0x20...0x7E).contains(octet) || octet == 0x09) && octet != 0x5B && octet != 0x7B),
        "octet \(octet)")
    }
  }

  @Test("A block is plain if each of its octets is", arguments: 0..<ASCII.plainBlock)
  func plainBlock(position: Int) {
    for others in [0x09, 0x20, 0x40, 0x7E, 0x00, 0x7F, 0x80, 0xFF] as [UInt8] {
      for octet in UInt8.min...UInt8.max {
        var octets = [UInt8](repeating: others, count: ASCII.plainBlock)
        octets[position] = octet
        let expected = octets.allSatisfy { ASCII.isPlain($0) }
        let found = octets.withUnsafeBufferPointer { ASCII.isPlain(blockFrom: $0.baseAddress!) }
        if found != expected { Issue.record("\(octets): \(found)") }
      }
    }
  }

  @Test("The plain prefix ends before the first octet that is not", arguments: 0...100)
  func plainPrefix(count: Int) {
    for position in 0...count {
      for other in [0x00, 0x0A, 0x7F, 0x80] as [UInt8] {
        var octets = [UInt8](repeating: 0x61, count: count)
        if position < count { octets[position] = other }
        let found = octets.withUnsafeBufferPointer { ASCII.plainPrefix($0) }
        if found != position { Issue.record("\(other) at \(position) of \(count): \(found)") }
      }
    }
  }
}

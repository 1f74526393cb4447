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

  @Test("The printable octets are those from space to tilde")
  func printable() {
    for octet in UInt8.min...UInt8.max {
      #expect(ASCII.isPrintable(octet) == (octet >= 0x20 && octet <= 0x7E), "octet \(octet)")
    }
  }

  @Test("Eight octets are printable if each of them is", arguments: 0...7)
  func eightPrintable(position: Int) {
    for others in [0x20, 0x21, 0x40, 0x5F, 0x7E, 0x00, 0x7F, 0x80, 0xFF] as [UInt8] {
      for octet in UInt8.min...UInt8.max {
        var octets = [UInt8](repeating: others, count: 8)
        octets[position] = octet
        let expected = octets.allSatisfy { (0x20...0x7E).contains($0) }
        let found = octets.withUnsafeBufferPointer {
          ASCII.isPrintable(eightFrom: $0.baseAddress!)
        }
        if found != expected { Issue.record("\(octets): \(found)") }
      }
    }
  }
}

import Testing

@testable import XexecCore

@Suite("The literal at the end of a line")
struct ClientLiteralTests {
  /// What becomes of octets that come in pieces.
  private struct Taken: Equatable {
    var passed = Octets()
    var ends: [ClientLiteral.End] = []
    /// What nobody has taken.
    var left = Octets()
  }

  private func take(
    _ octets: Octets, size: UInt64, pieces: Int = .max, room: Int = .max
  ) -> (Taken, ClientLiteral) {
    var literal = ClientLiteral(size: size, isSynchronizing: false)
    var taken = Taken()
    var buffer = Octets()
    var rest = octets.array[...]
    while !rest.isEmpty {
      buffer += Octets(rest.prefix(pieces))
      rest = rest.dropFirst(pieces)
      var count = 0
      repeat {
        count = buffer.withBuffer {
          literal.take($0) { octets in
            let fitting = octets.prefix(room)
            taken.passed += Octets(fitting)
            return fitting.count
          } end: {
            taken.ends.append($0)
          }
        }
        buffer.array.removeFirst(count)
      } while count > 0 && !buffer.array.isEmpty
    }
    taken.left = buffer
    return (taken, literal)
  }

  @Test(
    "It is passed on octet for octet, and the line's end is no part of it",
    arguments: [Int.max, 1, 2, 5], [Int.max, 1, 3])
  func passes(pieces: Int, room: Int) {
    for end in ["\r\n", "\n"] as [Octets] {
      let (taken, literal) = take(
        "a\0\r\nb" + end + "x NOOP\r\n", size: 5, pieces: pieces, room: room)
      #expect(taken == Taken(passed: "a\0\r\nb", ends: [.lineEnd], left: "x NOOP\r\n"))
      #expect(!literal.isOnItsWay && !literal.isWanted)
    }
    #expect(take("\r\n", size: 0, pieces: pieces).0 == Taken(ends: [.lineEnd]))
  }

  @Test(
    "What comes in place of the line's end is skipped, literals included", arguments: [Int.max, 1])
  func notLast(pieces: Int) {
    for rest in [" more\r\n", "\r\rx\n", "{3+}\r\n\r\nx\r\n", "\rx\r\n"] as [Octets] {
      let (taken, literal) = take("ab" + rest + "x NOOP\r\n", size: 2, pieces: pieces)
      #expect(taken == Taken(passed: "ab", ends: [.somethingElse], left: "x NOOP\r\n"), "\(rest)")
      #expect(!literal.isOnItsWay)
    }
    let (_, literal) = take("ab more", size: 2)
    #expect(literal.isOnItsWay && literal.isBeyond)
  }

  @Test("Half of an end is waited for")
  func halfEnd() {
    let (taken, literal) = take("ab\r", size: 2)
    #expect(taken == Taken(passed: "ab", left: "\r"))
    #expect(literal.isOnItsWay && !literal.isBeyond)
  }

  @Test("A client that waits for a + has sent none of it")
  func wanted() {
    var literal = ClientLiteral(size: 2, isSynchronizing: true)
    #expect(literal.isWanted && !literal.isOnItsWay)
    let count = Octets("ab\r\n").withBuffer { octets in
      literal.take(octets) {
        $0.count
      } end: { _ in
      }
    }
    #expect(count == 0)
    literal.ask()
    #expect(!literal.isWanted && literal.isOnItsWay)
    let none = ClientLiteral()
    #expect(!none.isWanted && !none.isOnItsWay)
  }

  @Test("The largest size there is")
  func huge() {
    let (taken, literal) = take("abc", size: .max)
    #expect(taken == Taken(passed: "abc"))
    #expect(literal.isOnItsWay)
  }
}

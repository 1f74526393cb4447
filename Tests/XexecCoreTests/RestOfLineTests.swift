import Testing

@testable import XexecCore

@Suite("The rest of a command line")
struct RestOfLineTests {
  /// What is left of octets when the line is skipped, cut into pieces of `length`; nil if it has not
  /// ended.
  private func rest(of octets: Octets, length: Int) -> Octets? {
    var skip = RestOfLine()
    var taken = 0
    while taken < octets.count && !skip.isOver {
      let piece = Octets(octets.array[taken...].prefix(length))
      let count = piece.withBuffer { skip.take($0) }
      #expect(count == piece.count || skip.isOver)
      taken += count
    }
    return skip.isOver ? Octets(octets.array[taken...]) : nil
  }

  @Test(
    "It ends at its line feed, a literal that nobody asked for included",
    arguments: [
      "\n", "\r\n", "x y\r\n", "{5}\r\n", "{5\r\n", "{+}\r\n", "5+}\r\n", "{5+} \r\n", "{5+}x\r\n",
      "{5+}\r \r\n", "{x5+}\r\n", "{5x+}\r\n", "{5++}\r\n",
      "{5+}\r\nDELET\r\n", "{5+}\nDELET\n", "~{5+}\r\nDELET\r\n", "a {0+}\r\n\r\n",
      "{3+}\r\n\r\n\n {2+}\r\n\r\n x\r\n", "{{1+}\r\n\n\r\n", "{1+{1+}\r\n\n\r\n",
      "{007+}\r\n1234567\n",
    ] as [Octets])
  func ends(line: Octets) {
    for length in [1, 2, 3, 7, 1000] {
      #expect(rest(of: line + "x DELETE INBOX\r\n", length: length) == "x DELETE INBOX\r\n")
    }
  }

  @Test(
    "A size that no literal has never ends",
    arguments: ["18446744073709551615", "18446744073709551616", "99999999999999999999999999"])
  func huge(size: String) {
    #expect(rest(of: Octets("{\(size)+}\r\nx DELETE INBOX\r\nx NOOP\r\n"), length: 5) == nil)
  }
}

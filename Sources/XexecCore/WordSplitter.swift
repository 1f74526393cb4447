/// Splits the part of a setting behind `module:` into words.
///
/// Words are split at blanks. Single quotes, double quotes and backslash keep blanks in a word as
/// in a POSIX shell (XCU 2.2); nothing else of a shell applies.
enum WordSplitter {
  enum Failure: Error {
    case openSingleQuote
    case openDoubleQuote
    case backslashAtEnd

    var reason: StaticString {
      switch self {
      case .openSingleQuote: return "a single quote (') is not closed"
      case .openDoubleQuote: return "a double quote (\") is not closed"
      case .backslashAtEnd: return "nothing follows the backslash at the end"
      }
    }
  }

  /// Returns the words of `line`, in order.
  static func split(_ line: UnsafeBufferPointer<UInt8>) throws(Failure) -> [OwnedCString] {
    var words: [OwnedCString] = []
    var word = OctetBuffer()
    var position = 0

    while true {
      while position < line.count && isBlank(line[position]) { position += 1 }
      if position == line.count { return words }

      word.removeAll()
      while position < line.count && !isBlank(line[position]) {
        let octet = line[position]
        position += 1
        switch octet {
        case UInt8(ascii: "'"):
          try readSingleQuoted(line, &position, into: &word)
        case UInt8(ascii: "\""):
          try readDoubleQuoted(line, &position, into: &word)
        case UInt8(ascii: "\\"):
          if position == line.count { throw .backslashAtEnd }
          word.append(line[position])
          position += 1
        default:
          word.append(octet)
        }
      }
      words.append(OwnedCString(&word))
    }
  }

  private static func isBlank(_ octet: UInt8) -> Bool {
    octet == ASCII.space || octet == ASCII.tab
  }

  private static func readSingleQuoted(
    _ line: UnsafeBufferPointer<UInt8>, _ position: inout Int, into word: inout OctetBuffer
  ) throws(Failure) {
    while position < line.count {
      let octet = line[position]
      position += 1
      if octet == UInt8(ascii: "'") { return }
      word.append(octet)
    }
    throw .openSingleQuote
  }

  private static func readDoubleQuoted(
    _ line: UnsafeBufferPointer<UInt8>, _ position: inout Int, into word: inout OctetBuffer
  ) throws(Failure) {
    while position < line.count {
      let octet = line[position]
      position += 1
      if octet == UInt8(ascii: "\"") { return }
      if octet == UInt8(ascii: "\\") && position < line.count && isEscapable(line[position]) {
        word.append(line[position])
        position += 1
      } else {
        word.append(octet)
      }
    }
    throw .openDoubleQuote
  }

  /// Inside double quotes a backslash is itself, but before an octet that is special there in a
  /// shell (XCU 2.2.3).
  private static func isEscapable(_ octet: UInt8) -> Bool {
    switch octet {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "$"), UInt8(ascii: "`"): return true
    default: return false
    }
  }
}

/// Splits the part of a setting that names a program into words.
///
/// Words are split at blanks. Single quotes, double quotes and backslash keep blanks in a word as
/// in a POSIX shell (XCU 2.2); nothing else of a shell applies. Dovecot's variables stay in the words,
/// quoted or not, and are expanded by the word when the program is started.
enum WordSplitter {
  enum Failure: Error {
    case openSingleQuote
    case openDoubleQuote
    case backslashAtEnd
    case variable(StaticString)

    var reason: StaticString {
      switch self {
      case .openSingleQuote: return "a single quote (') is not closed"
      case .openDoubleQuote: return "a double quote (\") is not closed"
      case .backslashAtEnd: return "nothing follows the backslash at the end"
      case .variable(let reason): return reason
      }
    }
  }

  /// Tells how many octets of a line, from a position on, belong to one variable and stay as they are;
  /// 0 if there is none. Where no variable holds a blank none is needed.
  typealias VariableLength = (UnsafeBufferPointer<UInt8>, Int) throws(Failure) -> Int

  /// Returns the words of `line`, in order.
  static func split(
    _ line: UnsafeBufferPointer<UInt8>, variable: VariableLength? = nil
  ) throws(Failure) -> [OwnedCString] {
    var words: [OwnedCString] = []
    var word = OctetBuffer()
    var position = 0

    while true {
      while position < line.count && isBlank(line[position]) { position += 1 }
      if position == line.count { return words }

      word.removeAll()
      while position < line.count && !isBlank(line[position]) {
        if try readVariable(line, &position, into: &word, variable) { continue }
        let octet = line[position]
        position += 1
        switch octet {
        case UInt8(ascii: "'"):
          try readSingleQuoted(line, &position, into: &word, variable)
        case UInt8(ascii: "\""):
          try readDoubleQuoted(line, &position, into: &word, variable)
        case UInt8(ascii: "\\"):
          if position == line.count { throw .backslashAtEnd }
          append(line[position], to: &word, variable)
          position += 1
        default:
          append(octet, to: &word, variable)
        }
      }
      words.append(OwnedCString(&word))
    }
  }

  private static func isBlank(_ octet: UInt8) -> Bool {
    octet == ASCII.space || octet == ASCII.tab
  }

  /// Takes a variable, if one begins here.
  @inline(never)
  private static func readVariable(
    _ line: UnsafeBufferPointer<UInt8>, _ position: inout Int, into word: inout OctetBuffer,
    _ variable: VariableLength?
  ) throws(Failure) -> Bool {
    guard let length = try variable?(line, position), length > 0 else { return false }
    if endsInPercentSign(word) && PipedVariable.begins(line, position) {
      // Dovecot has no way to write that
      throw .variable("a percent sign stands right before a variable")
    }
    word.append(UnsafeBufferPointer(rebasing: line[position..<position + length]))
    position += length
    return true
  }

  /// Adds an octet of a text. What no variable is in a setting is none in its words: Dovecot takes a
  /// double percent sign before a brace for one that begins nothing.
  @inline(never)
  private static func append(
    _ octet: UInt8, to word: inout OctetBuffer, _ variable: VariableLength?
  ) {
    if octet == UInt8(ascii: "{") && variable != nil && endsInPercentSign(word) {
      word.append(UInt8(ascii: "%"))
    }
    word.append(octet)
  }

  /// Such a sign is of a text: a variable ends in a brace.
  private static func endsInPercentSign(_ word: borrowing OctetBuffer) -> Bool {
    word.octets.last == UInt8(ascii: "%")
  }

  private static func readSingleQuoted(
    _ line: UnsafeBufferPointer<UInt8>, _ position: inout Int, into word: inout OctetBuffer,
    _ variable: VariableLength?
  ) throws(Failure) {
    while position < line.count {
      if try readVariable(line, &position, into: &word, variable) { continue }
      let octet = line[position]
      position += 1
      if octet == UInt8(ascii: "'") { return }
      append(octet, to: &word, variable)
    }
    throw .openSingleQuote
  }

  private static func readDoubleQuoted(
    _ line: UnsafeBufferPointer<UInt8>, _ position: inout Int, into word: inout OctetBuffer,
    _ variable: VariableLength?
  ) throws(Failure) {
    while position < line.count {
      if try readVariable(line, &position, into: &word, variable) { continue }
      let octet = line[position]
      position += 1
      if octet == UInt8(ascii: "\"") { return }
      if octet == UInt8(ascii: "\\") && position < line.count && isEscapable(line[position]) {
        append(line[position], to: &word, variable)
        position += 1
      } else {
        append(octet, to: &word, variable)
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

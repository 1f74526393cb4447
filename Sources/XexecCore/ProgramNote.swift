import CXexec

/// What a program has to say to the server and not to the client: a line of stdout that is the octet
/// 0x05 and one of these words in brackets, with a text behind it. (``ProgressReport`` is a third.)
enum ProgramNote {
  /// `[LOG]`, `[LOG WARNING]`, `[LOG INFO]`: the text is for the log of the server.
  case log(LogLevel)
  /// `[STATUS 65]`: it has failed, and exits with 0 all the same. The text is for the client.
  case status(UInt8)
  /// None of them, but meant to be one. It must not wait for an answer as a prompt would.
  case malformed

  /// Reads what stands behind the octet.
  ///
  /// - Parameter textStart: Set to where the text begins, if there is a note.
  /// - Returns: nil if it is not meant to be a note: a prompt, most likely.
  @_optimize(size)
  init?(_ line: UnsafeBufferPointer<UInt8>, textStart: inout Int) {
    // capitals only: a label may well be "[Login] Password:"
    var words = NoteReader(line)
    if words.take("[LOG]") {
      self = .log(.error)
    } else if words.take("[LOG WARNING]") {
      self = .log(.warning)
    } else if words.take("[LOG INFO]") {
      self = .log(.info)
    } else if words.take("[STATUS ") {
      let number = words.takeNumber()
      self = (1...255).contains(number) && words.take("]") ? .status(UInt8(number)) : .malformed
    } else if words.take("[LOG ") {
      self = .malformed
    } else {
      return nil
    }
    _ = words.take(" ")
    textStart = words.position
  }
}

/// How much a line of the log matters.
enum LogLevel: UInt8 {
  case info
  case warning
  case error
}

private struct NoteReader {
  let line: UnsafeBufferPointer<UInt8>
  var position = 0

  init(_ line: UnsafeBufferPointer<UInt8>) { self.line = line }

  @inline(never)
  mutating func take(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard let start = line.baseAddress, line.count - position >= count,
      memcmp(start + position, word.utf8Start, count) == 0
    else { return false }
    position += count
    return true
  }

  /// Takes a number, of which no more than three digits are read; 0 if there is none.
  mutating func takeNumber() -> Int {
    var value = 0
    while position < line.count, ASCII.isDigit(line[position]), value < 100 {
      value = value * 10 + Int(line[position] - UInt8(ascii: "0"))
      position += 1
    }
    return value
  }
}

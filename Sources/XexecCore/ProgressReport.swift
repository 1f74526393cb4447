/// What a program says of its progress, and the response that becomes of it: RFC 9585.
///
/// A program says it by a line of stdout, the octet 0x05 and `[PROGRESS 175 1000]`, with a text
/// behind it if it likes.
struct ProgressReport {
  /// How many items are done, and of how many; nil where it is not known.
  private(set) var done: Int?
  private(set) var goal: Int?
  /// Where the text for people begins in the line.
  private(set) var textStart = 0

  /// How the client is told.
  enum Style {
    /// By the response code `INPROGRESS`.
    case code
    /// By words alone.
    case text
    /// Not at all.
    case none
  }

  /// Without any number: the command is still being worked on.
  init() {}

  /// Whether a line behind 0x05 is meant to be a report, right or wrong.
  static func isMeant(by line: UnsafeBufferPointer<UInt8>) -> Bool {
    let name: StaticString = "[PROGRESS"
    guard line.count >= name.utf8CodeUnitCount else { return false }
    return ASCII.equalsIgnoringCase(
      UnsafeBufferPointer(rebasing: line[..<name.utf8CodeUnitCount]), name)
  }

  /// Reads `[PROGRESS]`, `[PROGRESS done]` or `[PROGRESS done goal]`, and a text behind a space;
  /// nil if it is none of these.
  @_optimize(size)
  init?(_ line: UnsafeBufferPointer<UInt8>) {
    if !ProgressReport.isMeant(by: line) { return nil }
    var position = ("[PROGRESS" as StaticString).utf8CodeUnitCount
    func follows(_ octet: UInt8) -> Bool { position < line.count && line[position] == octet }
    func number() -> Int? {
      position += 1
      let start = position
      var value = 0
      while position < line.count, ASCII.isDigit(line[position]), value <= Int(UInt32.max) {
        value = value * 10 + Int(line[position] - UInt8(ascii: "0"))
        position += 1
      }
      // a number of IMAP has 32 bits (RFC 3501, section 9)
      return position > start && value <= Int(UInt32.max) ? value : nil
    }

    if follows(ASCII.space) {
      guard let number = number() else { return nil }
      done = number
    }
    if follows(ASCII.space) {
      guard let number = number() else { return nil }
      // a goal that is passed is none any more
      goal = number >= (done ?? 0) && number > 0 ? number : nil
    }
    if !follows(UInt8(ascii: "]")) { return nil }
    position += 1
    if position == line.count {
      textStart = position
    } else if follows(ASCII.space) {
      textStart = position + 1
    } else {
      return nil
    }
  }

  /// Appends the response, with its CRLF.
  ///
  /// - Parameters:
  ///   - tag: The command's tag, or nil if it is not known.
  ///   - line: What the report was read from. Its octets are safe for IMAP.
  @_optimize(size)
  func append(
    to responses: inout OctetBuffer, style: Style, tag: OwnedCString?,
    line: UnsafeBufferPointer<UInt8>
  ) {
    if style == .none { return }
    let text = UnsafeBufferPointer(rebasing: line[min(textStart, line.count)...])
    let needsWord = TextGuard.needsWord(text)
    responses.append("* OK ")
    if style == .code {
      appendCode(to: &responses, tag: tag)
    } else if needsWord || TextGuard.needsCode(text, isPart: true) {
      responses.append(TextGuard.code)
    }
    if needsWord { responses.append(TextGuard.word) }
    if text.allSatisfy(ASCII.isBlank) {
      responses.append("Still working")
    } else {
      responses.append(text)
    }
    if style == .text { appendWords(to: &responses) }
    if TextGuard.needsStop(responses.octets) { responses.append(TextGuard.stop) }
    responses.append("\r\n")
  }

  @_optimize(size)
  private func appendCode(to responses: inout OctetBuffer, tag: OwnedCString?) {
    responses.append("[INPROGRESS")
    if tag != nil || done != nil {
      responses.append(" (")
      if let tag {
        responses.append("\"")
        responses.append(cString: tag.start)
        responses.append("\"")
      } else {
        responses.append("NIL")
      }
      for number in [done, goal] {
        responses.append(ASCII.space)
        if let number { responses.append(decimal: number) } else { responses.append("NIL") }
      }
      responses.append(")")
    }
    responses.append("] ")
  }

  private func appendWords(to responses: inout OctetBuffer) {
    guard let done else { return }
    responses.append(" (")
    responses.append(decimal: done)
    if let goal {
      responses.append(" of ")
      responses.append(decimal: goal)
    }
    responses.append(")")
  }
}

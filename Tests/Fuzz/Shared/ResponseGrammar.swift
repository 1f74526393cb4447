/// Reads what a client receives, and ends the process if it is anything but
///
///     *( ( "* OK " / "* NO " / "+ " ) text CRLF )
///
/// with a text as the contract promises it.
struct ResponseGrammar {
  enum Kind {
    case ok
    case no
    case prompt
  }

  /// Reads whole responses, and hands each to `body`, with its CRLF.
  static func read(
    _ wire: UnsafeBufferPointer<UInt8>,
    _ body: (Kind, UnsafeBufferPointer<UInt8>) -> Void = { _, _ in }
  ) {
    var rest = wire
    while !rest.isEmpty {
      guard let newline = rest.firstIndex(of: 0x0A) else {
        require(false, "what is sent are whole responses", shown(rest))
        return
      }
      let line = UnsafeBufferPointer(rebasing: rest[...newline])
      rest = UnsafeBufferPointer(rebasing: rest[(newline + 1)...])
      require(
        line.count >= 2 && line[line.count - 2] == 0x0D, "a response ends with CRLF", shown(line))
      let kind = kind(line)
      let prefix = kind == .prompt ? 2 : 5
      checkText(UnsafeBufferPointer(rebasing: line[prefix..<(line.count - 2)]))
      body(kind, line)
    }
  }

  private static func kind(_ line: UnsafeBufferPointer<UInt8>) -> Kind {
    if line.starts(with: "* OK ".utf8) { return .ok }
    if line.starts(with: "* NO ".utf8) { return .no }
    require(
      line.starts(with: "+ ".utf8), "a response begins with \"* OK \", \"* NO \" or \"+ \"",
      shown(line))
    return .prompt
  }

  private static func checkText(_ text: UnsafeBufferPointer<UInt8>) {
    require(!text.isEmpty, "a text has an octet")
    require(!ReferenceLiterals.end(text), "a text does not end like a literal", shown(text))
    require(!ReferenceLiterals.begin(text), "a text does not begin like a literal", shown(text))
    let guarded = text.starts(with: "[XEXEC] ".utf8)
    require(
      text.count <= "[XEXEC] - ".utf8.count + 8000 + " .".utf8.count,
      "a response has at most 8000 octets of a program", "\(text.count) octets")
    require(
      guarded || !ReferenceCodes.mayBeRead(in: Array(text), isFirst: true),
      "a text has brackets only behind a code that a program may send, or ours", shown(text))
    checkCharacters(text)
  }

  /// Decodes each character to its number: UTF-8 as RFC 3629, section 3, defines it.
  private static func checkCharacters(_ text: UnsafeBufferPointer<UInt8>) {
    var position = 0
    while position < text.count {
      let first = text[position]
      position += 1
      if first < 0x80 {
        require(
          first == 0x09 || (first >= 0x20 && first != 0x7F), "a text has no control octet but TAB",
          shown(text.dropFirst(position - 1)))
        continue
      }
      let length = (~first).leadingZeroBitCount
      require(
        (2...4).contains(length) && position + length - 1 <= text.count, "a text is UTF-8",
        "first octet: " + shown(text.dropFirst(position - 1)))
      var number = UInt32(first) & (0x7F >> UInt32(length))
      for octet in text[position..<(position + length - 1)] {
        require(
          octet & 0xC0 == 0x80, "a text is UTF-8",
          "further octet: " + shown(text.dropFirst(position - 1)))
        number = number << 6 | UInt32(octet & 0x3F)
      }
      let least: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
      require(
        number >= least && number <= 0x10FFFF && !(0xD800...0xDFFF).contains(number),
        "a text is UTF-8", "number: " + shown(text.dropFirst(position - 1)))
      position += length - 1
    }
  }
}

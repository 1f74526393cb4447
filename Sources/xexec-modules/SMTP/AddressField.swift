/// An address list, as it stands in From and its like, taken apart: comments, quoted names, groups
/// (RFC 5322, section 3.4).
///
/// It reads what mail programs write, and refuses what could be read in more than one way.
struct AddressField {
  /// What stands there is no list of addresses, or cannot be told from one.
  struct Unreadable: Error, Equatable {}

  /// The addresses, in order; at least one.
  private(set) var addresses: [Mailbox] = []
  /// What a reader is shown as names: words in front of addresses, without their quotes, and
  /// comments.
  private(set) var names: [[UInt8]] = []

  private var rest: ArraySlice<UInt8>
  /// What stands before an angle bracket, or is the address itself, with a blank for each gap.
  private var words: [UInt8] = []
  /// The same as it is shown.
  private var phrase: [UInt8] = []
  private var bracketed: [UInt8]?
  /// Whether a blank, a comment or a quoted word stands behind the last word.
  private var isBehindGap = false

  /// Reads all of a list.
  ///
  /// - Parameter octets: What stands behind the field's colon, without line ends.
  init(_ octets: [UInt8]) throws(Unreadable) {
    rest = octets[...]
    var isInGroup = false
    while let octet = rest.popFirst() {
      switch octet {
      case UInt8(ascii: "("):
        names.append(try comment())
        addGap()
      case UInt8(ascii: "\""): try takeQuoted()
      case UInt8(ascii: "<"):
        if bracketed != nil { throw Unreadable() }
        bracketed = try untilClosingBracket()
      case UInt8(ascii: ","): try takeMailbox()
      case UInt8(ascii: ":"):
        if isInGroup || bracketed != nil { throw Unreadable() }
        isInGroup = true
        names.append(phrase)
        startOver()
      case UInt8(ascii: ";"):
        if !isInGroup { throw Unreadable() }
        try takeMailbox()
        isInGroup = false
      case UInt8(ascii: ">"), UInt8(ascii: ")"): throw Unreadable()
      case _ where Header.isBlank(octet): addGap()
      default:
        if bracketed != nil { throw Unreadable() }
        take(octet)
      }
    }
    try takeMailbox()
    if isInGroup || addresses.isEmpty { throw Unreadable() }
  }

  private mutating func startOver() {
    words = []
    phrase = []
    bracketed = nil
    isBehindGap = false
  }

  private mutating func addGap() {
    isBehindGap = !words.isEmpty
    if !phrase.isEmpty { phrase.append(0x20) }
  }

  private mutating func take(_ octet: UInt8) {
    if isBehindGap { words.append(0x20) }
    isBehindGap = false
    words.append(octet)
    phrase.append(octet)
  }

  private mutating func takeQuoted() throws(Unreadable) {
    let (source, text) = try quotedString()
    if bracketed != nil { throw Unreadable() }
    if isBehindGap { words.append(0x20) }
    words += source
    isBehindGap = false
    phrase += text
  }

  private mutating func takeMailbox() throws(Unreadable) {
    defer { startOver() }
    if let bracketed {
      addresses.append(try Self.mailbox(bracketed))
      names.append(phrase)
    } else if !words.isEmpty {
      addresses.append(try Self.mailbox(words))
    }
  }

  /// The rest of a comment, without the brackets of it and in it.
  private mutating func comment() throws(Unreadable) -> [UInt8] {
    var text: [UInt8] = []
    var depth = 1
    while let octet = rest.popFirst() {
      switch octet {
      case UInt8(ascii: "\\"):
        if let next = rest.popFirst() { text.append(next) }
      case UInt8(ascii: "("):
        depth += 1
        text.append(0x20)
      case UInt8(ascii: ")"):
        depth -= 1
        if depth == 0 { return text }
        text.append(0x20)
      default: text.append(octet)
      }
    }
    throw Unreadable()
  }

  /// The rest of a quoted string, as it stands there with its quotes, and as it is shown.
  private mutating func quotedString() throws(Unreadable) -> (source: [UInt8], text: [UInt8]) {
    var source = [UInt8(ascii: "\"")]
    var text: [UInt8] = []
    while let octet = rest.popFirst() {
      source.append(octet)
      if octet == UInt8(ascii: "\"") { return (source, text) }
      if octet == UInt8(ascii: "\\"), let next = rest.popFirst() {
        source.append(next)
        text.append(next)
      } else {
        text.append(octet)
      }
    }
    throw Unreadable()
  }

  /// What stands in angle brackets. Blanks and comments count only around it: in the middle of an
  /// address one program reads over them, and another takes a part for the whole.
  private mutating func untilClosingBracket() throws(Unreadable) -> [UInt8] {
    var text: [UInt8] = []
    var isBehindGap = false
    func takeGap() throws(Unreadable) {
      if isBehindGap { throw Unreadable() }
    }
    while let octet = rest.popFirst() {
      switch octet {
      case UInt8(ascii: ">"): return text
      case UInt8(ascii: "("):
        names.append(try comment())
        isBehindGap = !text.isEmpty
      case _ where Header.isBlank(octet): isBehindGap = !text.isEmpty
      case UInt8(ascii: "\""):
        try takeGap()
        text += try quotedString().source
      default:
        try takeGap()
        text.append(octet)
      }
    }
    throw Unreadable()
  }

  private static func mailbox(_ octets: [UInt8]) throws(Unreadable) -> Mailbox {
    guard let text = String(validating: octets, as: UTF8.self), let mailbox = try? Mailbox(text)
    else { throw Unreadable() }
    return mailbox
  }
}

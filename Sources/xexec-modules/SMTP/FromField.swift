/// The addresses in the From fields of a message's header (RFC 5322, section 3.6.2).
///
/// It reads what mail programs write, and refuses what could be read in more than one way.
struct FromField {
  /// Why a header does not say who wrote the message.
  enum Fault: Error, Equatable {
    /// There are two From fields.
    case twice
    /// What stands in it is no list of addresses, or cannot be told from one.
    case unreadable
  }

  /// The addresses, in order; nil if there is no From field.
  let addresses: [Mailbox]?

  /// Finds the field in a header.
  ///
  /// - Parameter header: The header's lines, ended by CRLF or LF.
  /// - Throws: ``Fault``.
  init(header: some Sequence<UInt8>) throws(Fault) {
    var found: [UInt8]?
    for field in Self.fields(of: header) {
      guard let colon = field.firstIndex(of: UInt8(ascii: ":")) else { continue }
      // some read a field with blanks around its name, so it counts
      let name = field[..<colon].filter { !Self.isBlank($0) }.map { $0 | 0x20 }
      guard name == Array("from".utf8) else { continue }
      if found != nil { throw .twice }
      found = Array(field[(colon + 1)...])
    }
    if let found {
      var list = MailboxList(found)
      addresses = try list.read()
    } else {
      addresses = nil
    }
  }

  /// The fields, each in one piece: a line that starts with a blank goes on with the one before.
  private static func fields(of header: some Sequence<UInt8>) -> [[UInt8]] {
    var fields: [[UInt8]] = [[]]
    var isAtLineStart = false
    for octet in header where octet != 0x0D {
      if octet == 0x0A {
        isAtLineStart = true
      } else {
        if isAtLineStart && !isBlank(octet) { fields.append([]) }
        isAtLineStart = false
        fields[fields.count - 1].append(octet)
      }
    }
    return fields
  }

  fileprivate static func isBlank(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x09 }
}

/// Takes an address list apart: comments, quoted names, groups (RFC 5322, section 3.4).
private struct MailboxList {
  private var rest: ArraySlice<UInt8>

  init(_ octets: [UInt8]) { rest = octets[...] }

  /// Reads all of the list.
  mutating func read() throws(FromField.Fault) -> [Mailbox] {
    var addresses: [Mailbox] = []
    var words: [UInt8] = []  // what stands before an angle bracket, or is the address itself
    var bracketed: [UInt8]?
    var isInGroup = false

    func takeMailbox() throws(FromField.Fault) {
      defer {
        words = []
        bracketed = nil
      }
      if let bracketed {
        // an address in the place of a name is there to deceive
        if words.contains(UInt8(ascii: "@")) { throw .unreadable }
        addresses.append(try Self.mailbox(bracketed))
      } else if !words.isEmpty {
        addresses.append(try Self.mailbox(words))
      }
    }

    while let octet = rest.popFirst() {
      switch octet {
      case UInt8(ascii: "("): try skipComment()
      case UInt8(ascii: "\""):
        let quoted = try quotedString()
        if bracketed != nil { throw .unreadable }
        // only in front of an @ it is part of an address
        if rest.first == UInt8(ascii: "@") { words += quoted }
      case UInt8(ascii: "<"):
        if bracketed != nil { throw .unreadable }
        bracketed = try untilClosingBracket()
      case UInt8(ascii: ","): try takeMailbox()
      case UInt8(ascii: ":"):
        if isInGroup || bracketed != nil { throw .unreadable }
        isInGroup = true
        words = []
      case UInt8(ascii: ";"):
        if !isInGroup { throw .unreadable }
        try takeMailbox()
        isInGroup = false
      case UInt8(ascii: ">"), UInt8(ascii: ")"): throw .unreadable
      case _ where FromField.isBlank(octet): continue
      default:
        if bracketed != nil { throw .unreadable }
        words.append(octet)
      }
    }
    try takeMailbox()
    if isInGroup || addresses.isEmpty { throw .unreadable }
    return addresses
  }

  private mutating func skipComment() throws(FromField.Fault) {
    var depth = 1
    while depth > 0 {
      guard let octet = rest.popFirst() else { throw .unreadable }
      switch octet {
      case UInt8(ascii: "\\"): rest = rest.dropFirst()
      case UInt8(ascii: "("): depth += 1
      case UInt8(ascii: ")"): depth -= 1
      default: continue
      }
    }
  }

  /// A quoted string, with its quotes.
  private mutating func quotedString() throws(FromField.Fault) -> [UInt8] {
    var text = [UInt8(ascii: "\"")]
    while let octet = rest.popFirst() {
      text.append(octet)
      if octet == UInt8(ascii: "\"") { return text }
      if octet == UInt8(ascii: "\\"), let next = rest.popFirst() { text.append(next) }
    }
    throw .unreadable
  }

  private mutating func untilClosingBracket() throws(FromField.Fault) -> [UInt8] {
    var text: [UInt8] = []
    while let octet = rest.popFirst() {
      switch octet {
      case UInt8(ascii: ">"): return text
      case UInt8(ascii: "("): try skipComment()
      case UInt8(ascii: "\""): text += try quotedString()
      case _ where FromField.isBlank(octet): continue
      default: text.append(octet)
      }
    }
    throw .unreadable
  }

  private static func mailbox(_ octets: [UInt8]) throws(FromField.Fault) -> Mailbox {
    guard let text = String(validating: octets, as: UTF8.self), let mailbox = try? Mailbox(text)
    else { throw .unreadable }
    return mailbox
  }
}

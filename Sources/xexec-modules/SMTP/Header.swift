/// The fields of a message's header, as far as they say who has written or sent it.
struct Header {
  struct Field: Equatable {
    /// In lower case.
    let name: String
    /// In one piece, without line ends.
    let body: [UInt8]
  }

  /// There are two fields of a kind that may be there once.
  struct Twice: Error, Equatable {
    /// As it is usually written: `From`.
    let name: String
  }

  private let fields: [Field]

  /// - Parameter octets: The header's lines, ended by CRLF or LF.
  init(_ octets: some Sequence<UInt8>) {
    fields = Self.lines(of: octets).compactMap { line in
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
      // some read a field with blanks around its name, so it counts
      let name = line[..<colon].filter { !Self.isBlank($0) }
      return Field(
        name: String(decoding: name, as: UTF8.self).lowercased(), body: Array(line[(colon + 1)...]))
    }
  }

  /// The fields that name an author (From) and who has sent it for them (Sender).
  ///
  /// - Throws: ``Twice``.
  func origin() throws(Twice) -> [Field] {
    var origin: [Field] = []
    for name in ["From", "Sender"] {
      let found = fields.filter { $0.name == name.lowercased() }
      if found.count > 1 { throw Twice(name: name) }
      origin += found
    }
    return origin
  }

  /// The fields that say who has sent the message once more (Resent-From, Resent-Sender); none if
  /// nobody says so.
  ///
  /// Each time adds a block of fields in front of those that are there (RFC 5322, section 3.6.6):
  /// the first block is the last time. It ends at another field, or at one that it has already.
  func lastResending() -> [Field] {
    var block: [Field] = []
    var names: Set<String> = []
    for field in fields {
      let isResent = field.name.hasPrefix("resent-")
      if !isResent || names.contains(field.name) {
        if names.contains("resent-from") { break }
        block = []
        names = []
      }
      if isResent {
        block.append(field)
        names.insert(field.name)
      }
    }
    guard names.contains("resent-from") else { return [] }
    return block.filter { ["resent-from", "resent-sender"].contains($0.name) }
  }

  /// The lines, each in one piece: one that starts with a blank goes on with the one before.
  private static func lines(of octets: some Sequence<UInt8>) -> [[UInt8]] {
    var lines: [[UInt8]] = [[]]
    var isAtLineStart = false
    for octet in octets where octet != 0x0D {
      if octet == 0x0A {
        isAtLineStart = true
      } else {
        if isAtLineStart && !isBlank(octet) { lines.append([]) }
        isAtLineStart = false
        lines[lines.count - 1].append(octet)
      }
    }
    return lines
  }

  static func isBlank(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x09 }
}

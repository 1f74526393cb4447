/// The name that stands beside an address, which many mail programs show in its place.
struct DisplayName {
  /// The name as a reader sees it.
  let text: String

  /// - Parameter octets: The name, without quotes. Words may be encoded (RFC 2047).
  init(_ octets: [UInt8]) {
    text = EncodedWord.decodeAll(in: octets)
  }

  /// What could be read as addresses in it: `boss@example.com`, also with blanks around the `@` or
  /// marks around it all. What has no dot behind the `@` is one if there is nothing else
  /// (`joe@host`), and not in a longer name (`Smith, Joe@ACME`).
  var addresses: [String] {
    let scalars = text.unicodeScalars.map { Self.signs.contains($0) ? "@" : $0 }
    let isAround = { (scalar: Unicode.Scalar) in Self.isBlank(scalar) || Self.isMark(scalar) }
    let whole = Array(scalars.drop(while: isAround).reversed().drop(while: isAround).reversed())
    var found: [String] = []
    for index in scalars.indices where scalars[index] == "@" {
      let before = scalars[..<index].reversed().drop(while: Self.isBlank)
        .prefix { !Self.isSeparator($0) }.reversed().drop { Self.isMark($0) }
      var behind = Array(
        scalars[(index + 1)...].drop(while: Self.isBlank).prefix { !Self.isSeparator($0) })
      while let last = behind.last, Self.isMark(last) || last == "." { behind.removeLast() }
      if before.isEmpty || behind.isEmpty { continue }
      let address = before + ["@"] + behind
      if behind.contains(".") || address.count == whole.count && address == whole {
        found.append(String(String.UnicodeScalarView(address)))
      }
    }
    return found
  }

  /// What is seen as an `@`: the letter itself, and its wide and its small form.
  private static let signs: [Unicode.Scalar] = ["@", "\u{FF20}", "\u{FE6B}"]

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

  private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
    isBlank(scalar) || "@<>()[]{},;:\"\\".unicodeScalars.contains(scalar)
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    "'`*!?|/".unicodeScalars.contains(scalar)
  }
}

/// Words of a header that are encoded: `=?utf-8?Q?J=C3=B6?=`.
enum EncodedWord {
  /// A text with its encoded words decoded. A charset is taken for UTF-8: what matters here is ASCII
  /// in all that are in use.
  static func decodeAll(in octets: [UInt8]) -> String {
    var output: [UInt8] = []
    var rest = octets[...]
    var isBehindWord = false
    while !rest.isEmpty {
      if let (text, length) = first(of: rest) {
        // blanks between two of them are not shown
        if isBehindWord {
          while let last = output.last, Header.isBlank(last) { output.removeLast() }
        }
        output += text
        rest = rest.dropFirst(length)
        isBehindWord = true
      } else {
        let octet = rest.removeFirst()
        if !Header.isBlank(octet) { isBehindWord = false }
        output.append(octet)
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  /// Decodes the word that a text starts with.
  private static func first(of octets: ArraySlice<UInt8>) -> (text: [UInt8], length: Int)? {
    guard octets.starts(with: "=?".utf8) else { return nil }
    let parts = octets.dropFirst(2).split(
      separator: UInt8(ascii: "?"), maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, parts[1].count == 1, parts[3].first == UInt8(ascii: "=") else {
      return nil
    }
    let text: [UInt8]
    switch parts[1].first.map({ $0 | 0x20 }) {
    case UInt8(ascii: "q"): text = quotedPrintable(parts[2])
    case UInt8(ascii: "b"): text = base64(parts[2])
    default: return nil
    }
    return (text, 2 + parts[0].count + 1 + 1 + 1 + parts[2].count + 2)
  }

  private static func quotedPrintable(_ octets: ArraySlice<UInt8>) -> [UInt8] {
    var output: [UInt8] = []
    var rest = octets
    while let octet = rest.popFirst() {
      let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
      if octet == UInt8(ascii: "="), digits.count == 2 {
        output.append(UInt8(digits[0] << 4 | digits[1]))
        rest = rest.dropFirst(2)
      } else {
        output.append(octet == UInt8(ascii: "_") ? 0x20 : octet)
      }
    }
    return output
  }

  private static func base64(_ octets: ArraySlice<UInt8>) -> [UInt8] {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    var output: [UInt8] = []
    var bits = 0
    var count = 0
    for octet in octets {
      guard let place = alphabet.firstIndex(of: octet) else { continue }
      bits = (bits << 6 | alphabet.distance(from: alphabet.startIndex, to: place)) & 0xFFFF
      count += 6
      if count >= 8 {
        count -= 8
        output.append(UInt8(truncatingIfNeeded: bits >> count))
      }
    }
    return output
  }
}

import Glibc

/// A message of plain text that is still to get its header.
struct Draft {
  let sender: Mailbox
  let recipients: [Mailbox]
  /// UTF-8 without control characters.
  let subject: String
  /// Lines that end in LF, UTF-8 if the sender keeps to that.
  let text: [UInt8]

  /// The message as RFC 5322 wants it, with lines that end in LF.
  ///
  /// - Parameters:
  ///   - time: When it is written, in seconds since 1970.
  ///   - identifier: Makes the Message-ID unlike all others.
  func message(at time: time_t, identifier: UInt64) -> [UInt8] {
    let header = [
      "Date: \(Self.date(time))",
      "From: \(sender.wireText)",
      "To: \(recipients.map(\.wireText).joined(separator: ",\n "))",
      "Subject: \(Self.encoded(subject))",
      "Message-ID: <\(time).\(String(identifier, radix: 36))@\(sender.asciiDomain)>",
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8",
      "Content-Transfer-Encoding: \(isPlain ? "7bit" : "quoted-printable")",
    ]
    return Array((header.joined(separator: "\n") + "\n\n").utf8)
      + (isPlain ? text : Self.quotedPrintable(text))
  }

  /// Whether every relay can pass the text on as it is. The relay cannot be told that it must do
  /// something to one with octets of eight bits: libcurl does not say `BODY=8BITMIME`.
  private var isPlain: Bool {
    text.allSatisfy { $0 < 0x80 }
      && text.split(separator: 0x0A).allSatisfy { $0.count <= Self.maxLineLength }
  }

  /// RFC 5322, section 2.1.1, without the CRLF.
  private static let maxLineLength = 998

  /// A text as RFC 2045, section 6.7, wants it: lines of at most 76 characters, all of them ASCII.
  static func quotedPrintable(_ text: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    var length = 0
    for (index, octet) in text.enumerated() {
      if octet == 0x0A {
        output.append(octet)
        length = 0
        continue
      }
      let isAtLineEnd = index + 1 == text.count || text[index + 1] == 0x0A
      let isLiteral =
        (0x21...0x7E).contains(octet) && octet != UInt8(ascii: "=")
        || Header.isBlank(octet) && !isAtLineEnd
      let word =
        isLiteral
        ? [octet]
        : Array("=\(octet < 0x10 ? "0" : "")\(String(octet, radix: 16, uppercase: true))".utf8)
      // the last place is for the "=" that joins two lines
      if length + word.count > (isAtLineEnd ? 76 : 75) {
        output += [UInt8(ascii: "="), 0x0A]
        length = 0
      }
      output += word
      length += word.count
    }
    return output
  }

  /// A date as in RFC 5322, section 3.3.
  private static func date(_ time: time_t) -> String {
    var time = time
    var parts = tm()
    localtime_r(&time, &parts)
    let text = [CChar](unsafeUninitializedCapacity: 64) { room, count in
      count = strftime(room.baseAddress!, room.count, "%a, %d %b %Y %H:%M:%S %z", &parts)
    }
    return String(decoding: text.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// A header's text: as it is, or in encoded words (RFC 2047) of at most 75 characters if it holds
  /// others than ASCII, is long, or could pass for an encoded word.
  static func encoded(_ text: String) -> String {
    if text.utf8.count <= 70, !text.contains("=?"), text.utf8.allSatisfy({ $0 < 0x80 }) {
      return text
    }
    var words: [String] = []
    var word: [UInt8] = []
    for character in text.unicodeScalars {
      let octets = Array(String(character).utf8)
      if word.count + octets.count > 45 {
        words.append(base64(word))
        word = []
      }
      word += octets
    }
    words.append(base64(word))
    return words.map { "=?utf-8?B?\($0)?=" }.joined(separator: "\n ")
  }

  private static func base64(_ octets: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: octets.count, by: 3) {
      let group = octets[start..<min(start + 3, octets.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for place in 0..<4 {
        text.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : "=")
      }
    }
    return text
  }
}

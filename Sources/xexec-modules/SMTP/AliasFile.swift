/// The administrator's list of further addresses that users may send as:
///
///     # user: address, address ...
///     marc@perkel.com: marc@example.com, sales@example.com
///     ann@perkel.com: @example.com
///     @perkel.com: info@perkel.com
///
/// In front of the colon stands a login name, a user's address, or `@` and the domain of users;
/// behind it stand addresses, or `@` and a domain of which all are meant. The case of ASCII letters
/// does not matter. A user may have several lines. Empty lines and those that start with `#` say
/// nothing. What is none of these is left out, and the rest counts.
struct AliasFile {
  /// What a user may send as.
  enum Entry: Equatable {
    case address(Mailbox)
    /// Every address of this domain, and of none below it.
    case domain(String)
  }

  /// What is wrong with a line, by its number from 1.
  struct Fault: Equatable {
    let line: Int
    let reason: String
  }

  /// Lines that say nothing for anybody.
  private(set) var faults: [Fault] = []
  private var lines: [(number: Int, key: [UInt8], entries: Substring)] = []

  /// Reads the list.
  init(_ octets: [UInt8]) {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]  // as some editors put it in front
    let octets = octets.starts(with: mark) ? octets.dropFirst(mark.count) : octets[...]
    let lines = octets.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      if line.first == UInt8(ascii: "#") { continue }
      guard let text = String(validating: line, as: UTF8.self) else {
        faults.append(Fault(line: index + 1, reason: "it is not UTF-8"))
        continue
      }
      take(Self.trim(text[...]), number: index + 1)
    }
  }

  private mutating func take(_ line: Substring, number: Int) {
    if line.isEmpty || line.hasPrefix("#") { return }
    guard let colon = line.firstIndex(of: ":") else {
      faults.append(Fault(line: number, reason: "it has no colon"))
      return
    }
    let key = Self.trim(line[..<colon])
    if key.isEmpty {
      faults.append(Fault(line: number, reason: "it has no user in front of the colon"))
      return
    }
    lines.append((number, Mailbox.lower(key), line[line.index(after: colon)...]))
  }

  /// What is listed for a user.
  ///
  /// - Parameters:
  ///   - user: The login name.
  ///   - address: The user's own address.
  /// - Returns: It, and what of it is no mail address.
  func entries(of user: String, address: Mailbox) -> (entries: [Entry], faults: [Fault]) {
    let keys = [
      user, address.text, address.wireText, "@\(address.domain)", "@\(address.asciiDomain)",
    ].map(Mailbox.lower)
    var found: [Entry] = []
    var faults: [Fault] = []
    for line in lines where keys.contains(line.key) {
      for text in line.entries.split(separator: ",").map(Self.trim) where !text.isEmpty {
        if text.hasPrefix("@"), Mailbox.isDomain(String(text.dropFirst())) {
          found.append(.domain(String(text.dropFirst())))
        } else if let address = try? Mailbox(String(text)) {
          found.append(.address(address))
        } else {
          faults.append(
            Fault(line: line.number, reason: "it holds a word that is no mail address"))
        }
      }
    }
    return (found, faults)
  }

  private static func trim(_ text: Substring) -> Substring {
    var text = text
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}

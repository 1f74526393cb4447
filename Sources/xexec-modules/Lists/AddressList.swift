/// A user's list as it lies in its file, an entry a line.
///
/// Entries are octets: lists made by other programs may hold anything that has no line end, and all
/// of it is shown and can be deleted. What is no address and no domain is not in the filter. Line
/// ends may be LF, CR or both; blanks around an entry are no part of it.
struct AddressList: Equatable {
  private var octets: [UInt8]
  private var ranges: [Range<Int>]

  /// Reads the octets of a file.
  init(octets: [UInt8]) {
    self.octets = octets
    ranges = []
    var start = octets.starts(with: Self.byteOrderMark) ? Self.byteOrderMark.count : 0
    while start < octets.count {
      let end = octets[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? octets.count
      let entry = Self.trimmed(octets[start..<end])
      if !entry.isEmpty { ranges.append(entry.startIndex..<entry.endIndex) }
      start = end + 1
    }
  }

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// How many entries there are.
  var count: Int { ranges.count }

  /// The entries.
  var entries: [ArraySlice<UInt8>] { ranges.map { octets[$0] } }

  /// The entries, each with something in front of it and a line end behind it. With nothing in front
  /// it is what the file shall hold.
  func lines(prefix: String = "") -> [UInt8] {
    let prefix = Array(prefix.utf8)
    var lines: [UInt8] = []
    lines.reserveCapacity(octets.count + ranges.count * (prefix.count + 1))
    for range in ranges {
      lines += prefix
      lines += octets[range]
      lines.append(0x0A)
    }
    return lines
  }

  /// The senders that it names.
  var senders: [Sender] { ranges.compactMap { try? Sender(octets: octets[$0]) } }

  /// Whether an entry is this text, or another form of the same.
  func contains(_ text: String) -> Bool {
    let key = Self.key(Array(text.utf8)[...])
    return ranges.contains { Self.key(octets[$0]) == key }
  }

  /// Puts an entry at the end.
  mutating func add(_ sender: Sender) {
    self = AddressList(octets: lines() + sender.text.utf8)
  }

  /// Removes every entry that is this text, or another form of the same.
  mutating func remove(_ text: String) {
    let key = Self.key(Array(text.utf8)[...])
    ranges.removeAll { Self.key(octets[$0]) == key }
  }

  static func == (one: AddressList, other: AddressList) -> Bool {
    one.ranges.count == other.ranges.count
      && zip(one.ranges, other.ranges).allSatisfy { one.octets[$0] == other.octets[$1] }
  }

  private static func isBlank(_ octet: UInt8) -> Bool { octet <= 0x20 || octet == 0x7F }

  private static func trimmed(_ octets: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard let first = octets.firstIndex(where: { !isBlank($0) }),
      let last = octets.lastIndex(where: { !isBlank($0) })
    else { return [] }
    return octets[first...last]
  }

  /// What is the same for all forms of an entry: the case of ASCII letters does not matter, nor do
  /// angle brackets, nor how a domain is written. What is not UTF-8, and each run of blanks and
  /// control characters, is as a client sees it.
  private static func key(_ entry: ArraySlice<UInt8>) -> [UInt8] {
    let entry = MailAddress.withoutBrackets(trimmed(entry))
    if entry.first == UInt8(ascii: "@") || entry.first == UInt8(ascii: "*")
      || DomainName.isInternational(entry), let sender = try? Sender(octets: entry)
    {
      return Array(sender.ascii.utf8)
    }
    var key: [UInt8] = []
    key.reserveCapacity(entry.count)
    var isText = true
    for octet in entry {
      if isBlank(octet) {
        if key.last != 0x20 { key.append(0x20) }
      } else {
        key.append((0x41...0x5A).contains(octet) ? octet | 0x20 : octet)
        if octet >= 0x80 { isText = false }
      }
    }
    return isText ? key : Array(String(decoding: key, as: UTF8.self).utf8)
  }
}

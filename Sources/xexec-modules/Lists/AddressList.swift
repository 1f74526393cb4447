/// A user's list as it lies in its file, an entry a line.
///
/// Entries are octets: lists made by older programs may hold anything that has no line end, and all
/// of it is shown and can be deleted. What is no address and no domain is not in the filter.
struct AddressList: Equatable {
  private(set) var entries: [[UInt8]]

  /// Reads the octets of a file.
  init(octets: [UInt8]) {
    entries = octets.split(separator: UInt8(ascii: "\n")).map(Array.init)
  }

  /// The octets of the file.
  var octets: [UInt8] { entries.flatMap { $0 + [UInt8(ascii: "\n")] } }

  /// The senders that it names.
  var senders: [Sender] {
    entries.compactMap { entry in
      guard let text = String(validating: entry, as: UTF8.self) else { return nil }
      return try? Sender(text)
    }
  }

  /// Whether an entry is this text, without regard to the case of ASCII letters.
  func contains(_ text: String) -> Bool {
    let key = Self.key(text.utf8)
    return entries.contains { Self.key($0) == key }
  }

  /// Puts an entry at the end.
  mutating func add(_ sender: Sender) { entries.append(Array(sender.text.utf8)) }

  /// Removes every entry that is this text, without regard to the case of ASCII letters.
  mutating func remove(_ text: String) {
    let key = Self.key(text.utf8)
    entries.removeAll { Self.key($0) == key }
  }

  private static func key(_ octets: some Sequence<UInt8>) -> [UInt8] {
    octets.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
  }
}

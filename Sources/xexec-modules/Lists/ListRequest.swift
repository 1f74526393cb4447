/// What a client asks of a list.
enum ListRequest: Equatable {
  case add(Sender)
  /// Any text, so that entries of old lists can be deleted that could not be added now.
  case delete(String)
  case list

  /// Whether the list may have to be made first.
  var isAddition: Bool { if case .add = self { true } else { false } }

  /// Octets that an entry to be deleted may have: more than a line of the answer can show.
  private static let maxEntryLength = 8000

  /// Reads the client's words. The first is a word in any case.
  ///
  /// - Throws: ``Refusal`` if they are not `add ADDRESS`, `del ADDRESS` or `list`.
  init(_ words: [String]) throws(Refusal) {
    switch (words.first?.lowercased(), words.count) {
    case ("add", 2):
      self = .add(try Sender(words[1]))
    case ("del", 2):
      self = .delete(try Self.entry(words[1]))
    case ("list", 1):
      self = .list
    default:
      throw Refusal(.usage, "Usage: add ADDRESS, del ADDRESS, or list")
    }
  }

  /// An entry in any form, on one line.
  private static func entry(_ text: String) throws(Refusal) -> String {
    guard text.utf8.contains(where: { $0 != 0x20 }) else {
      throw Refusal(.badData, "The address is empty")
    }
    guard text.utf8.count <= maxEntryLength else {
      throw Refusal(.badData, "The address is longer than \(maxEntryLength) octets")
    }
    guard !text.hasControlCharacter else {
      throw Refusal(.badData, "The address holds a control character")
    }
    return text
  }

  /// Does it to a list.
  ///
  /// Adding what is there and deleting what is not there is no error: the list is then as the
  /// client asked, and a client that missed the answer can simply ask again.
  ///
  /// - Parameters:
  ///   - title: What the list is called: "server side blacklist for joe".
  ///   - maxEntries: Entries that it may have.
  /// - Returns: The lines of the answer, each with its end.
  /// - Throws: ``Refusal`` (bad data) if the list is full.
  func apply(
    to list: inout AddressList, titled title: String, maxEntries: Int
  ) throws(Refusal) -> [UInt8] {
    switch self {
    case .add(let sender):
      if list.contains(sender.text) { return line("Already on \(title): \(sender.text)") }
      guard list.count < maxEntries else {
        throw Refusal(.badData, "The \(title) is full (\(maxEntries) entries)", code: .limit)
      }
      list.add(sender)
      return line("Adding \(sender.text) to \(title)")
    case .delete(let text):
      guard list.contains(text) else { return line("Not on \(title): \(text)") }
      list.remove(text)
      return line("Deleting \(text) from \(title)")
    case .list:
      return list.lines(prefix: "Entry: ") + line("Entries on \(title): \(list.count)")
    }
  }

  private func line(_ text: String) -> [UInt8] { Array("\(text)\n".utf8) }
}

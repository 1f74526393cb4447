/// The administrator's list of further addresses that users may send as:
///
///     # user: address, address ...
///     marc@perkel.com: marc@example.com, sales@example.com
///
/// A user may have several lines. Empty lines and those that start with `#` say nothing.
struct AliasFile {
  private var addresses: [(user: String, address: String, line: Int)] = []

  /// Reads the list.
  ///
  /// - Throws: ``Refusal`` if a line is none of these.
  init(text: String) throws(Refusal) {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      let line = Self.trim(line)
      if line.isEmpty || line.hasPrefix("#") { continue }
      guard let colon = line.firstIndex(of: ":") else { throw Self.fault(index + 1) }
      let user = String(Self.trim(line[..<colon]))
      for address in line[line.index(after: colon)...].split(separator: ",") {
        addresses.append((user, String(Self.trim(address)), index + 1))
      }
    }
  }

  /// What is listed for a user.
  ///
  /// - Throws: ``Refusal`` if something of it is no mail address.
  func addresses(of user: String) throws(Refusal) -> [Mailbox] {
    var found: [Mailbox] = []
    for entry in addresses where entry.user.utf8.elementsEqual(user.utf8) {
      guard let address = try? Mailbox(entry.address) else { throw Self.fault(entry.line) }
      found.append(address)
    }
    return found
  }

  private static func fault(_ line: Int) -> Refusal {
    Refusal(
      .misconfigured, "[CONTACTADMIN] The server's list of senders has an error in line \(line).")
  }

  private static func trim(_ text: Substring) -> Substring {
    var text = text
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}

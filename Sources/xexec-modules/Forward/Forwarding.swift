/// Where a user's mail is forwarded to.
struct Forwarding: Equatable {
  let address: MailAddress
  /// Whether it is delivered here as well.
  let keepsCopy: Bool

  init(address: MailAddress, keepsCopy: Bool) {
    self.address = address
    self.keepsCopy = keepsCopy
  }

  /// Reads the octets of the setting.
  ///
  /// - Returns: Nil if they are none, or not what ``octets`` writes.
  init?(octets: [UInt8]) {
    guard let text = String(validating: octets, as: UTF8.self) else { return nil }
    let words = text.split(whereSeparator: { $0 == " " || $0 == "\n" })
    guard let first = words.first, words.count == 1 || (words.count == 2 && words[1] == "keep"),
      let address = try? MailAddress(String(first))
    else { return nil }
    self.init(address: address, keepsCopy: words.count == 2)
  }

  /// The setting: the address, and `keep` if a copy is kept.
  var octets: [UInt8] { Array("\(address.text)\(keepsCopy ? " keep" : "")\n".utf8) }
}

extension FilterFolder {
  /// What the user has set.
  ///
  /// - Returns: Nil if mail is not forwarded.
  /// - Throws: ``Refusal`` (temporary) if it cannot be read.
  func readForwarding() throws(Refusal) -> Forwarding? {
    Forwarding(octets: try read(.forwardmail) ?? [])
  }
}

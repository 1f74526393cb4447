import ArgumentParser

/// A header field that a spam filter gives to spam: `X-Spam-Flag: YES`, or any field of that name.
struct SpamMark: ExpressibleByArgument, Equatable {
  let name: String
  /// What the field starts with, whatever the case of ASCII letters. Nil for any text.
  let value: String?

  /// Reads `NAME` or `NAME:VALUE`; blanks around the value are dropped.
  init?(argument: String) {
    let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.first, !name.isEmpty,
      name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
      !argument.hasControlCharacter
    else { return nil }
    self.name = String(name)
    let value = parts.dropFirst().first.map { $0.split(separator: " ").joined(separator: " ") }
    self.value = value == "" ? nil : value
  }

  /// The Sieve test for it.
  var test: String {
    let field = SieveText.quoted(name)
    guard let value else { return "exists \(field)" }
    return "header :matches \(field) \(SieveText.quoted(SieveText.pattern(prefix: value)))"
  }
}

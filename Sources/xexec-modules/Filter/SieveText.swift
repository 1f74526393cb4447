/// The parts of the Sieve language (RFC 5228) that the scripts are made of.
enum SieveText {
  /// What every script starts with.
  static let heading = "# Written by xexec-modules from what the user has set. It is overwritten.\n"

  /// A quoted string (section 2.4.2). It ends where it should, whatever it holds.
  ///
  /// Without `require` of `variables` and `encoded-character`, `${...}` in it is no more than that.
  ///
  /// - Parameter text: The text, without NUL and line ends, which such a string cannot hold.
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      precondition(!["\0", "\r", "\n"].contains(scalar), "unfit for a quoted string")
      if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }

  /// A string list, a line for each string.
  static func list(_ texts: [String]) -> String {
    "[\n" + texts.map(quoted).joined(separator: ",\n") + "\n]"
  }

  /// The test whether a message comes from one of these senders, by its header `From` or by its
  /// envelope (needs the extensions `envelope` and `index`). Matches are whole, and ASCII case does
  /// not matter: `:is` with the default comparator `i;ascii-casemap`.
  ///
  /// Of several `From` fields, which RFC 5322 forbids, it is the first. Pigeonhole looks at up to
  /// 256 addresses of a field; thousands of fields against thousands of senders would take minutes.
  ///
  /// - Returns: The test, or nil without senders.
  static func test(for senders: [Sender]) -> String? {
    let addresses = senders.compactMap { if case .address(let text) = $0 { text } else { nil } }
    let domains = senders.compactMap { if case .domain(let text) = $0 { text } else { nil } }
    var tests: [String] = []
    for (part, keys) in [(":all", addresses), (":domain", domains)] where !keys.isEmpty {
      let keyList = list(keys)
      tests.append("address :index 1 :is \(part) \"from\" \(keyList)")
      tests.append("envelope :is \(part) \"from\" \(keyList)")
    }
    return tests.isEmpty ? nil : "anyof (\n  \(tests.joined(separator: ",\n  ")))"
  }
}

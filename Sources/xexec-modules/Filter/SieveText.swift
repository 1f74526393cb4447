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

  /// `require` (section 3.2).
  static func require(_ extensions: [String]) -> String { "require \(list(extensions));\n\n" }

  /// A string list, a line for each string.
  static func list(_ texts: [String]) -> String {
    "[\n" + texts.map(quoted).joined(separator: ",\n") + "\n]"
  }

  /// What ``test(for:)`` needs.
  static let testExtensions = ["comparator-i;ascii-numeric", "envelope", "relational"]

  /// The test whether a message comes from one of these senders, by its envelope or by its header
  /// `From`. Matches are whole, and ASCII case does not matter: `:is` with the default comparator
  /// `i;ascii-casemap`.
  ///
  /// - Returns: The test, or nil without senders.
  static func test(for senders: [Sender]) -> String? {
    let addresses = senders.compactMap { if case .address(let text) = $0 { text } else { nil } }
    let domains = senders.compactMap { if case .domain(let text) = $0 { text } else { nil } }
    let keys = [(":all", addresses), (":domain", domains)].filter { !$0.1.isEmpty }
      .map { part, texts in ":is \(part) \"from\" \(list(texts))" }
    return keys.isEmpty
      ? nil
      : any(
        of: keys.map { "envelope \($0)" } + [
          """
          allof (address :count "le" :comparator "i;ascii-numeric" "from" "\(maxFromAddresses)",
          \(any(of: keys.map { "address \($0)" })))
          """
        ])
  }

  /// Of a `From` with more addresses none is looked at. Pigeonhole keeps memory for each comparison
  /// that a test makes (`sieve_match_value`): hundreds of addresses in a hostile message against
  /// thousands of senders would end the delivery process at its `vsz_limit`.
  private static let maxFromAddresses = 10

  private static func any(of tests: [String]) -> String {
    "anyof (\(tests.joined(separator: ",\n")))"
  }
}

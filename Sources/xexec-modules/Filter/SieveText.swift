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
    let isPlain = text.utf8.allSatisfy { $0 > 0x0D && $0 != quote && $0 != backslash }
    if isPlain { return "\"\(text)\"" }
    var quoted: [UInt8] = [quote]
    for octet in text.utf8 {
      precondition(octet != 0 && octet != 0x0D && octet != 0x0A, "unfit for a quoted string")
      if octet == quote || octet == backslash { quoted.append(backslash) }
      quoted.append(octet)
    }
    quoted.append(quote)
    return String(decoding: quoted, as: UTF8.self)
  }

  private static let quote = UInt8(ascii: "\"")
  private static let backslash = UInt8(ascii: "\\")

  /// A pattern of `:matches` (section 2.7.1) for texts that start with this one.
  static func pattern(prefix text: String) -> String {
    var pattern = ""
    for scalar in text.unicodeScalars {
      if "*?\\".unicodeScalars.contains(scalar) { pattern += "\\" }
      pattern.unicodeScalars.append(scalar)
    }
    return pattern + "*"
  }

  /// `require` (section 3.2).
  static func require(_ extensions: [String]) -> String { "require \(list(extensions));\n\n" }

  /// A string list, a line for each string.
  static func list(_ texts: [String]) -> String {
    var list = "["
    for (index, text) in texts.enumerated() {
      list += index == 0 ? "\n" : ",\n"
      list += quoted(text)
    }
    return list + "\n]"
  }

  /// What ``test(for:)`` needs.
  static let testExtensions = ["comparator-i;ascii-numeric", "envelope", "relational"]

  /// The test whether a message comes from one of these senders, by its envelope or by its header
  /// `From`. Matches are whole, and ASCII case does not matter: `:is` with the default comparator
  /// `i;ascii-casemap`. A domain is looked for in both of its forms.
  ///
  /// - Returns: The test, or nil without senders.
  static func test(for senders: [Sender]) -> String? {
    var addresses: [String] = []
    var domains: [String] = []
    var patterns: [String] = []
    for sender in senders {
      switch sender {
      case .address(let text): addresses += Sender.forms(of: text)
      case .domain(let name): domains += DomainName.forms(name)
      case .subdomains(let name): patterns += DomainName.forms(name).map { "*.\($0)" }
      }
    }
    let keys = [
      (":is :all", addresses), (":is :domain", domains), (":matches :domain", patterns),
    ].filter { !$0.1.isEmpty }
      .map { part, texts in "\(part) \"from\" \(list(texts))" }
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

  static func any(of tests: [String]) -> String {
    "anyof (\(tests.joined(separator: ",\n")))"
  }
}

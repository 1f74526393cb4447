/// Variables of Dovecot 2.4 in programs, `%{user | lower}` (lib-var-expand). One that it does not know
/// is found only when a user runs the program.
enum PipeCheck {
  private static let names: Set<String> = [
    "user", "service", "local_ip", "remote_ip", "local_port", "remote_port", "session", "auth_user",
    "hostname", "local_name", "protocol", "owner_user", "master_user", "home", "owner_home",
  ]
  /// With something behind them, `%{userdb:note}`
  private static let providers: Set<String> = [
    "userdb", "process", "system", "dovecot", "env", "event", "date", "time", "generate",
  ]
  private static let filters: Set<String> = [
    "lookup", "literal", "calculate", "concat", "upper", "lower", "hash", "md5", "sha1", "sha256",
    "sha384", "sha512", "base64", "unbase64", "hex", "unhex", "hexlify", "unhexlify", "default",
    "reverse", "truncate", "substr", "ldap_dn", "if", "regexp", "lenumber", "benumber", "index",
    "username", "domain", "list", "lfill", "rfill", "text", "encrypt", "decrypt",
  ]

  static func run(
    _ settings: BlockSettings, _ place: (String) -> Place?, _ findings: inout FindingList
  ) {
    for block in settings.blocks {
      for name in unknown(in: block.settings["program"] ?? "") {
        let near = nearestName(to: name, among: names.union(filters)).map { ": write \($0)" } ?? ""
        findings.error(
          "xexec \(block.name)", place("xexec \(block.name)"),
          "Dovecot has no variable or filter \"\(name)\", and the program cannot be started\(near)")
      }
    }
  }

  /// The names that Dovecot does not know, each once.
  static func unknown(in value: String) -> [String] {
    var unknown: [String] = []
    var rest = Substring(value)
    while let start = rest.firstRange(of: "%{") {
      // %%{ is no variable
      let isEscaped = rest[..<start.lowerBound].last == "%"
      rest = rest[start.upperBound...]
      if isEscaped { continue }
      for (index, name) in stages(&rest).enumerated() {
        let provider = name.split(separator: ":").first.map(String.init) ?? ""
        let isKnown =
          filters.contains(name)
          || index == 0
            && (names.contains(name) || name.contains(":") && providers.contains(provider))
        if !isKnown && !unknown.contains(name) { unknown.append(name) }
      }
    }
    return unknown
  }

  /// The first word of each part between the pipes, up to the closing brace.
  private static func stages(_ rest: inout Substring) -> [String] {
    var stages: [String] = []
    var word = ""
    var isInName = true
    var quote: Character?
    func finish() { if !word.isEmpty { stages.append(word) } }
    while let letter = rest.popFirst() {
      if let open = quote {
        if letter == "\\" { _ = rest.popFirst() }
        if letter == open { quote = nil }
        continue
      }
      switch letter {
      case "}":
        finish()
        return stages
      case "|":
        finish()
        (word, isInName) = ("", true)
      case "'", "\"":
        quote = letter
        isInName = false
      case " ", "\t": if !word.isEmpty { isInName = false }
      // also a calculation behind the name, `%{uid + 1}`
      case "(", "+", "*": isInName = false
      default: if isInName { word.append(letter) }
      }
    }
    return stages
  }
}

/// Dovecot's variables in settings, which Dovecot expands at each login (lib/var-expand.c): one that
/// it does not know locks the user out.
enum VariableCheck {
  /// What mail_user_var_expand_table() of Dovecot 2.3 has.
  private static let short: Set<Character> = ["u", "n", "d", "s", "h", "l", "r", "p", "i", "%"]
  private static let long: Set<String> = [
    "user", "username", "domain", "service", "home", "lip", "rip", "pid", "uid", "gid", "session",
    "auth_user", "auth_username", "auth_domain", "hostname", "local_ip", "remote_ip",
  ]
  /// Those with something behind them, `%{userdb:note}` or `%{sha256;rounds=1:user}`.
  private static let functions: Set<String> = [
    "env", "userdb", "if", "pkcs5", "md4", "md5", "sha1", "sha256", "sha384", "sha512", "sha3-256",
    "sha3-512", "size",
  ]
  private static let modifiers: Set<Character> = [
    "L", "U", "E", "X", "R", "H", "N", "M", "D", "T",
  ]

  static func run(
    _ settings: [(key: String, value: String)], _ place: (String) -> Place?,
    _ findings: inout FindingList
  ) {
    for (key, value) in settings {
      for fault in faults(in: value) {
        switch fault {
        case .unknown(let variable):
          findings.error(
            key, place(key),
            "Dovecot has no variable \(variable), and lets nobody log in: a percent sign is %%")
        case .open:
          findings.error(
            key, place(key),
            "a %{ is not closed, and Dovecot lets nobody log in: add the }, or write %%{")
        case .atEnd:
          findings.warning(
            key, place(key), "the % at the end is dropped: a percent sign is %%")
        }
      }
    }
  }

  enum Fault: Equatable {
    case unknown(String)
    case open
    case atEnd
  }

  /// What is wrong with the variables in a value, each fault once.
  static func faults(in value: String) -> [Fault] {
    var faults: [Fault] = []
    func add(_ fault: Fault) { if !faults.contains(fault) { faults.append(fault) } }
    var rest = Substring(value)
    while let percent = rest.firstIndex(of: "%") {
      rest = rest[percent...].dropFirst()
      // [OFFSET.]WIDTH[MODIFIERS]VARIABLE
      rest = rest.drop { $0.isNumber || $0 == "-" || $0 == "." }
      rest = rest.drop { modifiers.contains($0) }
      guard let letter = rest.first else {
        add(.atEnd)
        break
      }
      if letter != "{" {
        if !short.contains(letter) { add(.unknown("%\(letter)")) }
        rest = rest.dropFirst()
      } else if let end = closingBrace(rest) {
        let name = rest[..<end].dropFirst()
        if !isKnown(name) { add(.unknown("%{\(name.prefix(60))}")) }
        rest = rest[end...].dropFirst()
      } else {
        add(.open)
        break
      }
    }
    return faults
  }

  private static func isKnown(_ name: Substring) -> Bool {
    long.contains(String(name))
      || functions.contains(String(name.prefix { $0 != ":" && $0 != ";" }))
  }

  /// The brace that closes the one at the start; there may be others inside.
  private static func closingBrace(_ text: Substring) -> Substring.Index? {
    var depth = 0
    var isEscaped = false
    for index in text.indices {
      if isEscaped {
        isEscaped = false
        continue
      }
      switch text[index] {
      case "\\": isEscaped = true
      case "{": depth += 1
      case "}":
        depth -= 1
        if depth == 0 { return index }
      default: break
      }
    }
    return nil
  }
}

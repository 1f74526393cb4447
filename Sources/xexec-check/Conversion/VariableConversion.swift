/// Variables of Dovecot 2.3 in a value, in the words of 2.4: `%Lu` is `%{user | lower}` there.
struct VariableConversion {
  private(set) var text = ""
  /// What has no equal, and is left as it was.
  private(set) var problems: [String] = []

  private static let short: [Character: String] = [
    "u": "user", "n": "user | username", "d": "user | domain", "s": "protocol", "h": "home",
    "l": "local_ip", "r": "remote_ip", "p": "process:pid", "i": "process:uid",
  ]
  private static let long: [String: String] = [
    "user": "user", "username": "user | username", "domain": "user | domain",
    "service": "protocol", "home": "home", "lip": "local_ip", "rip": "remote_ip",
    "local_ip": "local_ip", "remote_ip": "remote_ip", "pid": "process:pid", "uid": "process:uid",
    "gid": "process:gid", "session": "session", "auth_user": "auth_user",
    "auth_username": "auth_user | username", "auth_domain": "auth_user | domain",
    "hostname": "hostname",
  ]
  /// How a modifier is spelled, and how many octets come out, if that is known.
  private static let modifiers: [Character: (filter: String, length: Int?)] = [
    "L": ("lower", nil), "U": ("upper", nil), "R": ("reverse", nil), "D": ("ldap_dn", nil),
    "M": ("md5 | hexlify", 32),
  ]
  private static let allModifiers = "LUEXRHNMDT"

  init(_ value: String) {
    var rest = Substring(value)
    while let percent = rest.firstIndex(of: "%") {
      text += rest[..<percent]
      rest = rest[percent...]
      takeVariable(&rest)
    }
    text += rest
  }

  /// `%[OFFSET.]WIDTH[MODIFIERS]VARIABLE`, or `%%`
  private mutating func takeVariable(_ rest: inout Substring) {
    var behind = rest.dropFirst()
    let size = behind.prefix { $0.isNumber || $0 == "-" || $0 == "." }
    behind = behind.dropFirst(size.count)
    let letters = behind.prefix { Self.allModifiers.contains($0) }
    behind = behind.dropFirst(letters.count)
    guard let letter = behind.first else {
      // Dovecot dropped it
      rest = ""
      return
    }
    if letter == "%" && size.isEmpty && letters.isEmpty {
      rest = behind.dropFirst()
      text += Self.percentSign(before: rest)
      return
    }
    var name = Self.short[letter]
    var end = behind.index(after: behind.startIndex)
    if letter == "{", let brace = behind.firstIndex(of: "}") {
      let long = String(behind[..<brace].dropFirst())
      name = Self.long[long]
      if long.hasPrefix("env:") || long.hasPrefix("userdb:") { name = long }
      end = behind.index(after: brace)
    }
    let written = String(rest[..<end])
    rest = rest[end...]
    if let name, let filters = Self.filters(letters, size, of: name) {
      text += "%{\(name)\(filters)}"
    } else {
      problems.append(written)
      text += written
    }
  }

  /// - Returns: nil if there are no such filters.
  private static func filters(
    _ letters: Substring, _ size: Substring, of name: String
  ) -> String? {
    var filters = ""
    // nobody's name is empty
    var length = name.hasPrefix("user") && !name.contains("domain") ? 1 : 0
    for letter in letters {
      guard let modifier = modifiers[letter] else { return nil }
      filters += " | \(modifier.filter)"
      length = modifier.length ?? length
    }
    if size.isEmpty { return filters }
    // more than there is would be an error in 2.4
    let numbers = size.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count <= 2, let width = numbers.last ?? nil, let offset = numbers.first ?? nil
    else { return nil }
    let first = numbers.count == 1 ? 0 : offset
    if first < 0 || width <= 0 || first + width > length || size.hasPrefix("0") { return nil }
    return "\(filters) | substr(\(first), \(width))"
  }

  /// A percent sign that is none of a variable, neither to Dovecot nor to the plugin.
  private static func percentSign(before rest: Substring) -> String {
    guard let next = rest.first else { return "%" }
    if next == "{" { return "%%" }
    let isRead = next.isASCII && (next.isLetter || next.isNumber) || "%-.".contains(next)
    return isRead ? "%{literal('%')}" : "%"
  }
}

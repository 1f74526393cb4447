/// How a new password is hashed: the scheme, and its cost as `doveadm pw -r` takes it.
struct HashPlan: Equatable, CustomStringConvertible {
  let scheme: HashScheme
  /// nil for what `doveadm pw` takes by itself.
  let rounds: UInt32?

  /// What the administrator wants.
  ///
  /// - Parameter rounds: The cost; nil for the least that ``HashScheme/leastRounds`` has.
  init(_ scheme: HashScheme, rounds: UInt32? = nil) {
    self.scheme = scheme
    self.rounds = rounds ?? scheme.leastRounds
  }

  /// What takes the place of an entry: the scheme stays and the cost is no lower, if that is no
  /// weaker than bcrypt with 10 rounds. All else becomes bcrypt with 10 rounds.
  ///
  /// Some clients log in by a mechanism that needs one scheme, so that SCRAM stays SCRAM too.
  ///
  /// - Parameter entry: The second field of the user's line. Without a `{SCHEME}` it counts as
  ///   CRYPT, which is Dovecot's default for a passwd-file.
  init(replacing entry: some Collection<UInt8>) {
    let text = String(decoding: entry, as: UTF8.self)
    var name = "CRYPT"
    var hash = Substring(text)
    if text.first == "{", let end = text.firstIndex(of: "}") {
      name = text[text.index(after: text.startIndex)..<end].uppercased()
      hash = text[text.index(after: end)...]
    }
    let hasEncoding = name.contains(".")
    name = String(name.prefix { $0 != "." })
    // behind an encoding the hash cannot be read, and its cost is unknown
    let fields =
      hasEncoding ? [] : hash.split(separator: "$", maxSplits: 4, omittingEmptySubsequences: false)
    let kind = fields.count > 2 && fields[0].isEmpty ? String(fields[1]) : ""
    if name == "CRYPT" && ["argon2i", "argon2id"].contains(kind) { name = kind.uppercased() }
    let isCrypt = name.hasSuffix("CRYPT")

    switch isCrypt && !kind.isEmpty ? "$" + kind : name {
    case "$2a", "$2b", "$2x", "$2y", "BLF-CRYPT": self.init("BLF-CRYPT", atLeast: fields, at: 2)
    case "$5", "SHA256-CRYPT": self.init("SHA256-CRYPT", atLeast: fields, at: 2)
    case "$6", "SHA512-CRYPT": self.init("SHA512-CRYPT", atLeast: fields, at: 2)
    case "PBKDF2": self.init("PBKDF2", atLeast: fields, at: 3)
    case "ARGON2I", "ARGON2ID": self.init(argon2: name, fields)
    case "SCRAM-SHA-1", "SCRAM-SHA-256": self.init(HashScheme(name))
    default: self.init(.strong)
    }
  }

  /// - Parameter index: The field of the hash that has the cost: `12`, or `rounds=12`.
  private init(_ name: String, atLeast fields: [Substring], at index: Int) {
    let scheme = HashScheme(name)
    let field = fields.count > index ? fields[index] : ""
    let digits = field.hasPrefix("rounds=") ? field.dropFirst(7) : field
    self.init(scheme, rounds: max(UInt32(digits) ?? 0, scheme.leastRounds ?? 0))
  }

  /// Dovecot makes the memory of the rounds. So more than its usual rounds are only asked for where
  /// the entry has more than the usual memory: auth has to have that much.
  private init(argon2 name: String, _ fields: [Substring]) {
    var cost: [Substring: UInt32] = [:]
    for pair in (fields.count > 3 ? fields[3] : "").split(separator: ",") {
      let parts = pair.split(separator: "=")
      if parts.count == 2 { cost[parts[0]] = UInt32(parts[1]) }
    }
    let usualMemory: UInt32 = name == "ARGON2I" ? 32768 : 65536  // kB
    let hasMore = cost["m", default: 0] > usualMemory
    self.init(HashScheme(name), rounds: hasMore ? cost["t"] : nil)
  }

  var description: String { rounds.map { "\(scheme.name), \($0) rounds" } ?? scheme.name }
}

/// What is compared: a Dovecot with one of these.
enum Candidate: Int, CaseIterable {
  case noPlugin
  case nullPlugin
  /// The settings of ten modules are there, and nobody reads them. Dovecot 2.4 makes a filter of each
  /// block when a process starts.
  case nullPluginAndSettings
  case noModules
  case tenModules

  /// What the table calls it.
  var name: String {
    switch self {
    case .noPlugin: "no plugin"
    case .nullPlugin: "null plugin"
    case .nullPluginAndSettings: "null plugin, ten modules' settings"
    case .noModules: "XEXEC, no modules"
    case .tenModules: "XEXEC, ten modules"
    }
  }

  /// What XEXEC is compared with: the null plugin, and the same settings.
  static let pairs: [(measured: Candidate, other: Candidate)] = [
    (.noModules, .nullPlugin), (.tenModules, .nullPluginAndSettings),
  ]
}

/// Has all candidates take turns. A different one begins each round, so that none is always behind
/// the same other.
func takeTurns(rounds: Int, _ turn: (Candidate) throws -> Void) rethrows {
  let candidates = Candidate.allCases
  for round in 0..<rounds {
    for offset in candidates.indices {
      try turn(candidates[(round + offset) % candidates.count])
    }
  }
}

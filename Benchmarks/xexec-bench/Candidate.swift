/// What is compared: a Dovecot with one of these.
enum Candidate: Int, CaseIterable {
  case noPlugin
  case nullPlugin
  case noModules
  case tenModules

  /// What the table calls it.
  var name: String {
    switch self {
    case .noPlugin: "no plugin"
    case .nullPlugin: "null plugin"
    case .noModules: "XEXEC, no modules"
    case .tenModules: "XEXEC, ten modules"
    }
  }

  /// Those that are compared with the null plugin.
  static let measured: [Candidate] = [.noModules, .tenModules]
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

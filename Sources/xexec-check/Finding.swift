/// Something that an administrator should change.
struct Finding: Hashable {
  enum Level: String {
    /// It does not do what was meant, but nothing fails.
    case warning
    /// A command, or all logins, will fail.
    case error
  }

  let level: Level
  /// The setting, or the part of the configuration, that it is about.
  let subject: String?
  /// Where that stands, if it is known.
  let place: Place?
  /// What is wrong, and what to do.
  let text: String

  /// One line, whatever the configuration holds: `error: KEY (FILE:LINE): what is wrong: what to do`.
  var line: String {
    let subject = [subject, place.map { "(\($0))" }].compactMap { $0 }.joined(separator: " ")
    let line = "\(level.rawValue): \(subject.isEmpty ? "" : "\(subject): ")\(text)"
    return String(
      String.UnicodeScalarView(
        line.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
  }
}

/// Where a setting stands.
enum Place: Hashable, CustomStringConvertible {
  case file(String, line: Int)
  /// A user's own settings, which the userdb returns.
  case userdb(user: String)

  /// nil for what stands in none.
  var file: String? { if case .file(let path, _) = self { path } else { nil } }

  var description: String {
    switch self {
    case .file(let path, let line): return "\(path):\(line)"
    case .userdb(let user): return "userdb of \(user)"
    }
  }
}

/// All that was found so far, each thing once.
struct FindingList {
  private(set) var findings: [Finding] = []
  /// How often something was found, also what had been found before.
  private(set) var count = 0
  private var known: Set<Finding> = []

  mutating func add(_ finding: Finding) {
    count += 1
    if known.insert(finding).inserted { findings.append(finding) }
  }

  mutating func error(_ subject: String?, _ place: Place?, _ text: String) {
    add(Finding(level: .error, subject: subject, place: place, text: text))
  }

  mutating func warning(_ subject: String?, _ place: Place?, _ text: String) {
    add(Finding(level: .warning, subject: subject, place: place, text: text))
  }
}

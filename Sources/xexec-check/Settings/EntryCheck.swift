import XexecCore

/// The settings `xexec...`: those that the core will skip, and those that do nothing.
struct EntryCheck {
  let settings: ModuleSettings
  /// Where a key stands, or the program of a block.
  let place: (String) -> Place?

  /// - Returns: The modules that users will have.
  func run(_ findings: inout FindingList) -> [ModuleEntry] {
    let reader = CoreReader(settings)
    for (key, reason) in reader.reports {
      findings.error(key, place(key), "is ignored: \(reason)\(hint(for: key))")
    }
    for warning in reader.warnings {
      findings.warning(
        nil, nil, String(warning.trimmingPrefix("xexec: ")) + ": take shorter names")
    }
    switch settings {
    case .numbered(let settings):
      findOptionsOfNothing(settings, &findings)
      VariableCheck.run(settings.filter { isOurs($0.key) }, place, &findings)
    case .blocks(let settings):
      PipeCheck.run(settings, place, &findings)
    }
    return reader.modules
  }

  private func isOurs(_ key: String) -> Bool { SettingKey.of(key) != .foreign }

  /// The key that was probably meant.
  private func hint(for key: String) -> String {
    guard SettingKey.of(key) == .unknown, !key.contains(" ") else { return "" }
    let digits = key.dropFirst("xexec".count).prefix { $0.isNumber }
    if digits == "1" { return ": the first one is xexec" }
    let suffixes = ["_timeout", "_stdin", "_max_literal", "_progress", "_stderr"]
    let known = suffixes.map { "xexec\(digits)\($0)" }
    return nearestName(to: key.lowercased(), among: known).map { ": write \($0)" } ?? ""
  }

  private func findOptionsOfNothing(
    _ settings: [(key: String, value: String)], _ findings: inout FindingList
  ) {
    var numbers: Set<Int> = []
    for (key, _) in settings {
      if case .entry(let number) = SettingKey.of(key) { numbers.insert(number) }
    }
    for (key, _) in settings {
      if case .option(_, let number?) = SettingKey.of(key), !numbers.contains(number) {
        let entry = "xexec\(number)"
        findings.warning(
          key, place(key),
          "does nothing: there is no \(entry). Add that entry, or take the number of another one")
      }
    }
  }
}

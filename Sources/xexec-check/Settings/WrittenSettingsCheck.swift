import XexecCore

/// What only the files show: Dovecot itself lets a later setting replace an earlier one without a
/// word, and ends a value at a `#`.
struct WrittenSettingsCheck {
  let files: ConfigurationFiles

  func run(_ findings: inout FindingList) {
    checkBlocks(&findings)
    var first: [String: WrittenSetting] = [:]
    // Dovecot refuses them elsewhere than in plugin { }
    for setting in files.settings
    where setting.path == "plugin/\(setting.key)" && SettingKey.of(setting.key) != .foreign {
      checkComment(setting, named: setting.key, &findings)
      checkScope(setting, named: setting.key, &findings)
      let name = "\(setting.scope)/\(setting.key)"
      if let earlier = first.updateValue(setting, forKey: name) {
        report(earlier, replacedBy: setting, &findings)
      }
    }
  }

  /// The settings of 2.4: blocks `xexec NAME { }`, and `xexec_timeout` and the like for all of them.
  private func checkBlocks(_ findings: inout FindingList) {
    var first: [String: WrittenSetting] = [:]
    for setting in files.settings {
      let parts = setting.path.split(separator: "/").map(String.init)
      let key = BlockSettings.key(parts.last ?? "")
      guard parts.count > 2 && parts[0] == "xexec" || parts.count == 1 && key != setting.key else {
        continue
      }
      let block = parts.dropFirst().dropLast().joined(separator: "/")
      let name = block.isEmpty ? "xexec_\(key)" : "xexec \(block) { \(key) }"
      checkComment(setting, named: name, &findings)
      checkScope(setting, named: name, &findings)
      if let earlier = first.updateValue(setting, forKey: "\(setting.scope)/\(name)"),
        earlier.value != setting.value, !isMeant(earlier, setting, key)
      {
        findings.warning(
          name, setting.place, "replaces the one at \(earlier.place): remove one of them")
      }
    }
  }

  /// Whether a setting is replaced on purpose: a module is switched off, or on, or an option gets
  /// another value in another file.
  private func isMeant(_ earlier: WrittenSetting, _ later: WrittenSetting, _ key: String) -> Bool {
    if key == "program" {
      return [earlier, later].contains { NumberedSettings.isSwitchedOff($0.value) }
    }
    return earlier.place.file != later.place.file
  }

  private func report(
    _ earlier: WrittenSetting, replacedBy later: WrittenSetting, _ findings: inout FindingList
  ) {
    guard case .entry = SettingKey.of(later.key) else {
      if earlier.value == later.value { return }
      // a number may be meant for another entry
      if case .option(_, nil) = SettingKey.of(later.key), earlier.place.file != later.place.file {
        return
      }
      findings.warning(
        later.key, later.place, "replaces \(earlier.key) at \(earlier.place): remove one of them")
      return
    }
    // that takes the module away on purpose, or gives one where there was none
    if [earlier, later].contains(where: { NumberedSettings.isSwitchedOff($0.value) }) { return }
    let (lost, kept) = (moduleName(earlier), moduleName(later))
    if lost.lowercased() == kept.lowercased() {
      findings.warning(
        later.key, later.place,
        "replaces \(earlier.key) of the same module at \(earlier.place): remove one of them")
    } else {
      findings.error(
        later.key, later.place,
        "replaces \(earlier.key) at \(earlier.place), and there is no module \(lost): "
          + "give one of them another number")
    }
  }

  private func moduleName(_ setting: WrittenSetting) -> String {
    String(setting.value.prefix { $0 != ":" })
  }

  private func checkComment(
    _ setting: WrittenSetting, named name: String, _ findings: inout FindingList
  ) {
    guard setting.line.commentMayBeMeant, let comment = setting.line.comment else { return }
    findings.warning(
      name, setting.place,
      "Dovecot ends the value at the #, and drops \"#\(comment.prefix(40))\": put all of the value "
        + "into double quotes, or a blank on both sides of the # of a comment")
  }

  private func checkScope(
    _ setting: WrittenSetting, named name: String, _ findings: inout FindingList
  ) {
    if setting.scope.isEmpty || setting.scope == "protocol imap" { return }
    let why =
      setting.scope.hasPrefix("protocol ")
        && !setting.scope.dropFirst(9).contains { " !".contains($0) }
      ? "is for \(setting.scope), where the plugin does nothing: move it to protocol imap"
      : "is for some connections alone (\(setting.scope)), and is not checked"
    findings.warning(name, setting.place, why)
  }
}

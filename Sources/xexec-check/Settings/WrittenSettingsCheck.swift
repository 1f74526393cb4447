import XexecCore

/// What only the files show: Dovecot itself lets a later setting replace an earlier one without a
/// word, and ends a value at a `#`.
struct WrittenSettingsCheck {
  let files: ConfigurationFiles

  func run(_ findings: inout FindingList) {
    var first: [String: WrittenSetting] = [:]
    // Dovecot refuses them elsewhere than in plugin { }
    for setting in files.settings
    where setting.path == "plugin/\(setting.key)" && SettingKey.of(setting.key) != .foreign {
      checkComment(setting, &findings)
      checkScope(setting, &findings)
      let name = "\(setting.scope)/\(setting.key)"
      if let earlier = first.updateValue(setting, forKey: name) {
        report(earlier, replacedBy: setting, &findings)
      }
    }
  }

  private func report(
    _ earlier: WrittenSetting, replacedBy later: WrittenSetting, _ findings: inout FindingList
  ) {
    guard case .entry = SettingKey.of(later.key) else {
      if earlier.value == later.value { return }
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

  private func checkComment(_ setting: WrittenSetting, _ findings: inout FindingList) {
    guard setting.line.commentMayBeMeant, let comment = setting.line.comment else { return }
    findings.warning(
      setting.key, setting.place,
      "Dovecot ends the value at the #, and drops \"#\(comment.prefix(40))\": put all of the value "
        + "into double quotes, or a blank on both sides of the # of a comment")
  }

  private func checkScope(_ setting: WrittenSetting, _ findings: inout FindingList) {
    if setting.scope.isEmpty || setting.scope == "protocol imap" { return }
    let why =
      setting.scope.hasPrefix("protocol ") && !setting.scope.dropFirst(9).contains(" ")
      ? "is for \(setting.scope), where the plugin does nothing: move it to protocol imap"
      : "is for some connections alone (\(setting.scope)), and is not checked"
    findings.warning(setting.key, setting.place, why)
  }
}

/// What a module needs, against what systemd's unit of Dovecot allows.
struct SandboxCheck {
  let unit: SystemdUnit

  private static let advice = "in the unit of Dovecot (\"systemctl edit dovecot\")"

  func run(_ subject: Subject, words: [String], _ findings: inout FindingList) {
    guard let program = words.first, program.hasPrefix("/") else { return }
    if let setting = unit.settingAgainstReading(program) {
      findings.error(
        subject, "Dovecot does not see \(program), by \(setting) \(Self.advice): move it")
    }
    if unit.hasNoNewPrivileges, FileStatus(program)?.isSetUserID == true {
      findings.error(
        subject,
        "\(program) is set-user-ID, which has no effect by NoNewPrivileges=yes \(Self.advice)")
    }
    for word in words.dropFirst() where word.hasPrefix("/") {
      if let setting = unit.settingAgainstReading(word) {
        findings.warning(
          subject,
          "Dovecot has another \(word) than you see, by \(setting) \(Self.advice): take another path"
        )
      }
    }
  }

  /// For the files that `xexec-modules` writes.
  func run(_ subject: Subject, module words: ModuleWords, _ findings: inout FindingList) {
    let file = words.subcommand == "changepassword" ? words.value(of: "--file") : nil
    for path in [file, words.value(of: "--directory")].compactMap({ $0 }) {
      if path.hasPrefix("/"), let setting = unit.settingAgainstWriting(path) {
        findings.error(
          subject,
          "\(path) cannot be written, by \(setting) \(Self.advice): move it below /var/lib")
      }
    }
  }
}

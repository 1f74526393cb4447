/// A user as the userdb tells of it: its account and home.
struct UserCheck {
  let user: UserRecord
  let configuration: DovecotConfiguration

  /// The account that imap runs as for this user; nil if it is not known.
  var account: Account? {
    let name = user["uid"] ?? configuration.mailUser
    if name.isEmpty { return nil }
    return Account(
      user: name, group: user["gid"] ?? configuration.mailGroup,
      extraGroups: configuration.service("imap")?.extraGroups ?? [])
  }

  func run(_ findings: inout FindingList) {
    let loads = user["mail_plugins"].map { DovecotConfiguration.plugins($0).contains("xexec") }
    if loads == false || user["mail_plugins/xexec"] == "no" {
      findings.warning(
        subject("mail_plugins"),
        "does not load the plugin, and this user has no XEXEC: add xexec")
    }
    guard let account else {
      findings.error(
        subject("uid"), "no account is known that exists: see the userdb, and mail_uid")
      return
    }
    checkHome(account, &findings)
  }

  private func checkHome(_ account: Account, _ findings: inout FindingList) {
    let own = subject("home")
    guard let home = user["home"], home.hasPrefix("/") else {
      findings.warning(own, "is not known, and programs work in /: let the userdb return it")
      return
    }
    for folder in folders(to: home) + [home] {
      guard let status = FileStatus(folder) else {
        findings.warning(own, "there is no \(folder): Dovecot may make it with the first mail")
        return
      }
      if !status.isFolder {
        findings.error(own, "\(folder) is no folder: correct the userdb")
        return
      }
      if !account.may(.execute, status) {
        findings.error(
          own, "account \(account.name) may not enter \(folder): change its owner, or its mode")
        return
      }
    }
  }

  private func subject(_ key: String) -> Subject {
    Subject(key: key, place: .userdb(user: user.name))
  }
}

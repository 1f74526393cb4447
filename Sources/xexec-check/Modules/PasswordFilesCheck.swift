import Glibc

/// Whether Dovecot's auth can read the files that have the users' passwords.
///
/// Without the group that `93-xexec-changepassword.conf` gives it, it cannot, and nobody can log in.
/// So this is looked at also when that file is gone.
struct PasswordFilesCheck {
  let configuration: DovecotConfiguration
  let files: ConfigurationFiles

  func run(_ findings: inout FindingList) {
    guard let auth = configuration.service("auth")?.account else { return }
    for path in configuration.passwordFiles where path.hasPrefix("/") && !path.contains("%") {
      guard let file = FileStatus(path) else { continue }
      let isInTheWay = folders(to: path).compactMap { FileStatus($0) }.first {
        !auth.may(.execute, $0)
      }
      if isInTheWay == nil, auth.may(.read, file) { continue }
      let setting = files.settings.last {
        $0.path == "passdb/args" && $0.value.split(separator: " ").last == path[...]
          || $0.key == "passwd_file_path" && $0.value == path
      }
      findings.error(
        configuration.modules.advice.passwordFile, setting?.place,
        "account \(auth.name), which auth runs as, may not "
          + (isInTheWay.map { "enter \($0.path)" } ?? "read \(path)") + ", and nobody can log in: "
          + advice(auth, folder: isInTheWay, file))
    }
  }

  /// The group of the file, if that would be enough.
  private func advice(_ auth: Account, folder: FileStatus?, _ file: FileStatus) -> String {
    let blocked = folder ?? file
    let needed: mode_t = folder == nil ? 0o040 : 0o010
    guard blocked.groupID != 0, auth.userID != blocked.userID,
      blocked.permissions & needed != 0, !auth.groupIDs.contains(blocked.groupID)
    else { return "change its group, or its mode" }
    return "add \"extra_groups = \(Account.name(ofGroup: blocked.groupID))\" to service auth"
  }
}

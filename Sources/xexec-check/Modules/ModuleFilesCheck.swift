/// The files and sockets that the options of `xexec-modules` name.
struct ModuleFilesCheck {
  let subject: Subject
  let configuration: DovecotConfiguration
  /// Who runs the program; nil if that is not known.
  let account: Account?
  /// The service that runs it; nil if imap does.
  let service: DovecotService?
  /// The account of mail users; nil if that is not known.
  let mailAccount: Account?

  func run(_ words: ModuleWords, _ findings: inout FindingList) {
    for name in ["--credentials", "--aliases", "--ca-file"] {
      for path in words.values(of: name) where path.hasPrefix("/") && !path.contains("%") {
        if let file = readable(path, &findings), name == "--credentials",
          file.permissions & 0o004 != 0
        {
          findings.warning(
            subject, "every account may read the password in \(path): \"chmod o-r \(path)\"")
        }
      }
    }
    if words.subcommand == "changepassword" { checkPasswords(words, &findings) }
  }

  private func readable(_ path: String, _ findings: inout FindingList) -> FileStatus? {
    guard let file = PathCheck(subject: subject, account: account).find(path, &findings) else {
      return nil
    }
    if let account, !account.may(.read, file) {
      findings.error(
        subject, "account \(account.name) may not read \(path): change its owner, or its mode")
    }
    return file
  }

  private func checkPasswords(_ words: ModuleWords, _ findings: inout FindingList) {
    guard let service else {
      findings.error(
        subject,
        "changepassword would run as the mail user, who must not write the passwords: "
          + "put it behind a service, see 93-xexec-changepassword.conf")
      return
    }
    if !configuration.internalGroup.isEmpty,
      ([service.group] + service.extraGroups).contains(configuration.internalGroup)
    {
      findings.error(
        subject,
        "the service has the group \(configuration.internalGroup), as every program has that imap "
          + "starts: give it a group of its own")
    }
    for path in words.values(of: "--file") where path.hasPrefix("/") { checkFile(path, &findings) }
    for name in ["--check-old", "--check-new"] {
      for path in words.values(of: name) { checkAuthSocket(path, &findings) }
    }
  }

  /// The file of passwords. It is replaced by another one, so the folder counts.
  private func checkFile(_ path: String, _ findings: inout FindingList) {
    if !configuration.passwordFiles.contains(path) {
      let others = configuration.passwordFiles.joined(separator: " and ")
      findings.error(
        subject,
        "no passdb reads \(path), and a new password would not count: "
          + (others.isEmpty
            ? "add a passdb passwd-file with it"
            : "let the passdb read it instead of \(others), or correct --file"))
    }
    let way = PathCheck(subject: subject, account: account)
    // a file for each domain: the part that is the same for all
    guard let percent = path.firstIndex(of: "%") else {
      guard let file = readable(path, &findings) else { return }
      if file.permissions & 0o004 != 0 {
        findings.error(
          subject, "every account may read the passwords in \(path): \"chmod o-r \(path)\"")
      } else if let mailAccount, mailAccount.userID != 0, mailAccount != account,
        mailAccount.may(.read, file)
      {
        findings.error(
          subject,
          "mail users may read the passwords in \(path): "
            + "give it to the account of the service, with the mode 0640")
      }
      checkWritable(folders(to: path).last ?? "/", &findings)
      return
    }
    let folder = folders(to: String(path[..<percent]) + "x").last ?? "/"
    _ = way.find(folder, &findings)
  }

  private func checkWritable(_ folder: String, _ findings: inout FindingList) {
    if let account, let status = FileStatus(folder), !account.may(.write, status) {
      findings.error(
        subject,
        "account \(account.name) may not write \(folder), where the new file is made: "
          + "\"chown \(account.name) \(folder)\"")
    }
  }

  private func checkAuthSocket(_ path: String, _ findings: inout FindingList) {
    let auth = configuration.service("auth")
    guard
      let listener = auth?.listeners.first(where: {
        configuration.absolute($0.path) == configuration.absolute(path)
      })
    else {
      if FileStatus(path)?.isSocket == true { return }
      findings.error(
        subject,
        "service auth has no socket \(path): "
          + "add \"service auth { unix_listener \(lastName(path)) { ... } }\"")
      return
    }
    if let account, !listener.mayBeOpened(by: account) {
      findings.error(
        subject,
        "account \(account.name) may not open \(path): write \"user = \(account.name)\" "
          + "in the unix_listener \(lastName(path)) of service auth")
    }
  }
}

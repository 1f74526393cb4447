import Glibc

/// The way to a file: whether it is there, and who could put another one in its place.
struct PathCheck {
  let subject: Subject
  /// Who uses the file; nil if that is not known.
  let account: Account?
  /// The accounts of mail users, who must not change it; as far as they are known.
  var mailAccounts: [Account] = []

  /// - Returns: The file, or nil if it cannot be looked at: that was told then.
  func find(_ path: String, _ findings: inout FindingList) -> FileStatus? {
    if path.contains("\u{FFFD}") {
      findings.warning(subject, "\(path): is not UTF-8, and cannot be checked: rename the file")
      return nil
    }
    for folder in folders(to: path) {
      guard let status = FileStatus(folder) else {
        return tellMissing(folder, of: path, &findings)
      }
      guard status.isFolder else {
        findings.error(subject, "\(path): \(folder) is no folder: correct the path")
        return nil
      }
      if let account, !account.may(.execute, status) {
        findings.error(
          subject,
          "\(path): account \(account.name) may not enter \(folder): \"chmod a+x\", or move the file"
        )
        return nil
      }
    }
    return FileStatus(path) ?? tellMissing(path, of: path, &findings)
  }

  private func tellMissing(
    _ missing: String, of path: String, _ findings: inout FindingList
  ) -> FileStatus? {
    if errno == EACCES {
      findings.warning(subject, "\(path): cannot be looked at by this account: run this as root")
      return nil
    }
    let folder = folders(to: missing).last ?? "/"
    // looking for a thousand names would take its time
    let others = findings.count < 200 ? names(inFolder: folder) : []
    let near = nearestName(to: lastName(missing), among: others)
    let link =
      isLink(missing) ? "\(missing) is a symbolic link to nowhere" : "there is no \(missing)"
    let advice =
      near.map { "\(folder == "/" ? "" : folder)/\($0) was meant?" }
      ?? "correct the path, or install the file"
    findings.error(subject, "\(missing == path ? "" : "\(path): ")\(link): \(advice)")
    return nil
  }

  private func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// Tells of each way by which somebody else than root could replace or change the file.
  func checkTrust(of path: String, _ findings: inout FindingList) {
    for step in steps(to: path) {
      if let status = FileStatus(step) { checkTrust(status, &findings) }
    }
    for link in links(to: path) { checkTrust(ofLink: link, &findings) }
  }

  /// A link can be replaced by whoever may write its folder, or made it where all may: in `/tmp`.
  private func checkTrust(ofLink path: String, _ findings: inout FindingList) {
    guard let link = FileStatus(path, isLink: true), link.userID != 0,
      folders(to: path).last.flatMap({ FileStatus($0) })?.isSticky == true
    else { return }
    tell(
      isMailUsers: mailAccounts.contains { $0.userID == link.userID },
      "account \(Account.name(ofUser: link.userID)) owns the link \(path) and may replace the "
        + "program: write the path that it leads to", &findings)
  }

  private func checkTrust(_ file: FileStatus, _ findings: inout FindingList) {
    let danger = "\(file.isFolder ? "replace" : "change") the program"
    if file.permissions & 0o002 != 0 && !file.isSticky {
      findings.error(
        subject, "everybody may write \(file.path) and \(danger): \"chmod o-w \(file.path)\"")
    } else if file.permissions & 0o020 != 0, !file.isSticky, file.hasAccessList {
      // the bits of the group are the most that the list allows
      tell(
        isMailUsers: false,
        "others may write \(file.path) by its access control list and \(danger): "
          + "\"setfacl -b \(file.path)\"", &findings)
    } else if file.permissions & 0o020 != 0, !file.isSticky,
      Account.hasMembers(group: file.groupID)
    {
      tell(
        isMailUsers: mailAccounts.contains { $0.groupIDs.contains(file.groupID) },
        "group \(Account.name(ofGroup: file.groupID)) may write \(file.path) and \(danger): "
          + "\"chmod g-w \(file.path)\"", &findings)
    }
    if file.userID != 0 {
      tell(
        isMailUsers: mailAccounts.contains { $0.userID == file.userID },
        "account \(Account.name(ofUser: file.userID)) owns \(file.path) and may \(danger): "
          // the account may need its folder as it is
          + (file.isFolder
            ? "move the program to a folder of root's, as /usr/local/bin"
            : "\"chown root \(file.path)\""),
        &findings)
    }
  }

  private func tell(isMailUsers: Bool, _ text: String, _ findings: inout FindingList) {
    if isMailUsers { findings.error(subject, text) } else { findings.warning(subject, text) }
  }
}

import Glibc

/// A program that the plugin or a service of Dovecot's is to start.
struct ProgramCheck {
  let subject: Subject
  /// Who runs it; nil if that is not known.
  let account: Account?
  /// The accounts of mail users, who must not change it; as far as they are known.
  var mailAccounts: [Account] = []
  /// `script` has a shell run what has no `#!`, and the plugin has not.
  var isRunByScript = false

  /// `ST_NOEXEC` of statvfs(3), which Swift's Glibc leaves out.
  private static let noExec: UInt = 8

  /// - Returns: Whether it can be started, as far as can be told, and nobody but root can change it.
  @discardableResult
  func run(_ path: String, _ findings: inout FindingList) -> Bool {
    let before = findings.count
    if path.contains("%") {
      findings.warning(
        subject,
        "the program's path has a variable in it, so that user names choose the program: "
          + "write it in full")
      return false
    }
    let way = PathCheck(subject: subject, account: account, mailAccounts: mailAccounts)
    guard let file = way.find(path, &findings) else { return false }
    guard file.isRegular else {
      let kind = file.isFolder ? "a folder" : "no regular file"
      findings.error(subject, "\(path) is \(kind), and no program: correct the path")
      return false
    }
    if mayStart(file, &findings) { checkStart(path, way, &findings) }
    way.checkTrust(of: path, &findings)
    return findings.count == before
  }

  private func mayStart(_ file: FileStatus, _ findings: inout FindingList) -> Bool {
    let path = file.path
    if file.permissions & 0o111 == 0 {
      findings.error(subject, "\(path) is not executable: \"chmod 755 \(path)\"")
      return false
    }
    if let account, !account.may(.execute, file) {
      findings.error(
        subject, "account \(account.name) may not execute \(path): \"chmod 755 \(path)\"")
      return false
    }
    if account == nil && file.permissions & 0o001 == 0 {
      findings.warning(
        subject, "not everybody may execute \(path), so maybe not all users: \"chmod 755 \(path)\"")
    }
    var volume = statvfs()
    if statvfs(path, &volume) == 0 && volume.f_flag & Self.noExec != 0 {
      findings.error(
        subject, "\(path) is on a file system without programs (noexec): move it to another one")
      return false
    }
    return true
  }

  private func checkStart(_ path: String, _ way: PathCheck, _ findings: inout FindingList) {
    guard let octets = readRegularFile(path, limit: 4096) else { return }
    switch ProgramStart(octets) {
    case .binary:
      break
    case .otherMachine:
      findings.error(
        subject, "\(path) was compiled for another kind of processor: compile it on this machine")
    case .empty:
      findings.error(subject, "\(path) is empty: write the program")
    case .byteOrderMark:
      findings.error(
        subject,
        "\(path) has a UTF-8 mark (BOM) in front of its #!: \"sed -i '1s/^\\xEF\\xBB\\xBF//' \(path)\""
      )
    case .carriageReturn:
      findings.error(
        subject, "\(path) has line ends of DOS (CR LF): \"sed -i 's/\\r$//' \(path)\"")
    case .text where isRunByScript:
      findings.warning(
        subject, "\(path) has no #! line, and a shell will read it: begin it with \"#!/bin/sh\"")
    case .text:
      findings.error(
        subject, "\(path) has no #! line, and cannot be started: begin it with \"#!/bin/sh\"")
    case .script(let interpreter, let argument):
      checkScript(path, interpreter, argument, way, &findings)
    }
  }

  private func checkScript(
    _ path: String, _ interpreter: String, _ argument: String?, _ way: PathCheck,
    _ findings: inout FindingList
  ) {
    if let account, let file = FileStatus(path), !account.may(.read, file) {
      findings.error(
        subject, "account \(account.name) may not read the script \(path): \"chmod 755 \(path)\"")
    }
    guard interpreter.hasPrefix("/") else {
      findings.error(
        subject,
        "\(path): its #! names \"\(interpreter)\": write the interpreter's absolute path")
      return
    }
    var found = interpreter
    if lastName(interpreter) == "env", let name = argument, !name.contains(where: { $0 == " " }) {
      guard let inPath = Self.inPath(name) else {
        findings.error(
          subject, "\(path): its #! wants \(name), which is not in PATH: install it")
        return
      }
      found = inPath
    }
    guard let file = FileStatus(found) else {
      findings.error(
        subject, "\(path): its #! wants \(found), which is not there: install it")
      return
    }
    if !file.isRegular || file.permissions & 0o111 == 0 || account?.may(.execute, file) == false {
      findings.error(
        subject, "\(path): its #! wants \(found), which is not executable: correct the #! line")
    }
  }

  /// Where the plugin's PATH has a program.
  private static func inPath(_ name: String) -> String? {
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
      .map { "\($0)/\(name)" }.first { FileStatus($0)?.isRegular == true }
  }
}

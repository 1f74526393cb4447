import Foundation
import Testing

@testable import xexec_check

/// `changepassword`, behind its service.
@Suite struct PasswordModuleTests {
  let folder: CheckedFolder
  let program: String

  init() throws {
    folder = try CheckedFolder()
    program = try folder.addModules()
  }

  private func passwordLines(
    _ words: String, environment: String = "USER,IP", group: String = "",
    auth: DovecotService.Listener? = nil, authUser: String = "root", entry: String = ""
  ) -> [String] {
    var service = DovecotService(name: "p")
    service.executable =
      "script -e \(environment) \(program) changepassword" + (words.isEmpty ? "" : " \(words)")
    service.user = "nobody"
    service.group = group
    service.listeners = [.init(path: "p", permissions: 0o600, user: "daemon")]
    var authService = DovecotService(name: "auth")
    authService.listeners = auth.map { [$0] } ?? []
    authService.user = authUser
    folder.configuration.services += [service, authService]
    defer { folder.configuration.services.removeLast(2) }
    folder.configuration.mailUser = "daemon"
    return folder.lines(["xexec": "a:unix:p \(entry)"])
  }

  private static let own = "service p { executable }"

  @Test("Without a service, without USER or IP, with the group of all programs")
  func service() throws {
    #expect(
      folder.lines(["xexec": "a:\(program) changepassword --"]).last
        == "error: xexec: changepassword would run as the mail user, who must not write the "
        + "passwords: put it behind a service, see 93-xexec-changepassword.conf")
    #expect(
      passwordLines("--", environment: "HOME") == [
        "error: \(Self.own): the program is not told who the user is: write \"script -e USER ...\""
      ])
    let auth = DovecotService.Listener(path: "auth-p", permissions: 0o600, user: "nobody")
    let socket = "\(folder.path)/run/auth-p"
    for (words, entry) in [
      ("--check-old \(socket) --", ""), ("--check-old=\(socket) --", ""),
      ("", "--check-old \(socket) --"),
    ] {
      #expect(
        passwordLines(words, environment: "USER", auth: auth, entry: entry)
          == [
            "warning: \(Self.own): auth cannot slow down one address that guesses: "
              + "add IP to the names behind -e"
          ])
    }
    folder.configuration.internalGroup = "nogroup"
    #expect(
      passwordLines("--", group: "nogroup") == [
        "error: \(Self.own): the service has the group nogroup, as every program has that imap "
          + "starts: give it a group of its own"
      ])
  }

  @Test("The socket of auth")
  func authSocket() {
    let path = "\(folder.path)/run/auth-p"
    #expect(
      passwordLines("--check-old \(path) --") == [
        "error: \(Self.own): service auth has no socket @/run/auth-p: "
          + "add \"service auth { unix_listener auth-p { ... } }\""
      ])
    #expect(
      passwordLines(
        "--check-old \(path) --", auth: .init(path: "auth-p", permissions: 0o600, user: "daemon"))
        == [
          "error: \(Self.own): account nobody may not open @/run/auth-p: write \"user = nobody\" in "
            + "the unix_listener auth-p of service auth"
        ])
  }

  @Test("The file of passwords", .enabled(if: geteuid() == 0))
  func passwords() throws {
    let nobody = try #require(Account(user: "nobody"))
    let file = try folder.add("passwords/users", "", mode: 0o640)
    try #require(chown(file, nobody.userID, 54321) == 0)
    try #require(chown("\(folder.path)/passwords", nobody.userID, 0) == 0)
    let domains = "\(folder.path)/elsewhere/%d/users"
    folder.configuration.passwordFiles = [file, domains]
    #expect(passwordLines("--file \(file) --") == [])
    #expect(
      passwordLines("--file \(file) --", authUser: "daemon") == [
        "error: passdb { args }: account daemon, which auth runs as, may not read @/passwords/users, "
          + "and nobody can log in: add \"extra_groups = 54321\" to service auth"
      ])
    folder.configuration.mailGroup = "54321"
    #expect(
      passwordLines("--file \(file) --") == [
        "error: \(Self.own): mail users may read the passwords in @/passwords/users: give it to the "
          + "account of the service, with the mode 0640"
      ])
    try #require(chown("\(folder.path)/passwords", 0, 0) == 0)
    try #require(chmod(file, 0o644) == 0)
    #expect(
      passwordLines("--file \(file) --") == [
        "error: \(Self.own): every account may read the passwords in @/passwords/users: "
          + "\"chmod o-r @/passwords/users\"",
        "error: \(Self.own): account nobody may not write @/passwords, where the new file is made: "
          + "\"chown nobody @/passwords\"",
      ])
    let missing =
      "error: \(Self.own): there is no @/elsewhere: correct the path, or install the file"
    #expect(passwordLines("--file \(domains) --") == [missing])
    // in an entry of the plugin
    #expect(
      passwordLines("", entry: "--file \(domains.replacing("%d", with: "%%d")) --") == [missing])
  }

  @Test("A file that no passdb reads", .enabled(if: geteuid() == 0))
  func otherFile() throws {
    let file = try folder.add("users", "", mode: 0o600)
    try #require(chown(file, try #require(Account(user: "nobody")).userID, 0) == 0)
    try #require(chmod(folder.path, 0o777) == 0)
    let text = "error: \(Self.own): no passdb reads @/users, and a new password would not count: "
    #expect(
      passwordLines("--file \(file) --").contains(text + "add a passdb passwd-file with it"))
    folder.configuration.passwordFiles = ["/etc/x", "/etc/y"]
    #expect(
      passwordLines("--file \(file) --").contains(
        text + "let the passdb read it instead of /etc/x and /etc/y, or correct --file"))
  }

  @Test(
    "A file that auth may not read, though no module is there any more",
    .enabled(if: geteuid() == 0))
  func unreadable() throws {
    let file = try folder.add("passwords/users", "", mode: 0o640)
    try folder.add("dovecot.conf", "passdb {\n  args = scheme=CRYPT \(file)\n}\n")
    folder.configuration.imapPlugins = []
    folder.configuration.passwordFiles = [file, "\(folder.path)/%d/users", "\(folder.path)/none"]
    var auth = DovecotService(name: "auth")
    auth.user = "daemon"
    folder.configuration.services.append(auth)
    func lines() -> [String] { folder.lines([:], main: "dovecot.conf") }

    let text =
      "error: passdb { args } (@/dovecot.conf:2): account daemon, which auth runs as, may not "
    let advice = ", and nobody can log in: change its group, or its mode"
    #expect(lines() == [text + "read @/passwords/users" + advice])
    try #require(chown(file, 0, 54321) == 0)
    try #require(chown("\(folder.path)/passwords", 0, 54321) == 0)
    try #require(chmod("\(folder.path)/passwords", 0o700) == 0)
    #expect(lines() == [text + "enter @/passwords" + advice])
    try #require(chmod("\(folder.path)/passwords", 0o2750) == 0)
    #expect(
      lines() == [
        text + "enter @/passwords, and nobody can log in: "
          + "add \"extra_groups = 54321\" to service auth"
      ])
    folder.configuration.services[1].extraGroups = ["54321"]
    #expect(lines() == [])
  }
}

import Foundation
import Glibc
import PrivateDovecot
import Testing

/// The module `changepassword`: behind a `script` service, as an account that may write the
/// passwd-file, with auth reading it.
@Suite struct ChangePasswordTests {
  static let new = "correct: {horse} %u"

  @Test("Asked for twice, a new password works and the old one does not; the rest stays as it is")
  func prompted() throws {
    let server = try PasswordServer(users: ["ann@example.com", Server.user, "joe@example.com"])
    let before = try server.file.text()
    let status = try server.file.status()
    let client = try server.connect()
    let reply = try client.changePassword(answers: [Self.new, Self.new])
    #expect(reply.texts.last == "* OK Password changed for \(Server.user)")
    #expect(reply.outcome == "OK command exited successfully")

    #expect(try server.accepts(Self.new))
    #expect(try !server.accepts(Server.password))
    #expect(try server.accepts(Server.password, user: "ann@example.com"))
    let hash = try #require(try server.file.password(of: Server.user))
    #expect(hash.hasPrefix("{CRYPT}$2y$"))
    #expect(
      try server.file.text()
        == before.replacingOccurrences(
          of: "\(Server.user):{PLAIN}\(Server.password)", with: "\(Server.user):\(hash)"))
    let after = try server.file.status()
    #expect(after.st_mode == status.st_mode)
    #expect(after.st_uid == status.st_uid && after.st_gid == status.st_gid)
    try client.expectInStep()
  }

  @Test("As an argument it works too, unless that is forbidden")
  func argument() throws {
    var server = try PasswordServer()
    var client = try server.connect()
    #expect(try client.changePassword(Self.new).isOK)
    #expect(try server.accepts(Self.new))
    #expect(try client.command("XEXEC changepassword one two").outcome == "NO command failed")

    server = try PasswordServer(arguments: "--prompt-only --scheme ARGON2ID")
    client = try server.connect()
    let reply = try client.changePassword(Self.new)
    #expect(reply.outcome == "NO command failed")
    #expect(
      reply.texts == ["* OK No password in the command, please: without one it asks for it."])
    #expect(try client.changePassword(answers: [Self.new, Self.new]).isOK)
    #expect(try server.accepts(Self.new))
  }

  @Test("Without a service, as a program of the mail user")
  func local() throws {
    let server = try Server { folder, options in
      let program = try folder.addProgram(copying: PrivateDovecot.modulesProgram)
      try folder.addSharedFolder(named: "own")
      options.passwdFile = "own/users"
      options.pluginSettings["xexec5"] =
        "changepassword:\(program) changepassword --file \(folder.path)/own/users --"
    }
    let file = PasswdFile(path: "\(server.dovecot.folder.path)/own/users")
    try file.give(to: server.dovecot.mailUserID, server.dovecot.mailUserID, mode: 0o644)
    let client = try server.connect()
    #expect(
      try client.changePassword(answers: [Self.new, "other"]).texts.last?.contains("differ") == true
    )
    let reply = try client.changePassword(answers: [Self.new, Self.new])
    #expect(reply.isOK)
    let other = try IMAPConnection(port: server.dovecot.port)
    try other.login(Server.user, Self.new)
  }

  @Test("Whatever is sent as a password is one afterwards, or nothing has changed")
  func hostile() throws {
    let server = try PasswordServer(users: ["ann@example.com", Server.user, "joe@example.com"])
    let before = try server.file.text()
    let accepted = [
      "a:b:c:d:e:f", ":::::::::", "{PLAIN}secret", "{CRYPT}!!!!", "%u%d%{password}",
      "\"quo\\ted\"'",
      "pässwörter", "密码密码密码密码", "        ", "#comment#", "--prompt-only", "--file=/etc/passwd",
      "$(id)`id`;&|", "\\\\\\\\\\\\\\\\", "x\\0x\\nx\\r", String(repeating: "a", count: 72),
    ]
    let refused = [
      "short", "", "line\nfeed:x:y", "carriage\rreturn", "tab\tand more", "esc\u{1B}[2Jescape",
      "\u{5}prompt me", "\nx:{PLAIN}x:0:0", String(repeating: "a", count: 73),
      String(repeating: "é", count: 37), String(repeating: "a", count: 65_000), "xmarcx12345",
    ]
    let client = try server.connect()
    for password in accepted + refused {
      let reply = try client.changePassword(password)
      let isAccepted = accepted.contains(password)
      #expect(reply.isOK == isAccepted, "\(password.prefix(80))")
      if isAccepted { #expect(try server.accepts(password), "\(password)") }
    }
    for password in refused.filter({ !$0.contains("\n") && $0.utf8.count < 60_000 }) + [
      "long\u{0}enough"
    ] {
      let reply = try client.changePassword(answers: [password, password])
      #expect(reply.outcome == "NO command failed", "\(password.prefix(80))")
    }
    let hash = try #require(try server.file.password(of: Server.user))
    #expect(
      try server.file.text().replacingOccurrences(of: hash, with: "{PLAIN}\(Server.password)")
        == before)
    try client.expectInStep()

    // not UTF-8, as an argument and as an answer
    let octets: [UInt8] = Array("password".utf8) + [0xFF]
    let tag = client.makeTag()
    try client.sendLine(Array("\(tag) XEXEC changepassword {9+}\r\n".utf8) + octets)
    #expect(try !client.readResponses(untilTagged: tag).isOK)
    try client.sendLine("n XEXEC changepassword")
    for _ in 0..<2 { try client.sendLine(octets) }
    #expect(try client.readResponses(untilTagged: "n").texts.last?.contains("UTF-8") == true)
  }

  @Test("20 users at once lose no change")
  func crowd() throws {
    let users = (0..<20).map { "user\($0)@example.com" }
    let server = try PasswordServer(users: users)
    let clients = try users.map { try server.connect(as: $0) }
    for (number, client) in clients.enumerated() {
      try client.send("x XEXEC changepassword\r\nnew secret \(number)\r\nnew secret \(number)\r\n")
    }
    for client in clients {
      let reply = try client.readResponses(untilTagged: "x", timeout: .seconds(120))
      #expect(reply.isOK, "\(reply.lines)")
    }
    #expect(try server.file.text().split(separator: "\n").count == 20)
    for (number, user) in users.enumerated() {
      #expect(try server.accepts("new secret \(number)", user: user))
    }
  }

  @Test("Changes that follow at once are all seen by auth")
  func fast() throws {
    let server = try PasswordServer()
    let client = try server.connect()
    var last = Server.password
    for round in 0..<5 {
      let next = "new secret \(round)"
      #expect(try client.changePassword(next).isOK)
      #expect(try server.accepts(next))
      #expect(try !server.accepts(last))
      last = next
    }
  }

  @Test("The old password is asked for and checked by auth")
  func old() throws {
    let server = try PasswordServer(checksOld: true) { options in
      options.globalText += "\nauth_verbose = yes\n"
    }
    let client = try server.connect()
    var reply = try client.changePassword(answers: ["wrong"], ahead: ["+ Old password:"])
    #expect(reply.texts.last == "* OK The old password is not right, nothing is changed.")
    #expect(reply.outcome == "NO command failed")
    let asked = ["+ Old password:", "+ New password:", "+ New password, once more:"]
    reply = try client.changePassword(
      answers: [Server.password, Self.new, Self.new], ahead: asked)
    #expect(reply.isOK, "\(reply.lines)")
    #expect(try server.accepts(Self.new))
    reply = try client.changePassword(answers: [Self.new, Self.new, Self.new], ahead: asked)
    #expect(reply.texts.last == "* OK The new password is the old one. Nothing is changed.")
    reply = try client.changePassword(answers: [Server.password], ahead: ["+ Old password:"])
    #expect(!reply.isOK)
    #expect(server.dovecot.logText().contains("passwd-file(\(Server.user),127.0.0.1"))
  }

  @Test("Prompted, a password is in no command line and in no log")
  func secrets() throws {
    let server = try PasswordServer(
      arguments: "--scheme BLF-CRYPT --rounds 12", checksOld: true
    ) { options in
      options.mailDebug = true
      options.globalText += "\nauth_debug = yes\nauth_verbose = yes\nverbose_proctitle = yes\n"
    }
    let client = try server.connect()
    let watch = CommandLineWatch()
    _ = try client.changePassword(answers: ["secret-wrong"])
    _ = try client.changePassword(answers: [Server.password, "secret-new-1", "secret-new-2"])
    for round in 0..<5 where round == 0 || !watch.hasSeen("doveadm -O pw") {
      let old = round == 0 ? Server.password : "secret-new-\(round - 1)"
      let next = "secret-new-\(round)"
      #expect(try client.changePassword(answers: [old, next, next]).isOK)
    }
    watch.stop()
    #expect(watch.hasSeen("xexec-modules changepassword --file"))
    #expect(watch.hasSeen("doveadm -O auth test"))
    #expect(watch.hasSeen("doveadm -O pw"))
    #expect(!watch.hasSeen("secret-"))
    _ = try client.command("LOGOUT")
    try server.dovecot.waitForLog(containing: "Logged out")
    let log = server.dovecot.logText()
    #expect(log.contains("Performing passdb lookup"))
    #expect(log.contains("Script terminated abnormally, exit status 77"))
    let hash = try #require(try server.file.password(of: Server.user))
    #expect(!log.contains("secret-") && !log.contains(hash.dropFirst(11)), "\(log)")
  }

  @Test("A file for each domain, with names without it")
  func domains() throws {
    let server = try PasswordServer(
      users: ["joe@example.com", "joe@example.net"],
      arguments: "--username-format %n", file: "%d", usernameFormat: "%n")
    for domain in ["example.com", "example.net"] {
      try server.files.add(named: domain, "joe:{PLAIN}\(Server.password)\nann:{PLAIN}x")
    }
    let client = try server.connect(as: "joe@example.net")
    let reply = try client.changePassword(Self.new)
    #expect(reply.isOK, "\(reply.lines)")
    #expect(try server.accepts(Self.new, user: "joe@example.net"))
    #expect(try server.accepts(Server.password, user: "joe@example.com"))
    #expect(try !server.accepts(Self.new, user: "joe@example.com"))
  }

  @Test("A name with quotes and backslashes is looked up as Dovecot does")
  func quotedName() throws {
    let server = try PasswordServer { options in
      options.globalText += "\nauth_username_chars =\n"
    }
    let name = #"o'ne"il\@example.com"#
    func accepts(_ password: String) throws -> Bool {
      try server.dovecot.doveadm("auth", "test", name, password).status == 0
    }
    try server.files.add(
      named: "users", #"o\'ne\"il\\@example.com:{PLAIN}\#(Server.password):::"#)
    #expect(try accepts(Server.password))
    #expect(try server.changeDirectly(Self.new, user: name).status == 0)
    #expect(try accepts(Self.new))
    #expect(try !accepts(Server.password))
  }

  @Test("Killed at any moment, it leaves the old file or the new one")
  func killed() throws {
    let server = try PasswordServer()
    let rest = String(repeating: "ann@example.com:{PLAIN}x:1000:1000::/home/ann\n", count: 20_000)
    try server.files.add(named: "users", "\(Server.user):{PLAIN}0\n\(rest)")
    var passwords: Set<String> = ["{PLAIN}0"]
    // a little later each time, until it was too late several times
    for step in 0..<2000 where passwords.count < 8 {
      _ = try server.changeDirectly(
        Self.new, user: Server.user, killedAfter: 0.003 * Double(step))
      let text = try server.file.text()
      let password = try #require(try server.file.password(of: Server.user))
      let isWhole = text == "\(Server.user):\(password)\n\(rest)"
      #expect(isWhole && (password == "{PLAIN}0" || password.utf8.count == 67))
      passwords.insert(password)
    }
    #expect(passwords.count == 8)
    #expect(try server.accepts(Self.new))
  }

  @Test("A client that goes while it is asked has changed nothing, and leaves nothing behind")
  func gone() throws {
    let server = try PasswordServer()
    let before = try server.file.text()
    let client = try server.connect()
    try client.sendLine("x XEXEC changepassword")
    _ = try client.readUntilContinuation()
    try client.sendLine(Self.new)
    _ = try client.readUntilContinuation()
    try client.send("half a li")
    client.close()
    expectSoon("the end of the program") {
      processes(with: server.dovecot.folder.path).allSatisfy { $0.name != "xexec-modules" }
    }
    #expect(try server.file.text() == before)
  }

  @Test("What the administrator has to know is in the log, and no path at the client")
  func faults() throws {
    let server = try PasswordServer(arguments: "--scheme NOSUCH")
    let client = try server.connect()
    var reply = try client.changePassword(Self.new)
    let later = "* OK The password cannot be changed now, try again later."
    #expect(reply.texts == [later])
    try server.dovecot.waitForLog(
      containing: "changepassword: doveadm pw -s NOSUCH made no hash, exit status 75")

    try FileManager.default.removeItem(atPath: server.file.path)
    reply = try client.changePassword(Self.new)
    #expect(reply.texts == [later])
    try server.dovecot.waitForLog(
      containing: "changepassword: the passwd-file: realpath: No such file or directory")
    #expect(!server.dovecot.logText().contains(Self.new))
  }

  @Test("A module of a mail user can neither read nor change the passwords")
  func otherModules() throws {
    let server = try PasswordServer()
    let client = try server.connect()
    let folder = server.files.path
    let reply = try client.run(
      script:
        "id -Gn; cat \(folder)/users; ls \(folder); echo x >\(folder)/users; rm \(folder)/users")
    if PasswordServer.account != nil {
      #expect(reply.texts.count { $0.contains("Permission denied") } == 4, "\(reply.texts)")
      #expect(!reply.texts.contains { $0.contains(Server.user) })
    }
    #expect(try client.changePassword(Self.new).isOK)
    #expect(try server.accepts(Self.new))
  }

  @Test("The snippet is accepted by doveconf, and works")
  func snippet() throws {
    let name = "\(PrivateDovecot.packageRoot)/dovecot-conf-snippets/93-xexec-changepassword.conf"
    let text = try String(contentsOfFile: name, encoding: .utf8)
    let server = try PasswordServer { options in
      options.pluginSettings = [:]
    } adapt: { folder, options in
      let account = PasswordServer.account
      options.globalText = text.replacing("@programsdir@", with: "\(folder.path)/bin")
        .replacing("/var/lib/xexec-passwords", with: "\(folder.path)/passwords")
        .replacing("user = passwords", with: account.map { "user = \($0)" } ?? "")
        .replacing("group = passwords", with: account.map { _ in "group = nogroup" } ?? "")
        .replacing(
          "extra_groups = passwords", with: account.map { _ in "extra_groups = nogroup" } ?? ""
        )
        .replacing("user = vmail", with: "").replacing("mode = 0600", with: "mode = 0666")
      // with the part that is switched off
      let all = text.replacing("@programsdir@", with: "/usr/local/lib/xexec")
        .replacing(#/\n  \#(unix_listener auth|  (mode|user)|})/#) { "\n  \($0.output.1)" }
      try folder.addFile(named: "snippet.conf", octets: Array(all.utf8))
    }
    let shown = try run(
      ["/usr/bin/doveconf", "-c", "\(server.dovecot.folder.path)/snippet.conf", "-n"],
      environment: ["PATH": "/usr/bin:/bin"], timeout: .seconds(60))
    #expect(shown.status == 0, "\(shown.errorOutput)")
    #expect(shown.output.contains("xexec5 = changepassword:unix:xexec-changepassword"))
    #expect(
      shown.output.contains(
        "/xexec-modules changepassword --file /var/lib/xexec-passwords/users --\n"))
    #expect(shown.output.contains("unix_listener auth-changepassword {"))

    let client = try server.connect()
    #expect(try client.changePassword(answers: [Self.new, Self.new]).isOK)
    #expect(try server.accepts(Self.new))
  }
}

extension IMAPConnection {
  /// Runs `XEXEC changepassword` with a password as argument.
  fileprivate func changePassword(_ password: String) throws -> IMAPReply {
    try command("XEXEC changepassword {\(password.utf8.count)+}\r\n\(password)")
  }

  /// Runs `XEXEC changepassword` and answers its prompts.
  ///
  /// - Parameter ahead: What the prompts have to be; nil is any.
  fileprivate func changePassword(
    answers: [String], ahead prompts: [String]? = nil
  ) throws -> IMAPReply {
    let tag = makeTag()
    try sendLine("\(tag) XEXEC changepassword")
    for answer in answers { try sendLine(answer) }
    let reply = try readResponses(untilTagged: tag)
    if let prompts { #expect(reply.texts.filter { $0.hasPrefix("+ ") } == prompts) }
    return reply
  }
}

/// Looks at all command lines of the machine as fast as it can, until it is told to stop.
private final class CommandLineWatch: @unchecked Sendable {
  private let lock = NSLock()
  private var lines: Set<String> = []
  private var isStopped = false
  private let ended = DispatchSemaphore(value: 0)

  init() {
    Thread.detachNewThread { [self] in
      while !lock.withLock({ isStopped }) {
        let now = ProcessEntry.all().map(\.commandLine)
        lock.withLock { lines.formUnion(now) }
      }
      ended.signal()
    }
  }

  func stop() {
    lock.withLock { isStopped = true }
    ended.wait()
  }

  func hasSeen(_ text: String) -> Bool {
    lock.withLock { lines.contains { $0.contains(text) } }
  }
}

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
    #expect(hash.hasPrefix("{BLF-CRYPT}$2y$10$"))
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
    #expect(
      try client.command("XEXEC changepassword one two").outcome
        == "NO command failed (exit status 64)")

    server = try PasswordServer(arguments: "--prompt-only --scheme ARGON2ID")
    client = try server.connect()
    let reply = try client.changePassword(Self.new)
    reply.expectExit(64)
    #expect(
      reply.texts == ["* NO No password in the command, please: without one it asks for it."])
    #expect(try client.changePassword(answers: [Self.new, Self.new]).isOK)
    #expect(try server.accepts(Self.new))
  }

  @Test("Without a service, as a program of the mail user")
  func local() throws {
    let server = try Server { folder, options in
      let program = try folder.addProgram(copying: PrivateDovecot.modulesProgram)
      try folder.addSharedFolder(named: "own")
      options.passwdFile = "own/users"
      options.modules["changepassword"] =
        "\(program) changepassword --file \(folder.path)/own/users --"
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
      "a:b:c:d:e:f", ":::::::::x", "{PLAIN}secret", "{CRYPT}!!!!", "%u%d%{password}",
      "\"quo\\ted\"'",
      "pässwörter", "密码密码密码密码钥匙", "    a     ", "#comment#!", "--prompt-only",
      "--file=/etc/passwd", "$(id)`id`;&|", "\\\\\\\\\\\\\\\\a\\", "x\\0x\\nx\\r\\x",
      String(repeating: "a", count: 71) + "b",
    ]
    let refused = [
      "short", "", "line\nfeed:x:y", "carriage\rreturn", "tab\tand more", "esc\u{1B}[2Jescape",
      "\u{5}prompt me", "\nx:{PLAIN}x:0:0", String(repeating: "a", count: 73),
      String(repeating: "é", count: 37), String(repeating: "a", count: 65_000), "xmarcx12345",
      "nine char", "password123", "1234567890", "          ",
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
      #expect(
        reply.outcome == "NO command failed (exit status 65)", "\(password.prefix(80))")
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
    #expect(reply.texts.last == "* NO [NOPERM] The old password is not right, nothing is changed.")
    reply.expectExit(77)
    let asked = ["+ Old password:", "+ New password:", "+ New password, once more:"]
    reply = try client.changePassword(
      answers: [Server.password, Self.new, Self.new], ahead: asked)
    #expect(reply.isOK, "\(reply.lines)")
    #expect(try server.accepts(Self.new))
    reply = try client.changePassword(answers: [Self.new, Self.new, Self.new], ahead: asked)
    #expect(
      reply.texts.last == "* NO [CANNOT] The new password is the old one. Nothing is changed.")
    reply = try client.changePassword(answers: [Server.password], ahead: ["+ Old password:"])
    #expect(!reply.isOK)
    #expect(server.dovecot.logText().contains("(\(Server.user),127.0.0.1"))
  }

  @Test("What a user does wrong is a line with a code for the client, and quiet in the log")
  func mistakes() throws {
    let server = try PasswordServer(arguments: "--prompt-only", checksOld: true)
    let client = try server.connect()
    let mistakes: [([String], Int, String)] = [
      (["wrong"], 77, "[NOPERM] The old password is not right, nothing is changed."),
      (
        [Server.password, "Password2026", "Password2026"], 65,
        "[CANNOT] The new password is too common: it is one of those that are tried first. "
          + "Nothing is changed."
      ),
      (
        [Server.password, "short", "short"], 65,
        "[CANNOT] The new password is too short: it needs 10 characters. Nothing is changed."
      ),
      (
        [Server.password, Self.new, Self.new + "x"], 65,
        "[CANNOT] The two passwords differ, nothing is changed."
      ),
    ]
    for (answers, status, text) in mistakes {
      let reply = try client.changePassword(answers: answers)
      #expect(reply.texts.last == "* NO \(text)")
      reply.expectExit(status)
    }
    // a line for each run, and one more for what somebody may want to count
    let start = "xexec: module changepassword, unix:xexec-changepassword: "
    let log = server.server.pluginLog(count: mistakes.count + 1)
    #expect(log.count == mistakes.count + 1 && log.allSatisfy { $0.hasPrefix(start) }, "\(log)")
    #expect(log.first == "\(start)wrong old password, rip=127.0.0.1")
    for ((_, status, _), line) in zip(mistakes, log.dropFirst()) {
      #expect(line.hasPrefix("\(start)exit status \(status), "))
    }
    server.server.expectNoComplaints()
    #expect(try server.accepts(Server.password))
  }

  @Test("A strong scheme stays, a weak one becomes bcrypt, and auth takes them all")
  func schemes() throws {
    let expected = [
      "CRYPT": "{BLF-CRYPT}$2y$10$", "SHA512-CRYPT": "{SHA512-CRYPT}$6$rounds=250000$",
      "SHA256-CRYPT": "{SHA256-CRYPT}$5$rounds=150000$", "PBKDF2": "{PBKDF2}$1$",
      "ARGON2ID": "{ARGON2ID}$argon2id$", "ARGON2I": "{ARGON2I}$argon2i$",
      "SCRAM-SHA-256": "{SCRAM-SHA-256}4096,", "SCRAM-SHA-1": "{SCRAM-SHA-1}4096,",
      "SSHA512": "{BLF-CRYPT}$2y$10$", "MD5-CRYPT": "{BLF-CRYPT}$2y$10$",
      "DIGEST-MD5": "{BLF-CRYPT}$2y$10$", "PLAIN": "{BLF-CRYPT}$2y$10$",
    ]
    let server = try PasswordServer(checksOld: true) { options in
      if DovecotVersion.is24 { options.globalText += "\nauth_allow_weak_schemes = yes\n" }
    }
    for (scheme, start) in expected {
      let made = try run(
        ["/usr/bin/doveadm", "-O", "pw", "-s", scheme, "-u", Server.user, "-p", Server.password],
        environment: ["PATH": "/usr/bin:/bin"], timeout: .seconds(60))
      let hash = made.output.trimmingCharacters(in: .newlines)
      try server.files.add(named: "users", "\(Server.user):\(hash):::\n")
      // auth looks at the file once in a second
      Thread.sleep(forTimeInterval: 1.1)
      let client = try server.connect()
      let reply = try client.changePassword(answers: [Server.password, Self.new, Self.new])
      #expect(reply.isOK, "\(scheme): \(reply.lines)")
      #expect(try server.file.password(of: Server.user)?.hasPrefix(start) == true, "\(scheme)")
      #expect(try server.accepts(Self.new), "\(scheme)")
      #expect(try !server.accepts(Server.password), "\(scheme)")
    }
  }

  @Test(
    "A hash that auth does not take is no change: the old line is back", arguments: [true, false])
  func putBack(asksOld: Bool) throws {
    let server = try PasswordServer(
      arguments: "--scheme ARGON2ID --rounds 3", checksOld: asksOld, checksNew: !asksOld
    ) { options in
      // it has 256 MB for the hash, and auth has not
      options.globalText += "\nservice xexec-changepassword {\n  vsz_limit = 1G\n}\n"
    }
    let before = try server.file.text()
    let client = try server.connect()
    let reply = try client.changePassword(
      answers: (asksOld ? [Server.password] : []) + [Self.new, Self.new])
    #expect(
      reply.texts.last
        == "* NO [CONTACTADMIN] The server does not take the new password, nothing is changed: "
        + "tell your administrator.")
    reply.expectExit(78)
    #expect(try server.file.text() == before)
    #expect(try server.accepts(Server.password))
    #expect(try !server.accepts(Self.new))
    try server.dovecot.waitForLog(
      containing:
        "Error: xexec: module changepassword, unix:xexec-changepassword: auth does not take the new password "
        + "(ARGON2ID, 3 rounds), see auth's own log; the old one is put back")
  }

  @Test("Where auth is asked, its cache does not keep the old password")
  func cache() throws {
    let server = try PasswordServer(checksOld: true) { options in
      options.globalText += "\nauth_cache_size = 1M\nauth_cache_ttl = 1 hour\n"
    }
    #expect(try server.accepts(Server.password))
    let client = try server.connect()
    #expect(try client.changePassword(answers: [Server.password, Self.new, Self.new]).isOK)
    #expect(try !server.accepts(Server.password))
    #expect(try server.accepts(Self.new))
  }

  @Test("An answer that does not come is not waited for as long as it likes")
  func patience() throws {
    let server = try PasswordServer(arguments: "--prompt-timeout 1", checksOld: true)
    let client = try server.connect()
    try client.sendLine("x XEXEC changepassword")
    _ = try client.readUntilContinuation()
    let took = try seconds {
      // octets without an end do not count
      for _ in 0..<4 {
        try client.send("a")
        Thread.sleep(forTimeInterval: 0.4)
      }
      let reply = try client.readResponses(untilTagged: "x")
      #expect(reply.texts.last == "* NO No answer came in time. Nothing is changed.")
      #expect(!reply.isOK)
    }
    #expect(took < 20)
  }

  @Test("A lock file of root's, or one that others hold, locks nobody out")
  func lock() throws {
    let server = try PasswordServer()
    let path = "\(server.files.path)/.users.flock"
    let client = try server.connect()
    for mode: mode_t in [0o600, 0o644] {
      unlink(path)
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      #expect(chmod(path, mode) == 0 && flock(descriptor, LOCK_EX) == 0)
      defer { close(descriptor) }
      // without root's rights it is the service's own, and has to be held by another mode
      if mode == 0o600 && PasswordServer.account == nil { continue }
      #expect(try client.changePassword("new secret \(mode)").isOK)
      #expect(try server.accepts("new secret \(mode)"))
      #expect(try PasswdFile(path: path).status().st_mode & 0o777 == 0o600)
    }
  }

  @Test("An administrator who holds the lock as documented is waited for")
  func sharedLock() throws {
    let server = try PasswordServer()
    let path = "\(server.files.path)/.users.flock"
    try "".write(toFile: path, atomically: false, encoding: .utf8)
    try PasswdFile(path: path).give(mode: 0o600)
    let number = try PasswdFile(path: path).status().st_ino
    let account = PasswordServer.account.map { ["/usr/sbin/runuser", "-u", $0, "--"] } ?? []
    let holder = Process()
    let words = account + ["/usr/bin/flock", path, "/bin/sh", "-c", "echo; sleep 3"]
    let output = Pipe()
    holder.executableURL = URL(fileURLWithPath: words[0])
    holder.arguments = Array(words.dropFirst())
    holder.standardOutput = output
    try holder.run()
    _ = output.fileHandleForReading.readData(ofLength: 1)
    let client = try server.connect()
    let start = ContinuousClock.now
    #expect(try client.changePassword(Self.new).isOK)
    #expect(ContinuousClock.now - start > .seconds(2))
    holder.waitUntilExit()
    #expect(try server.accepts(Self.new))
    let after = try PasswdFile(path: path).status()
    #expect(after.st_ino == number && after.st_mode & 0o777 == 0o600)
  }

  @Test("Small letters in the file, as %Lu has them")
  func smallLetters() throws {
    let server = try PasswordServer(
      users: ["Joe@Example.COM", "JOE@example.com"], arguments: "--username-format %Lu",
      usernameFormat: .lowercase
    ) { options in
      options.globalText += "\nauth_username_format = %{user}\n"
    }
    try server.files.add(named: "users", "joe@example.com:{PLAIN}\(Server.password):::\n")
    let client = try server.connect(as: "Joe@Example.COM")
    let reply = try client.changePassword("new secret 1")
    #expect(reply.isOK, "\(reply.lines)")
    #expect(try server.accepts("new secret 1", user: "JOE@example.com"))
  }

  @Test("System users: a caller is served by the name of its account alone")
  func systemUsers() throws {
    let name = String(cString: try #require(getpwuid(geteuid())).pointee.pw_name)
    let other = name == "daemon" ? "bin" : "daemon"
    let server = try PasswordServer(
      users: [name, other, Server.user], arguments: "--prompt-only --system-users",
      checksOld: true)
    // as a program of that account would, with whatever it likes for a name
    var reply = try server.callService(
      user: other, ip: "192.0.2.1", answers: [])
    let cause = "--system-users: a process of account"
    let stuck = "[CONTACTADMIN] The password of this account cannot be changed"
    #expect(
      reply.hasPrefix(
        "[LOG] \(cause) \(geteuid()) asked for this user\n[STATUS 78] \(stuck)"))
    #expect(reply.hasSuffix("\n+\n"))
    reply = try server.callService(user: name, ip: "127.0.0.1", answers: ["wrong"])
    #expect(reply.contains("[STATUS 77] [NOPERM] The old password is not right"))
    reply = try server.callService(
      user: name, ip: "127.0.0.1", answers: [Server.password, Self.new, Self.new])
    #expect(reply.hasSuffix("Password changed for \(name)\n+\n"))
    #expect(try server.file.password(of: other) == "{PLAIN}\(Server.password)")

    // the account of imap, which is not this user's
    let client = try server.connect()
    #expect(
      try client.changePassword(answers: []).texts.last
        == "* NO [CONTACTADMIN] The password of this account cannot be changed: "
        + "tell your administrator.")
    try server.dovecot.waitForLog(
      containing: "\(cause) \(server.dovecot.mailUserID) asked for this user")
  }

  @Test("Prompted, a password is in no command line and in no log")
  func secrets() throws {
    let server = try PasswordServer(
      arguments: "--scheme BLF-CRYPT --rounds 12", checksOld: true
    ) { options in
      options.mailDebug = true
      options.authDebug = true
      options.globalText += "\nauth_verbose = yes\nverbose_proctitle = yes\n"
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
    #expect(log.contains("exit status 77") && log.contains("wrong old password"))
    let hash = try #require(try server.file.password(of: Server.user))
    #expect(!log.contains("secret-") && !log.contains(hash.dropFirst(15)), "\(log)")
  }

  @Test("A file for each domain, with names without it")
  func domains() throws {
    let server = try PasswordServer(
      users: ["joe@example.com", "joe@example.net"],
      arguments: "--username-format %n", file: "%d", usernameFormat: .localPart)
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
    #expect(
      try server.changeDirectly(Self.new, user: name).output == "Password changed for \(name)\n")
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
      #expect(isWhole && (password == "{PLAIN}0" || password.utf8.count == 71))
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

  @Test(
    "A module of a mail user can neither read nor change the passwords",
    .enabled(if: PasswordServer.account != nil))
  func otherModules() throws {
    let server = try PasswordServer()
    let client = try server.connect()
    let folder = server.files.path
    let reply = try client.run(
      script:
        "id -Gn; cat \(folder)/users; ls \(folder); echo x >\(folder)/users; rm \(folder)/users")
    #expect(reply.texts.count { $0.contains("Permission denied") } == 4, "\(reply.texts)")
    #expect(!reply.texts.contains { $0.contains(Server.user) })
    #expect(try client.changePassword(Self.new).isOK)
    #expect(try server.accepts(Self.new))
  }

  @Test("The snippet is accepted by doveconf, and works")
  func snippet() throws {
    let text = try PrivateDovecot.snippet("93-xexec-changepassword.conf")
    let server = try PasswordServer { options in
      options.modules = [:]
    } adapt: { folder, options in
      let account = PasswordServer.account
      options.globalText = text.replacing("@programsdir@", with: "\(folder.path)/bin")
        .replacing("/var/lib/xexec-passwords", with: "\(folder.path)/passwords")
        .replacing("/run/dovecot/", with: "\(folder.path)/run/")
        .replacing("user = passwords", with: account.map { "user = \($0)" } ?? "")
        .replacing("group = passwords", with: account.map { _ in "group = nogroup" } ?? "")
        .replacing(
          "extra_groups = passwords", with: account.map { _ in "extra_groups = nogroup" } ?? ""
        )
        .replacing("user = vmail", with: "").replacing("mode = 0600", with: "mode = 0666")
      let all =
        DovecotVersion.firstSettings
        + text.replacing("@programsdir@", with: "/usr/local/lib/xexec")
      try folder.addFile(named: "snippet.conf", octets: Array(all.utf8))
    }
    let shown = try run(
      ["/usr/bin/doveconf", "-c", "\(server.dovecot.folder.path)/snippet.conf", "-n"],
      environment: ["PATH": "/usr/bin:/bin"], timeout: .seconds(60))
    #expect(shown.status == 0, "\(shown.errorOutput)")
    #expect(
      shown.output.contains(
        DovecotVersion.is24
          ? "program = unix:xexec-changepassword"
          : "xexec5 = changepassword:unix:xexec-changepassword"))
    #expect(
      shown.output.contains(
        "/xexec-modules changepassword --file /var/lib/xexec-passwords/users --prompt-only "
          + "--check-old /run/dovecot/auth-changepassword --\n"))
    #expect(shown.output.contains("unix_listener auth-changepassword {"))

    let client = try server.connect()
    #expect(try !client.changePassword(Self.new).isOK)
    #expect(try !client.changePassword(answers: ["wrong"]).isOK)
    let line = try server.dovecot.waitForLog(containing: "wrong old password")
    // without the time, as fail2ban looks at it; and as it looks in syslog
    let logged = line.dropFirst("Nov 25 22:04:42".count)
    let filter = try Self.fail2banFilter(in: text)
    for line in [String(logged), " mail dovecot:\(logged.replacing("Info: ", with: ""))"] {
      let match = try #require(try filter.firstMatch(in: line), "\(line)")
      #expect(match.output[1].substring == "127.0.0.1")
    }
    // what a program of the user's writes into the log is not from here
    #expect(try filter.firstMatch(in: " imap(x)<1><y>: xexec: module sh, pid 1:\(logged)") == nil)
    // nor does it help to be gone before auth has said so, which takes it two seconds
    let hasty = try server.connect()
    try hasty.sendLine("a XEXEC changepassword")
    _ = try hasty.readUntilContinuation()
    try hasty.sendLine("wrong again")
    usleep(300_000)
    hasty.close()
    let late = try server.dovecot.waitForLog(containing: "user \(Server.user): wrong old password")
    #expect(try filter.firstMatch(in: String(late.dropFirst("Nov 25 22:04:42".count))) != nil)
    #expect(try client.changePassword(answers: [Server.password, Self.new, Self.new]).isOK)
    #expect(try server.accepts(Self.new))
  }

  /// The expression of fail2ban's that a comment of the snippet has, with the address in its group.
  private static func fail2banFilter(in snippet: String) throws -> Regex<AnyRegexOutput> {
    func value(of name: String) throws -> String {
      let line = snippet.split(separator: "\n").first { $0.hasPrefix("#   \(name) = ") }
      return try String(#require(line).dropFirst("#   \(name) = ".count))
    }
    return try Regex(
      value(of: "failregex").replacing("%(run)s", with: value(of: "run"))
        .replacing("%(gone)s", with: value(of: "gone"))
        .replacing("<ADDR>", with: "([0-9a-f.:]+)"))
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

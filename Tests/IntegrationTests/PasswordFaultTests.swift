import Foundation
import PrivateDovecot
import Testing

/// `changepassword` where the administrator's part is not right: the log has the path and the cause,
/// the user a sentence and the status.
@Suite struct PasswordFaultTests {
  private static let start = "xexec: module changepassword, unix:xexec-changepassword: "
  private static let answers = [Server.password, "correct horse battery", "correct horse battery"]

  /// Runs the command, and checks what comes of it.
  ///
  /// - Parameters:
  ///   - cause: The line of the log, with its level in front.
  ///   - spoil: What happens when the user has logged in.
  private func expect(
    _ server: PasswordServer, status: Int, _ message: String, cause: String,
    _ location: SourceLocation = #_sourceLocation, spoil: () throws -> Void = {}
  ) throws {
    let client = try server.connect()
    try spoil()
    try client.sendLine("x XEXEC changepassword")
    for answer in Self.answers { try client.sendLine(answer) }
    // without a prompt these are commands, and no good ones
    let reply = try client.readResponses(untilTagged: "x")
    #expect(reply.texts.last == "* NO \(message)", sourceLocation: location)
    reply.expectExit(status, location)
    try server.dovecot.waitForLog(containing: "\(Self.start)exit status \(status), ")
    let (level, text) = (cause.prefix { $0 != " " }, cause.drop { $0 != " " }.dropFirst())
    let log = server.dovecot.logText()
    #expect(
      log.contains(">: \(level) \(Self.start)\(text)"), "\(log)", sourceLocation: location)
    #expect(!log.contains("Script terminated"), "\(log)", sourceLocation: location)
    for answer in Self.answers {
      #expect(!log.contains(answer.dropFirst()), "\(log)", sourceLocation: location)
    }
  }

  private static let stuck =
    "[CONTACTADMIN] The password of this account cannot be changed: tell your administrator."
  private static let notNow =
    "[CONTACTADMIN] The password cannot be changed now: tell your administrator"
  private static let notSetUp =
    "[CONTACTADMIN] This module is not set up right: tell your administrator"

  @Test("A file that is not there, or in the wrong place")
  func file() throws {
    let server = try PasswordServer(checksOld: true)
    try expect(
      server, status: 78, Self.notNow,
      cause: "Error: open \(server.file.path): No such file or directory"
    ) { try FileManager.default.removeItem(atPath: server.file.path) }
  }

  @Test("A folder that the account may not write", .enabled(if: PasswordServer.account != nil))
  func folder() throws {
    let server = try PasswordServer(checksOld: true)
    chown(server.files.path, 0, 0)
    chmod(server.files.path, 0o755)
    try expect(
      server, status: 78, Self.notNow,
      cause: "Error: open \(server.files.path)/.users.flock: Permission denied")
  }

  @Test(
    "A file in a folder that is read-only, as Debian's unit of Dovecot makes all of /etc",
    .enabled(if: PrivateDovecot.canHaveMounts, "it takes root, and leave to change mounts"))
  func readOnly() throws {
    let server = try PasswordServer(
      checksOld: true,
      adapt: { folder, options in
        let passwords = try folder.addSharedFolder(named: "passwords")
        options.mounts = """
          mount --bind \(passwords) \(passwords)
          mount -o remount,bind,ro \(passwords)
          """
      })
    try expect(
      server, status: 78, Self.notNow,
      cause: "Error: open \(server.files.path)/.users.flock: Read-only file system")
  }

  @Test("A socket of auth that is not there")
  func socket() throws {
    let server = try PasswordServer(arguments: "--check-old /nonexistent/auth")
    try expect(
      server, status: 78, Self.notNow,
      cause: "Error: open /nonexistent/auth: No such file or directory")
  }

  @Test("A user whom the file has by another name")
  func format() throws {
    let server = try PasswordServer(usernameFormat: .localPart)
    try server.files.add(named: "users", "marc:{PLAIN}\(Server.password)\n")
    try expect(
      server, status: 67, "The password of this account is not kept here.",
      cause: "Warning: \(server.file.path) has no line of \"\(Server.user)\"; "
        + "there is one with --username-format %n")
  }

  @Test("A scheme that doveadm does not know")
  func scheme() throws {
    let server = try PasswordServer(arguments: "--scheme NOSUCH", checksOld: true)
    try expect(
      server, status: 78, Self.stuck,
      cause: "Error: /usr/bin/doveadm pw -s NOSUCH made no hash, exit status 75")
  }

  @Test("A wrong option")
  func option() throws {
    let server = try PasswordServer(arguments: "--promt-only")
    try expect(
      server, status: 78, Self.notSetUp,
      cause: "Error: Unknown option '--promt-only'. Did you mean '--prompt-only'?")
  }

  @Test("A service that does not say who the user is")
  func noUser() throws {
    let server = try PasswordServer { options in
      options.globalText = options.globalText.replacing("-e USER,IP", with: "-e IP")
    }
    try expect(
      server, status: 78, Self.notSetUp, cause: "Error: no USER in the environment: a service")
  }

  @Test("A service that does not say where the client is: nobody could count its guesses")
  func noAddress() throws {
    let server = try PasswordServer(checksOld: true) { options in
      options.globalText = options.globalText.replacing("-e USER,IP", with: "-e USER")
    }
    let client = try server.connect()
    try client.sendLine("x XEXEC changepassword\r\nwrong")
    try client.readResponses(untilTagged: "x").expectExit(77)
    try server.dovecot.waitForLog(
      containing: "\(Self.start)wrong old password, and no IP in the environment")
  }
}

import Foundation
import Glibc
import PrivateDovecot
import Testing

/// A private Dovecot whose users change their password by `XEXEC changepassword`, behind a service
/// that runs as `nobody` and may write the folder of the passwd-file. Started by an ordinary user,
/// all of it runs as that user.
struct PasswordServer {
  let server: Server
  let file: PasswdFile

  var dovecot: PrivateDovecot { server.dovecot }
  var files: PasswdFolder { PasswdFolder(path: (file.path as NSString).deletingLastPathComponent) }

  /// The account of the service; nil if that is the caller.
  static var account: String? { geteuid() == 0 ? "nobody" : nil }

  /// - Parameters:
  ///   - arguments: Further options of the program.
  ///   - file: The name of the passwd-file, with variables.
  ///   - usernameFormat: That of the passdb.
  ///   - checksOld: Whether it asks for the old password.
  ///   - checksNew: Whether it asks auth for the new one, if it does not ask for the old one.
  ///   - configure: Changes the options before `adapt`, which has the folder as well.
  init(
    users: [String] = [Server.user], arguments: String = "", file: String = "users",
    usernameFormat: PrivateDovecot.LoginName? = nil, checksOld: Bool = false,
    checksNew: Bool = false,
    _ configure: (inout PrivateDovecot.Options) -> Void = { _ in },
    adapt: (PrivateFolder, inout PrivateDovecot.Options) throws -> Void = { _, _ in }
  ) throws {
    server = try Server { folder, options in
      let program = try folder.addProgram(copying: PrivateDovecot.modulesProgram)
      let path = "\(folder.path)/passwords/\(file)"
      let socket = "\(folder.path)/run/auth-changepassword"
      options.users = users.map { .init(name: $0, password: Server.password) }
      options.passwdFile = usernameFormat == nil ? "passwords/\(file)" : "passwords/none"
      options.modules["changepassword"] = "unix:xexec-changepassword"
      // a second blank would be an empty word
      let words =
        [
          "changepassword --file \(path)", checksOld ? "--check-old \(socket)" : "",
          checksNew ? "--check-new \(socket)" : "", arguments, "--",
        ]
        .filter { !$0.isEmpty }
      let user = Self.account.map { "user = \($0)" } ?? ""
      options.globalText = """
        service xexec-changepassword {
          executable = script -e USER,IP \(program) \(words.joined(separator: " "))
          \(user)
          \(Self.account == nil ? "" : "group = nogroup")
          process_limit = 50
          client_limit = 1
          unix_listener xexec-changepassword {
            mode = 0666
          }
        }
        service auth {
          \(Self.account == nil ? "" : "extra_groups = nogroup")
          unix_listener auth-changepassword {
            mode = 0600
            \(user)
          }
        }
        # no delay for failed logins: there are many
        auth_failure_delay = 0
        service anvil {
          unix_listener anvil-auth-penalty {
            mode = 0
          }
        }
        """
      if let usernameFormat {
        let path = path.replacing("%d", with: PrivateDovecot.LoginName.domain.variable)
        options.furtherPasswords = [.file(path: path, name: usernameFormat)]
      }
      configure(&options)
      try adapt(folder, &options)
    }
    self.file = PasswdFile(path: "\(server.dovecot.folder.path)/passwords/\(file)")
    try files.give()
    if usernameFormat == nil { try self.file.give() }
    // not to be found under any name
    if usernameFormat != nil { try PasswdFile(path: "\(files.path)/none").empty() }
  }

  func connect(as user: String = Server.user) throws -> IMAPConnection {
    try server.connect(as: user)
  }

  /// Whether auth lets a user in.
  func accepts(_ password: String, user: String = Server.user) throws -> Bool {
    let client = try IMAPConnection(port: dovecot.port, timeout: .seconds(60), keeping: dovecot)
    defer { client.close() }
    let response = Data("\0\(user)\0\(password)".utf8).base64EncodedString()
    return try client.command("AUTHENTICATE PLAIN \(response)").isOK
  }

  /// Runs the program behind its service as the plugin does (util/script.c), from this process.
  ///
  /// - Returns: What comes behind the prompts, with the result. What is said to the plugin has no
  ///   octet 0x05 in front of it any more.
  func callService(user: String, ip: String, answers: [String]) throws -> String {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = "\(dovecot.folder.path)/run/xexec-changepassword"
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let size = socklen_t(MemoryLayout.size(ofValue: address))
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) }
    }
    try #require(result == 0)
    let handle = FileHandle(fileDescriptor: descriptor)
    let header = "VERSION\tscript\t4\t0\nenv_USER=\(user)\nenv_IP=\(ip)\n-\n\n"
    try handle.write(contentsOf: Data(header.utf8))
    try? handle.write(contentsOf: Data(answers.map { $0 + "\n" }.joined().utf8))
    let output = String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
    return output.replacing("\u{5}[", with: "[").split(separator: "\n")
      .filter { !$0.hasPrefix("\u{5}") }.map { $0 + "\n" }.joined()
  }

  /// Runs the program without Dovecot, and kills it after some seconds.
  func changeDirectly(
    _ password: String, user: String, killedAfter seconds: Double = 60
  ) throws -> CommandResult {
    try run(
      [
        "/usr/bin/timeout", "-s", "KILL", "\(seconds)", "\(dovecot.folder.path)/bin/xexec-modules",
        "changepassword", "--file", file.path, "--allow-name", "--", password,
      ], environment: ["USER": user], timeout: .seconds(120))
  }
}

/// The folder of passwd-files, which belongs to the account of the service.
struct PasswdFolder {
  let path: String

  func give() throws {
    try PasswdFile(path: path).give(mode: 0o2750)
  }

  /// Writes a file that the service may change and auth may read.
  func add(named name: String, _ text: String) throws {
    let file = PasswdFile(path: "\(path)/\(name)")
    try text.write(toFile: file.path, atomically: true, encoding: .utf8)
    try file.give()
  }
}

/// A passwd-file, as a test looks at it.
struct PasswdFile {
  let path: String

  func text() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  func status() throws -> stat {
    var status = stat()
    try #require(stat(path, &status) == 0)
    return status
  }

  /// The second field of the first line of a name.
  func password(of name: String) throws -> String? {
    try text().split(separator: "\n").first { $0.hasPrefix("\(name):") }
      .map { String($0.split(separator: ":", omittingEmptySubsequences: false)[1]) }
  }

  func empty() throws {
    try "".write(toFile: path, atomically: false, encoding: .utf8)
  }

  /// Gives it to the account of the service, for auth to read it.
  func give(mode: mode_t = 0o640) throws {
    if PasswordServer.account == nil {
      try #require(chmod(path, mode) == 0)
    } else {
      let user = try #require(getpwnam("nobody")).pointee.pw_uid
      let group = try #require(getgrnam("nogroup")).pointee.gr_gid
      try give(to: user, group, mode: mode)
    }
  }

  func give(to user: uid_t, _ group: gid_t, mode: mode_t) throws {
    if geteuid() == 0 { try #require(chown(path, user, group) == 0) }
    try #require(chmod(path, mode) == 0)
  }
}

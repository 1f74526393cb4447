import Foundation
import Glibc
import PrivateDovecot

/// The server of the demonstration: Dovecot with all modules as the snippets configure them, and
/// Postfix as the relay where this process may start one.
struct MailServer {
  let dovecot: PrivateDovecot
  /// Nil without root, which Postfix needs.
  let postfix: PrivatePostfix?

  /// Who speaks in the session.
  static let user = "marc@perkel.com"
  /// To whom that user writes.
  static let friend = "joe@example.com"
  static let password = "password"

  /// Starts it.
  init() throws {
    let relayPort = try findFreePort()
    dovecot = try PrivateDovecot { folder, options in
      let average = try folder.addProgram(copying: PrivateDovecot.averageProgram)
      let modules = try folder.addProgram(copying: PrivateDovecot.modulesProgram)
      options.users = [Self.user, Self.friend].map { .init(name: $0, password: Self.password) }
      options.passwdFile = "passwords/users"
      options.modules = [
        "average": .init(average),
        "changepassword": .init("unix:xexec-changepassword", number: 5),
      ]
      let snippets = try ["91-xexec-lists", "92-xexec-forwardmail", "94-xexec-smtp"].map {
        try PrivateDovecot.snippet("\($0).conf")
      }
      options.globalText =
        snippets.joined()
        .replacingOccurrences(
          of: "@programsdir@", with: (modules as NSString).deletingLastPathComponent
        )
        .replacingOccurrences(of: "127.0.0.1:25 ", with: "127.0.0.1:\(relayPort) ")
        + Self.passwordService(program: modules, file: "\(folder.path)/passwords/users")
        + "login_greeting = Dovecot ready.\n"
      if PrivatePostfix.isPossible {
        PrivatePostfix.prepare(folder, &options)
      } else {
        options.servesLMTP = true
      }
    }
    try Self.givePasswords(in: "\(dovecot.folder.path)/passwords")
    postfix =
      PrivatePostfix.isPossible
      ? try PrivatePostfix(deliveringTo: dovecot, port: relayPort) : nil
  }

  /// The service of 93-xexec-changepassword.conf, with an account that every Debian has. An ordinary
  /// user runs all of it as that user.
  private static func passwordService(program: String, file: String) -> String {
    """
    service xexec-changepassword {
      executable = script -e USER,IP \(program) changepassword --file \(file) --
      \(geteuid() == 0 ? "user = nobody\n  group = nogroup" : "")
      unix_listener xexec-changepassword {
        mode = 0666
      }
    }
    service auth {
      \(geteuid() == 0 ? "extra_groups = nogroup" : "")
    }

    """
  }

  /// Gives the folder of passwords to the account of the service; auth reads it by its group.
  private static func givePasswords(in folder: String) throws {
    guard geteuid() == 0 else { return }
    guard let owner = getpwnam("nobody")?.pointee.pw_uid,
      let group = getgrnam("nogroup")?.pointee.gr_gid,
      chown(folder, owner, group) == 0, chmod(folder, 0o2750) == 0,
      chown("\(folder)/users", owner, group) == 0, chmod("\(folder)/users", 0o640) == 0
    else { throw KitError(.system, "\(folder): cannot be given to nobody") }
  }

  /// Stops both, and removes all that they had.
  func stop() {
    postfix?.stop()
    dovecot.stop()
  }
}

import Foundation
import Glibc

/// The files that configure a private Dovecot. Nothing is included from the system's own.
///
/// What every version has written in the same way is here: services, above all. The rest is in a
/// ``ConfigurationWriter`` for each.
struct Configuration {
  let options: PrivateDovecot.Options
  let folder: PrivateFolder
  let port: UInt16

  /// Writes the configuration and the accounts into the folder.
  func write() throws {
    let writer: any ConfigurationWriter =
      DovecotVersion.is24 ? Configuration24(common: self) : Configuration23(common: self)
    try folder.addFile(named: "dovecot.conf", octets: Array(writer.text.utf8))
    for (name, content) in try writer.moreFiles() {
      try folder.addFile(named: name, octets: Array(content.utf8))
    }
    // The accounts hold passwords: only the process that looks them up may read them.
    let owner = try Account.authenticationUserID()
    for (name, content) in [(options.passwdFile, passwdText), ("userdb", try writer.userdb())] {
      let file = try folder.addFile(named: name, octets: Array(content.utf8), mode: 0o600)
      if let owner { chown(file, owner, gid_t.max) }
    }
  }

  /// Where things are, and who may read mail.
  var commonText: String {
    """
    base_dir = \(folder.path)/run
    state_dir = \(folder.path)/state
    log_path = \(folder.path)/dovecot.log
    mail_plugin_dir = \(folder.path)/modules
    protocols = imap\(options.servesLMTP ? " lmtp" : "")
    listen = 127.0.0.1
    login_trusted_networks = \(options.trustedNetworks)
    first_valid_uid = \(folder.account.userID)
    default_process_limit = 50
    \(options.imapMaxLineLength.map { "imap_max_line_length = \($0)" } ?? "")

    """
  }

  /// The services that are not as Dovecot has them by itself.
  ///
  /// - Parameters:
  ///   - serviceCount: What the limit of clients in the life of a process is called, and no limit.
  ///   - internalServices: Those that run as an account of Dovecot's own.
  func servicesText(
    serviceCount: (name: String, unlimited: String), internalServices: [String]
  ) -> String {
    // The limits of processes are lower than Dovecot's own, whose sum is more than the descriptors
    // that an ordinary user gets, which would put warnings into the log.
    var imap = options.imapService
    imap.processLimit = imap.processLimit ?? 100
    return """
      service imap-login {
        inet_listener imap {
          port = \(port)
        }
        inet_listener imaps {
          port = 0
        }
      \(limits(options.loginService, serviceCount))
      }
      service imap {
      \(limits(imap, serviceCount))
      }
      \(options.servesLMTP ? lmtpText : "")
      \(options.hibernates ? hibernationText : "")
      \(folder.account.rootless.map { rootlessText($0.user, $0.group, internalServices) } ?? "")

      """
  }

  /// The plugins that `protocol imap` adds.
  var imapMailPlugins: [String] {
    options.imapMailPlugins ?? (options.plugin == .none ? [] : ["xexec"])
  }

  private func limits(
    _ limits: PrivateDovecot.ServiceLimits, _ serviceCount: (name: String, unlimited: String)
  ) -> String {
    let numbers = [
      ("client_limit", limits.clientLimit), ("process_limit", limits.processLimit),
      ("process_min_avail", limits.processMinAvail),
    ]
    var lines = numbers.compactMap { name, value in value.map { "  \(name) = \($0)" } }
    if let count = limits.serviceCount {
      lines.append("  \(serviceCount.name) = \(count == 0 ? serviceCount.unlimited : "\(count)")")
    }
    if let size = limits.vszLimit {
      lines.append("  vsz_limit = \(size == "0" ? serviceCount.unlimited : size)")
    }
    if let program = limits.executable { lines.append("  executable = \(program)") }
    return lines.joined(separator: "\n")
  }

  private var lmtpText: String {
    """
    service lmtp {
      unix_listener \(folder.path)/lmtp {
        mode = 0600
      }
    }
    """
  }

  private var hibernationText: String {
    """
    imap_hibernate_timeout = 1s
    service imap {
      unix_listener imap-master {
        mode = 0666
      }
    }
    service imap-hibernate {
      unix_listener imap-hibernate {
        mode = 0666
      }
    }
    """
  }

  /// An ordinary user can neither change users nor roots.
  private func rootlessText(_ user: String, _ group: String, _ services: [String]) -> String {
    let accounts = """
      default_internal_user = \(user)
      default_internal_group = \(group)
      default_login_user = \(user)

      """
    return services.reduce(accounts) { text, service in
      text + "service \(service) {\n  user = \(user)\n  chroot =\n}\n"
    }
  }

  private var passwdText: String {
    options.users.map { user in
      let fields = user.backend.map { "::::::\($0.passwdFields)" } ?? ""
      return "\(user.name):{PLAIN}\(user.password)\(fields)\n"
    }.joined()
  }
}

/// The settings as a version of Dovecot has them.
protocol ConfigurationWriter {
  /// The file `dovecot.conf`.
  var text: String { get }

  /// What the userdb reads, in the file `userdb`.
  func userdb() throws -> String

  /// Further files, and what is in them.
  func moreFiles() throws -> [(name: String, content: String)]
}

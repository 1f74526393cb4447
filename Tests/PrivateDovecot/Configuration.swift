import Foundation
import Glibc

/// The files that configure a private Dovecot. Nothing is included from the system's own.
struct Configuration {
  let options: PrivateDovecot.Options
  let folder: PrivateFolder
  let port: UInt16

  /// Writes the configuration and the accounts into the folder.
  func write() throws {
    try folder.addFile(named: "dovecot.conf", octets: Array(text.utf8))
    try folder.addFile(named: "userdb.conf", octets: Array(userdbText.utf8))
    // The accounts hold passwords: only the process that looks them up may read them.
    let owner = try Account.authenticationUserID()
    for (name, content) in [(options.passwdFile, passwdText), ("userdb", try userdbContent())] {
      let file = try folder.addFile(named: name, octets: Array(content.utf8), mode: 0o600)
      if let owner { chown(file, owner, gid_t.max) }
    }
  }

  private var text: String {
    """
    base_dir = \(folder.path)/run
    state_dir = \(folder.path)/state
    log_path = \(folder.path)/dovecot.log
    mail_plugin_dir = \(folder.path)/modules
    protocols = imap\(options.servesLMTP ? " lmtp" : "")
    listen = 127.0.0.1
    ssl = no
    disable_plaintext_auth = no
    first_valid_uid = \(folder.account.userID)
    mail_location = maildir:~/Maildir
    mail_debug = \(options.mailDebug ? "yes" : "no")
    mail_plugins = \(options.mailPlugins.joined(separator: " "))
    default_process_limit = 50
    passdb {
      driver = passwd-file
      args = \(folder.path)/\(options.passwdFile)
    }
    userdb {
      driver = dict
      args = \(folder.path)/userdb.conf
    }
    service imap-login {
      inet_listener imap {
        port = \(port)
      }
      inet_listener imaps {
        port = 0
      }
    }
    service imap {
    \(limits(options.imapService))
    }
    \(options.servesLMTP ? lmtpText : "")
    \(folder.account.rootless.map(rootlessText) ?? "")
    plugin {
    \(options.pluginSettings.pairs.map { "  \($0.key) = \($0.value)" }.joined(separator: "\n"))
    }
    protocol imap {
      mail_plugins = $mail_plugins \(imapMailPlugins.joined(separator: " "))
    \(options.imapText)
    }
    \(options.imapMaxLineLength.map { "imap_max_line_length = \($0)" } ?? "")
    \(options.globalText)

    """
  }

  private var imapMailPlugins: [String] {
    options.imapMailPlugins ?? (options.plugin == .none ? [] : ["xexec"])
  }

  // The limits of processes are lower than Dovecot's own, whose sum is more than the descriptors
  // that an ordinary user gets, which would put warnings into the log.
  private func limits(_ limits: PrivateDovecot.ServiceLimits) -> String {
    let numbers = [
      ("client_limit", limits.clientLimit), ("service_count", limits.serviceCount),
      ("process_limit", limits.processLimit ?? 100), ("process_min_avail", limits.processMinAvail),
    ]
    var lines = numbers.compactMap { name, value in value.map { "  \(name) = \($0)" } }
    if let size = limits.vszLimit { lines.append("  vsz_limit = \(size)") }
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

  /// An ordinary user can neither change users nor roots.
  private func rootlessText(user: String, group: String) -> String {
    let services = [
      "anvil", "auth-worker", "imap-login", "indexer-worker", "ipc", "log", "old-stats", "stats",
    ]
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
    options.users.map { "\($0.name):{PLAIN}\($0.password)\n" }.joined()
  }

  /// A dict, because values in a passwd-file cannot hold blanks.
  private var userdbText: String {
    """
    uri = file:\(folder.path)/userdb
    key userdb {
      key = userdb/%u
      format = json
    }
    userdb_objects = userdb

    """
  }

  /// Each user's key and fields, on a line each, as Dovecot's `file` dict has them.
  private func userdbContent() throws -> String {
    try options.users.map { user in
      var fields = [
        "uid": String(folder.account.userID), "gid": String(folder.account.groupID),
        "home": folder.home(of: user.name),
      ]
      for (key, value) in user.userdbFields.pairs {
        fields[key.hasPrefix("userdb_") ? String(key.dropFirst(7)) : key] = value
      }
      let json = try JSONSerialization.data(
        withJSONObject: fields, options: [.withoutEscapingSlashes, .sortedKeys])
      return "shared/userdb/\(user.name)\n\(String(decoding: json, as: UTF8.self))\n"
    }.joined()
  }
}

import Foundation

/// The settings of Dovecot 2.4: blocks with names, and the plugins' settings among the others.
struct Configuration24: ConfigurationWriter {
  let common: Configuration

  private var options: PrivateDovecot.Options { common.options }
  private var folder: PrivateFolder { common.folder }

  var text: String {
    """
    \(DovecotVersion.firstSettings)
    \(common.commonText)
    auth_allow_cleartext = yes
    \(tlsText)
    mail_driver = maildir
    mail_path = \(options.mailPath)
    \(debugText)
    \(Self.switchedOn("mail_plugins", options.mailPlugins))
    \(metadataText)
    \(environmentText)
    namespace inbox {
      inbox = yes
    }
    passdb passwd-file {
      passwd_file_path = \(folder.path)/\(options.passwdFile)
    }
    \(options.furtherPasswords.map(passdbText).joined(separator: "\n"))
    userdb passwd-file {
      passwd_file_path = \(folder.path)/userdb
    }
    \(common.servicesText(
      serviceCount: ("restart_request_count", "unlimited"),
      internalServices: Self.internalServices))
    protocol imap {
      \(Self.switchedOn("mail_plugins", common.imapMailPlugins))
      \(capabilityText)
    \(options.imapText)
    }
    \(options.servesLMTP ? lmtpText : "")
    \(moduleText)
    \(options.sieve.map(sieveText) ?? "")
    \(options.pluginSettings.pairs.map { "\($0.key) = \($0.value)" }.joined(separator: "\n"))
    \(options.globalText)

    """
  }

  private static let internalServices = [
    "anvil", "auth-worker", "imap-login", "indexer-worker", "log", "stats",
  ]

  /// A block of words that are switched on besides those that were.
  private static func switchedOn(_ name: String, _ words: [String]) -> String {
    guard !words.isEmpty else { return "" }
    return "\(name) {\n\(words.map { "    \($0) = yes\n" }.joined())  }"
  }

  private var debugText: String {
    let categories =
      (options.mailDebug ? ["mail", "service:imap"] : []) + (options.authDebug ? ["auth"] : [])
    guard !categories.isEmpty else { return "" }
    return "log_debug = \(categories.map { "category=\($0)" }.joined(separator: " OR "))"
  }

  private var metadataText: String {
    guard let file = options.metadataFile else { return "" }
    return """
      mail_attribute {
        dict file {
          path = %{home}/\(file)
        }
      }
      """
  }

  private var tlsText: String {
    guard let tls = options.tls else { return "ssl = no" }
    let trusted = options.trustedCertificates.map { "ssl_client_ca_file = \($0)" }
    return """
      ssl = yes
      ssl_server_cert_file = \(tls.certificate)
      ssl_server_key_file = \(tls.key)
      \(trusted ?? "")
      """
  }

  private var environmentText: String {
    guard !options.serviceEnvironment.isEmpty else { return "" }
    let variables = options.serviceEnvironment.map { "  \($0.key) = \($0.value)\n" }
    return "import_environment {\n\(variables.joined())}"
  }

  private var capabilityText: String {
    switch options.imapCapability {
    case nil: ""
    case .full(let words): "imap_capability = \(words)"
    case .added(let words):
      Self.switchedOn("imap_capability", words.split(separator: " ").map(String.init))
    }
  }

  private var lmtpText: String {
    "protocol lmtp {\n  \(Self.switchedOn("mail_plugins", options.lmtpMailPlugins))\n}"
  }

  private func passdbText(_ source: PrivateDovecot.PasswordSource) -> String {
    switch source {
    case .file(let path, let name):
      """
      passdb further {
        driver = passwd-file
        passwd_file_path = \(path)
        auth_username_format = \(name.variable)
      }
      """
    case .proxy(let port):
      """
      passdb static {
        fields {
          proxy = yes
          host = 127.0.0.1
          port = \(port)
          nopassword = yes
        }
      }
      """
    case .anyName(let password):
      """
      passdb static {
        password = \(password)
      }
      userdb static {
        fields {
          uid = \(folder.account.userID)
          gid = \(folder.account.groupID)
          home = \(folder.path)/home/%{user}
          note = %{user}
        }
      }
      """
    }
  }

  private var moduleText: String {
    let defaults = options.moduleDefaults.pairs.map { "xexec_\($0.name) = \($0.value)\n" }
    let blocks = options.modules.pairs.map { name, module in
      let program = module.program.map { ["  program = \($0)\n"] } ?? []
      let lines = program + module.options.pairs.map { "  \($0.name) = \($0.value)\n" }
      return "xexec \(name) {\n\(lines.joined())}\n"
    }
    return (defaults + blocks).joined()
  }

  private func sieveText(_ sieve: PrivateDovecot.Sieve) -> String {
    var lines = [
      Self.switchedOn("sieve_plugins", sieve.plugins),
      Self.switchedOn("sieve_extensions", sieve.extensions),
    ]
    if let programs = sieve.programs {
      lines += ["pipe", "execute", "filter"].map { "sieve_\($0)_bin_dir = \(programs)" }
    }
    if let script = sieve.onAppend {
      lines.append(
        "sieve_script append {\n  type = before\n  cause = append\n  path = \(script)\n}")
    }
    if let before = sieve.before {
      lines.append("sieve_script before {\n  type = before\n  path = \(before)\n}")
    }
    return lines.joined(separator: "\n")
  }

  func moreFiles() -> [(name: String, content: String)] { [] }

  /// A passwd-file. Its fields end at blanks, and are expanded; it has those of passdbs too.
  func userdb() -> String {
    options.users.map { user in
      let account = "\(folder.account.userID):\(folder.account.groupID)"
      let fields = (moduleFields(of: user) + user.userdbFields.pairs).map {
        "userdb_\($0.key)=\(Self.literal($0.value))"
      }
      let home = folder.home(of: user.name)
      return "\(user.name)::\(account)::\(home)::\(fields.joined(separator: " "))\n"
    }.joined()
  }

  /// A user's own modules: those of a name that is configured for all change that one.
  private func moduleFields(of user: PrivateDovecot.User) -> [(key: String, value: String)] {
    let added = user.modules.pairs.filter { name, module in
      options.modules[name] == nil && module.number == nil
    }
    let names = added.map(\.name).joined(separator: ",")
    return (names.isEmpty ? [] : [("xexec+", names)])
      + user.modules.pairs.flatMap { name, module in
        let program = module.program.map { [("xexec/\(name)/program", $0)] } ?? []
        return program + module.options.pairs.map { ("xexec/\(name)/\($0.name)", $0.value) }
      }
  }

  /// A text as the expansion of a variable, every octet as it is.
  private static func literal(_ text: String) -> String {
    guard !text.utf8.allSatisfy({ isPlain($0) }) else { return text }
    let octets = text.utf8.map { octet in
      isPlain(octet) ? String(UnicodeScalar(octet)) : "\\x" + String(format: "%02x", octet)
    }
    return "%{literal('\(octets.joined())')}"
  }

  private static func isPlain(_ octet: UInt8) -> Bool {
    switch octet {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "/.,:@_-+=".utf8.contains(octet)
    }
  }
}

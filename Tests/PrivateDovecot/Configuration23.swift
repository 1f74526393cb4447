import Foundation

/// The settings of Dovecot 2.3: what plugins read stands in `plugin { ... }`.
struct Configuration23: ConfigurationWriter {
  let common: Configuration

  private var options: PrivateDovecot.Options { common.options }
  private var folder: PrivateFolder { common.folder }

  var text: String {
    """
    \(common.commonText)
    disable_plaintext_auth = no
    \(tlsText)
    mail_location = maildir:\(options.mailPath)
    mail_debug = \(options.mailDebug ? "yes" : "no")
    auth_debug = \(options.authDebug ? "yes" : "no")
    mail_plugins = \(options.mailPlugins.joined(separator: " "))
    \(options.metadataFile.map { "mail_attribute_dict = file:%h/\($0)" } ?? "")
    \(environmentText)
    passdb {
      driver = passwd-file
      args = \(folder.path)/\(options.passwdFile)
    }
    \(options.furtherPasswords.map(passdbText).joined(separator: "\n"))
    userdb {
      driver = dict
      args = \(folder.path)/userdb.conf
    }
    \(common.servicesText(
      serviceCount: ("service_count", "0"), internalServices: Self.internalServices))
    plugin {
    \(pluginSettings.map { "  \($0.key) = \($0.value)" }.joined(separator: "\n"))
    }
    protocol imap {
      mail_plugins = $mail_plugins \(common.imapMailPlugins.joined(separator: " "))
    \(capabilityText)
    \(options.imapText)
    }
    \(options.servesLMTP ? lmtpText : "")
    \(options.globalText)

    """
  }

  private static let internalServices = [
    "anvil", "auth-worker", "imap-login", "indexer-worker", "ipc", "log", "old-stats", "stats",
  ]

  private var tlsText: String {
    guard let tls = options.tls else { return "ssl = no" }
    // a login proxy of 2.3 takes what it trusts from here (login-common/login-proxy.c)
    let trusted = options.trustedCertificates.map { "ssl_ca = <\($0)\nssl_require_crl = no" }
    return """
      ssl = yes
      ssl_cert = <\(tls.certificate)
      ssl_key = <\(tls.key)
      \(trusted ?? "")
      """
  }

  private var environmentText: String {
    guard !options.serviceEnvironment.isEmpty else { return "" }
    let variables = options.serviceEnvironment.map { "\($0.key)=\($0.value)" }
    return "import_environment = $import_environment \(variables.joined(separator: " "))"
  }

  private var capabilityText: String {
    switch options.imapCapability {
    case nil: ""
    case .full(let words): "  imap_capability = \(words)"
    case .added(let words): "  imap_capability = +\(words)"
    }
  }

  private var lmtpText: String {
    """
    protocol lmtp {
      mail_plugins = $mail_plugins \(options.lmtpMailPlugins.joined(separator: " "))
    }
    """
  }

  private func passdbText(_ source: PrivateDovecot.PasswordSource) -> String {
    func passdb(_ driver: String, _ words: String) -> String {
      "passdb {\n  driver = \(driver)\n  args = \(words)\n}\n"
    }
    switch source {
    case .file(let path, let name):
      return passdb("passwd-file", "username_format=\(name.variable) \(path)")
    case .proxy(let port):
      return passdb("static", "proxy=y host=127.0.0.1 port=\(port) nopassword=y")
    case .anyName(let password):
      let account = "uid=\(folder.account.userID) gid=\(folder.account.groupID)"
      return passdb("static", "password=\(password)")
        + """
        userdb {
          driver = static
          args = \(account) home=\(folder.path)/home/%u note=%u
        }
        """
    }
  }

  private var pluginSettings: [(key: String, value: String)] {
    var settings: [(key: String, value: String)] = []
    for (number, (name, module)) in zip(1..., options.modules.pairs) {
      settings += Self.entry(module.number ?? number, name, module)
    }
    settings += options.moduleDefaults.pairs.map { ("xexec_\($0.name)", $0.value) }
    return settings + sieveSettings + options.pluginSettings.pairs
  }

  private var sieveSettings: [(key: String, value: String)] {
    guard let sieve = options.sieve else { return [] }
    var settings: [(key: String, value: String)] = []
    if !sieve.plugins.isEmpty {
      settings.append(("sieve_plugins", sieve.plugins.joined(separator: " ")))
    }
    if !sieve.extensions.isEmpty {
      settings.append(
        ("sieve_extensions", sieve.extensions.map { "+\($0)" }.joined(separator: " ")))
    }
    if let programs = sieve.programs {
      settings += ["pipe", "execute", "filter"].map { ("sieve_\($0)_bin_dir", programs) }
    }
    if let script = sieve.onAppend {
      settings += [
        ("imapsieve_mailbox1_name", "*"), ("imapsieve_mailbox1_causes", "APPEND"),
        ("imapsieve_mailbox1_before", "file:\(script)"),
      ]
    }
    if let before = sieve.before { settings.append(("sieve_before", "file:\(before)")) }
    return settings
  }

  /// A module's lines: its entry, and its options with the same number.
  private static func entry(
    _ number: Int, _ name: String, _ module: PrivateDovecot.Module
  ) -> [(key: String, value: String)] {
    let key = number == 1 ? "xexec" : "xexec\(number)"
    let program = module.program.map { [(key, $0 == "no" ? "no" : "\(name):\($0)")] } ?? []
    return program + module.options.pairs.map { ("\(key)_\($0.name)", $0.value) }
  }

  /// A dict, because values in a passwd-file cannot hold blanks.
  func moreFiles() -> [(name: String, content: String)] {
    [
      (
        "userdb.conf",
        """
        uri = file:\(folder.path)/userdb
        key userdb {
          key = userdb/%u
          format = json
        }
        userdb_objects = userdb

        """
      )
    ]
  }

  /// Each user's key and fields, on a line each, as Dovecot's `file` dict has them.
  func userdb() throws -> String {
    try options.users.map { user in
      var fields = [
        "uid": String(folder.account.userID), "gid": String(folder.account.groupID),
        "home": folder.home(of: user.name),
      ]
      for (key, value) in moduleFields(of: user) + user.userdbFields.pairs { fields[key] = value }
      let json = try JSONSerialization.data(
        withJSONObject: fields, options: [.withoutEscapingSlashes, .sortedKeys])
      return "shared/userdb/\(user.name)\n\(String(decoding: json, as: UTF8.self))\n"
    }.joined()
  }

  /// A user's own modules: those of a name that all users have replace that one's entry, new ones
  /// have numbers of their own.
  private func moduleFields(of user: PrivateDovecot.User) -> [(key: String, value: String)] {
    var next = options.modules.pairs.count
    return user.modules.pairs.flatMap { name, module in
      let place = options.modules.pairs.firstIndex { $0.name == name }
      if place == nil { next += 1 }
      return Self.entry(module.number ?? place.map { $0 + 1 } ?? next, name, module)
    }
  }
}

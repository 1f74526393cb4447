/// Dovecot 2.4's names of the settings.
extension DovecotConfiguration {
  /// What doveconf is asked for. It says nothing of names that it does not know.
  static let names24 = [
    "xexec", "xexec_timeout", "xexec_stdin", "xexec_max_literal", "xexec_progress", "xexec_stderr",
    "mail_plugins", "imap_capability", "mail_plugin_dir", "base_dir", "libexec_dir", "protocols",
    "default_internal_user", "default_internal_group", "default_login_user",
    "default_process_limit", "default_vsz_limit", "mail_uid", "mail_gid", "passwd_file_path",
    "mail_driver", "mail_path", "mail_home", "mailbox_list_layout", "auth_username_format",
    "service", "passdb", "userdb", "namespace",
  ]
  static let deliveryNames24 = [
    "mail_plugins", "sieve_script", "submission_host", "sendmail_path", "auth_username_format",
  ]

  /// - Parameters:
  ///   - imap: What `doveconf -x -f protocol=imap` prints of ``names24``.
  ///   - common: What it prints without the filter.
  ///   - deliveries: What it prints of ``deliveryNames24`` for `lmtp` and `lda`.
  init(
    dovecot24 imap: SettingsBlock, common: SettingsBlock, deliveries: [String: SettingsBlock]
  ) {
    modules = .blocks(BlockSettings(imap))
    imapPlugins = imap.list("mail_plugins", over: common)
    // a block adds to Dovecot's own
    imapCapability = imap.text("imap_capability")
    pluginFolder = imap.text("mail_plugin_dir")
    baseFolder = imap.text("base_dir")
    programsFolder = imap.text("libexec_dir")
    internalUser = imap.text("default_internal_user")
    internalGroup = imap.text("default_internal_group")
    protocols = common.list("protocols")
    services = imap.blocks("service").map { Self.service($0.name, $0.block, in: imap) }
    self.deliveries = deliveries.mapValues { delivery in
      Delivery(
        plugins: delivery.list("mail_plugins", over: common),
        scriptsBefore: delivery.blocks("sieve_script").filter { $0.block["type"] == "before" }
          .map { $0.block.text("path") },
        submissionHost: delivery.text("submission_host"), sendmail: delivery.text("sendmail_path"),
        dropsDomain: Self.dropsDomain(delivery.text("auth_username_format"))
          && !Self.dropsDomain(common.text("auth_username_format")))
    }
    passwordFiles = imap.blocks("passdb").filter {
      ($0.block["driver"] ?? $0.name) == "passwd-file"
    }.map { $0.block["passwd_file_path"] ?? imap.text("passwd_file_path") }.filter { !$0.isEmpty }
    readMailAccount24(imap)
    let namespaces = imap.blocks("namespace").map(\.block).filter { $0["mail_path"] != nil }
    mailStores = ([imap] + namespaces).map { block in
      MailStore(
        driver: block["mail_driver"] ?? imap.text("mail_driver"), path: block.text("mail_path"))
    }
  }

  /// Whether a format of user names leaves the domain out: `%{user | username | lower}`.
  private static func dropsDomain(_ format: String) -> Bool {
    format.contains("username") && !format.contains("domain")
  }

  private static func service(
    _ name: String, _ block: SettingsBlock, in listing: SettingsBlock
  ) -> DovecotService {
    func text(_ key: String, _ block: SettingsBlock) -> String {
      let value = block.text(key)
      return value.hasPrefix("$SET:") ? listing.text(String(value.dropFirst(5))) : value
    }
    var service = DovecotService(name: name)
    service.executable = text("executable", block)
    service.user = text("user", block)
    service.group = text("group", block)
    service.extraGroups = block.list("extra_groups").map { group in
      group.hasPrefix("$SET:") ? listing.text(String(group.dropFirst(5))) : group
    }
    service.processLimit = Int(text("process_limit", block)) ?? 0
    if service.processLimit == 0 {
      service.processLimit = Int(listing.text("default_process_limit")) ?? 0
    }
    let limits = [text("vsz_limit", block), listing.text("default_vsz_limit")]
    let limit = limits.lazy.compactMap { try? DovecotValue.octets($0) }.first { $0 > 0 }
    service.addressSpace = limit ?? .max
    service.listeners = block.blocks("unix_listener").map { name, block in
      DovecotService.Listener(
        path: block["path"] ?? name, permissions: UInt32(block["mode"] ?? "0600", radix: 8) ?? 0,
        user: text("user", block), group: text("group", block))
    }
    return service
  }

  /// From `mail_uid`, or a userdb that gives all users the same.
  private mutating func readMailAccount24(_ imap: SettingsBlock) {
    mailUser = imap.text("mail_uid")
    mailGroup = imap.text("mail_gid")
    mailHome = imap.text("mail_home")
    let userdbs = imap.blocks("userdb")
    hasSystemUsersOnly =
      !userdbs.isEmpty && userdbs.allSatisfy { ($0.block["driver"] ?? $0.name) == "passwd" }
    let fields = userdbs.compactMap { $0.block.blocks("fields").first?.block }
    mailUsers = ([mailUser] + fields.map { $0.text("uid") }).filter { !$0.isEmpty }
    guard userdbs.count == 1, let only = fields.first else { return }
    if let home = only["home"] { mailHome = home }
    if mailUser.isEmpty {
      mailUser = only.text("uid")
      mailGroup = only.text("gid")
    }
  }
}

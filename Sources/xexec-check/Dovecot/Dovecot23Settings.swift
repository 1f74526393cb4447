/// Dovecot 2.3's names of the settings.
extension DovecotConfiguration {
  /// - Parameters:
  ///   - imap: What `doveconf -S -x` prints for imap, master and auth.
  ///   - deliveries: The same for `lmtp` and `lda`, as far as they could be asked for.
  init(dovecot23 imap: SettingsListing, deliveries: [String: SettingsListing]) {
    modules = .numbered(imap.settings(in: "plugin"))
    imapPlugins = Self.plugins(imap.text("mail_plugins"))
    imapCapability = imap.text("imap_capability")
    pluginFolder = imap.text("mail_plugin_dir")
    baseFolder = imap.text("base_dir")
    programsFolder = imap.text("libexec_dir")
    internalUser = imap.text("default_internal_user")
    internalGroup = imap.text("default_internal_group")
    protocols = imap.words("protocols")
    services = imap.words("service").map { Self.service($0, in: imap) }
    self.deliveries = deliveries.mapValues { listing in
      Delivery(
        plugins: Self.plugins(listing.text("mail_plugins")),
        scriptsBefore: listing.settings(in: "plugin").filter { $0.key.hasPrefix("sieve_before") }
          .map(\.value),
        submissionHost: listing.text("submission_host"), sendmail: listing.text("sendmail_path"),
        dropsDomain: Self.dropsDomain(listing.text("auth_username_format"))
          && !Self.dropsDomain(imap.text("auth_username_format")))
    }
    // the file stands behind the options
    passwordFiles = imap.words("passdb").filter {
      imap.text("passdb/\($0)/driver") == "passwd-file"
    }.compactMap { imap.words("passdb/\($0)/args").last }
    readMailAccount(imap)
    let locations = imap.words("namespace").map { imap.text("namespace/\($0)/location") }
    mailStores = ([imap.text("mail_location")] + locations).filter { !$0.isEmpty }
      .map(MailStore.init(location:))
  }

  /// Whether a format of user names leaves the domain out: `%Ln`.
  private static func dropsDomain(_ format: String) -> Bool {
    format.contains(/%[A-Z]*(n|\{username\})/) && !format.contains(/%[A-Z]*(d|\{domain\})/)
  }

  /// A list of plugins, which Dovecot separates by blanks and commas.
  static func plugins(_ setting: String) -> [String] {
    setting.split { $0 == " " || $0 == "," || $0 == "\t" }.map(String.init)
  }

  private static func service(_ escaped: String, in listing: SettingsListing) -> DovecotService {
    let section = "service/\(escaped)"
    func text(_ key: String) -> String {
      switch listing.text("\(section)/\(key)") {
      case "$default_internal_user": listing.text("default_internal_user")
      case "$default_internal_group": listing.text("default_internal_group")
      case "$default_login_user": listing.text("default_login_user")
      case let value: value
      }
    }
    var service = DovecotService(name: text("name"))
    service.executable = text("executable")
    service.user = text("user")
    service.group = text("group")
    service.extraGroups = text("extra_groups").split { $0 == " " || $0 == "," }.map(String.init)
    service.processLimit = Int(text("process_limit")) ?? 0
    if service.processLimit == 0 {
      service.processLimit = Int(listing.text("default_process_limit")) ?? 0
    }
    // the largest number stands for the default
    let own = try? DovecotValue.octets(text("vsz_limit"))
    let common = try? DovecotValue.octets(listing.text("default_vsz_limit"))
    let limit = own == nil || own == .max ? common : own
    service.addressSpace = limit == nil || limit == 0 ? .max : limit!
    service.listeners = listing.words("\(section)/unix_listener").map { name in
      let listener = "unix_listener/\(name)"
      return DovecotService.Listener(
        path: text("\(listener)/path"),
        permissions: UInt32(text("\(listener)/mode"), radix: 8) ?? 0,
        user: text("\(listener)/user"), group: text("\(listener)/group"))
    }
    return service
  }

  /// From `mail_uid`, or a userdb that gives all users the same.
  private mutating func readMailAccount(_ imap: SettingsListing) {
    mailUser = imap.text("mail_uid")
    mailGroup = imap.text("mail_gid")
    mailHome = imap.text("mail_home")
    let userdbs = imap.words("userdb").map { "userdb/\($0)" }
    hasSystemUsersOnly =
      !userdbs.isEmpty && userdbs.allSatisfy { imap.text("\($0)/driver") == "passwd" }
    let fields = userdbs.map { userdb in
      imap.words(
        imap.text("\(userdb)/driver") == "static" ? "\(userdb)/args" : "\(userdb)/override_fields")
    }
    func value(_ key: String, _ fields: [String]) -> String {
      fields.last { $0.hasPrefix("\(key)=") }.map { String($0.dropFirst(key.count + 1)) } ?? ""
    }
    mailUsers = ([mailUser] + fields.map { value("uid", $0) }).filter { !$0.isEmpty }
    guard fields.count == 1, let only = fields.first else { return }
    if !value("home", only).isEmpty { mailHome = value("home", only) }
    if mailUser.isEmpty {
      mailUser = value("uid", only)
      mailGroup = value("gid", only)
    }
  }
}

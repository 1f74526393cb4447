extension PrivateDovecot {
  /// How a private Dovecot is configured. Everything has a default; a test sets what it is about.
  public struct Options: Sendable {
    /// The accounts. Each has a Maildir in a home of its own below the private folder.
    public var users = [User(name: "user@example.com", password: "password")]

    /// Where the passwd-file with their passwords lies below the private folder.
    public var passwdFile = "passwd"

    /// What is asked for a password when that file has none that is right.
    public var furtherPasswords: [PasswordSource] = []

    /// Where mail is kept, as a user's own path.
    public var mailPath = "~/Maildir"

    /// The plugin to put into the private module directory.
    public var plugin = Plugin.built

    /// The global `mail_plugins`.
    public var mailPlugins: [String] = []

    /// What `protocol imap` adds to the global `mail_plugins`; `nil` stands for `xexec`, or for
    /// nothing when there is no plugin.
    public var imapMailPlugins: [String]?

    /// What `protocol lmtp` adds to the global `mail_plugins`.
    public var lmtpMailPlugins: [String] = []

    /// The plugin's modules.
    public var modules = Modules()

    /// What is set for all of them.
    public var moduleDefaults = ModuleOptions()

    /// Pigeonhole's part, if it is to have one.
    public var sieve: Sieve?

    /// Settings of plugins as the installed Dovecot has them: up to 2.3 the lines of
    /// `plugin { ... }`, from 2.4 on lines of the top level. Values are written as they are, so
    /// Dovecot's own quoting rules apply to them.
    public var pluginSettings = Settings()

    /// Any further text for the top level of the configuration.
    public var globalText = ""

    /// Any further text for `protocol imap { ... }`.
    public var imapText = ""

    /// The setting `imap_capability`; `nil` leaves Dovecot's own.
    public var imapCapability: Capability?

    /// Whether clients that idle for a second are handed to the process `imap-hibernate`.
    public var hibernates = false

    /// The limits in `service imap { ... }`.
    public var imapService = ServiceLimits()

    /// The limits in `service imap-login { ... }`.
    public var loginService = ServiceLimits()

    /// Whether Dovecot also takes mail by LMTP, see ``PrivateDovecot/deliver(message:to:from:timeout:)``.
    public var servesLMTP = false

    /// Whether what is done with mail is logged at debug level.
    public var mailDebug = false

    /// Whether log-ins are logged at debug level.
    public var authDebug = false

    /// The file below a user's home for IMAP METADATA, which also keeps keys of `mail_crypt`.
    public var metadataFile: String?

    /// What the server shows to those who begin TLS; without it there is none.
    public var tls: TLS?

    /// The file with the certificates that a login proxy trusts.
    public var trustedCertificates: String?

    /// The setting `login_trusted_networks`: where login proxies are.
    public var trustedNetworks = ""

    /// The setting `imap_max_line_length` in octets; `nil` leaves Dovecot's default.
    public var imapMaxLineLength: Int?

    /// Variables for the environment in which Dovecot is started, such as `TZ`.
    public var environment: [String: String] = [:]

    /// Variables that Dovecot gives to all of its processes.
    public var serviceEnvironment: [String: String] = [:]

    /// A shell script that changes the mounts which Dovecot and its programs see, and no other
    /// process does; `nil` leaves them as they are. It needs ``PrivateDovecot/canHaveMounts``.
    public var mounts: String?

    /// Makes the default options: one user, the built plugin loaded for IMAP, no module.
    public init() {}
  }

  /// An account of a private Dovecot.
  public struct User: Sendable {
    /// The login name.
    public var name: String

    /// The password, as the client sends it.
    public var password: String

    /// Modules of the user's own, and what is other for the user with those of ``Options/modules``.
    public var modules: Modules

    /// Further fields that the userdb returns, with any text as value.
    public var userdbFields: Settings

    /// Where a login proxy sends the user.
    public var backend: Backend?

    /// Makes an account.
    public init(
      name: String, password: String, modules: Modules = Modules(),
      userdbFields: Settings = Settings(), backend: Backend? = nil
    ) {
      self.name = name
      self.password = password
      self.modules = modules
      self.userdbFields = userdbFields
      self.backend = backend
    }
  }

  /// Where the plugin file comes from.
  public enum Plugin: Sendable, Equatable {
    /// The path in the environment variable `XEXEC_PLUGIN`, else
    /// `.build/plugin/lib10_xexec_plugin.so` in the package. Start fails when it is missing.
    case built
    /// The file at a path.
    case file(String)
    /// Dovecot runs without the plugin.
    case none
  }
}

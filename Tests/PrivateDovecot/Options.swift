extension PrivateDovecot {
  /// How a private Dovecot is configured. Everything has a default; a test sets what it is about.
  public struct Options: Sendable {
    /// The accounts. Each has a Maildir in a home of its own below the private folder.
    public var users = [User(name: "user@example.com", password: "password")]

    /// Where the passwd-file with their passwords lies below the private folder.
    public var passwdFile = "passwd"

    /// The plugin to put into the private module directory.
    public var plugin = Plugin.built

    /// The global `mail_plugins`.
    public var mailPlugins: [String] = []

    /// What `protocol imap` adds to the global `mail_plugins`; `nil` stands for `xexec`, or for
    /// nothing when there is no plugin.
    public var imapMailPlugins: [String]?

    /// The lines of `plugin { ... }`. Values are written as they are, so Dovecot's own quoting
    /// rules apply to them.
    public var pluginSettings = Settings()

    /// Any further text for the top level of the configuration.
    public var globalText = ""

    /// Any further text for `protocol imap { ... }`.
    public var imapText = ""

    /// The limits in `service imap { ... }`.
    public var imapService = ServiceLimits()

    /// Whether Dovecot also takes mail by LMTP, see ``PrivateDovecot/deliver(message:to:from:timeout:)``.
    public var servesLMTP = false

    /// The setting `mail_debug`.
    public var mailDebug = false

    /// The setting `imap_max_line_length` in octets; `nil` leaves Dovecot's default.
    public var imapMaxLineLength: Int?

    /// Variables for the environment in which Dovecot is started, such as `TZ`.
    public var environment: [String: String] = [:]

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

    /// Further fields that the userdb returns, such as `xexec2`, with any text as value (without
    /// the prefix `userdb_`, which is accepted and dropped).
    public var userdbFields: Settings

    /// Makes an account.
    public init(name: String, password: String, userdbFields: Settings = Settings()) {
      self.name = name
      self.password = password
      self.userdbFields = userdbFields
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

  /// Limits of a Dovecot service; `nil` leaves Dovecot's default.
  public struct ServiceLimits: Sendable {
    /// How many clients one process serves at a time.
    public var clientLimit: Int?
    /// How many clients a process serves before it ends; 0 stands for any number.
    public var serviceCount: Int?
    /// How many processes may run at a time; `nil` stands for 100.
    public var processLimit: Int?
    /// How many processes wait for clients at least.
    public var processMinAvail: Int?
    /// The address space of a process as Dovecot writes sizes, for example `64M`.
    public var vszLimit: String?
    /// The program that Dovecot runs instead of the service's own, with its arguments.
    public var executable: String?

    /// Makes limits; what is not given keeps Dovecot's default.
    public init(
      clientLimit: Int? = nil, serviceCount: Int? = nil, processLimit: Int? = nil,
      processMinAvail: Int? = nil, vszLimit: String? = nil, executable: String? = nil
    ) {
      self.clientLimit = clientLimit
      self.serviceCount = serviceCount
      self.processLimit = processLimit
      self.processMinAvail = processMinAvail
      self.vszLimit = vszLimit
      self.executable = executable
    }
  }

  /// Keys with values, in the order in which they are written, as a dictionary literal.
  public struct Settings: Sendable, ExpressibleByDictionaryLiteral {
    /// The pairs, in order. A key may stand twice.
    public private(set) var pairs: [(key: String, value: String)] = []

    /// Makes an empty list.
    public init() {}

    /// Makes a list from a dictionary literal, in the literal's order.
    public init(dictionaryLiteral elements: (String, String)...) {
      pairs = elements.map { (key: $0.0, value: $0.1) }
    }

    /// Adds a pair at the end, even if the key is there already.
    public mutating func append(_ key: String, _ value: String) {
      pairs.append((key: key, value: value))
    }

    /// The last value of a key. Setting it replaces every value of the key; `nil` removes them.
    public subscript(key: String) -> String? {
      get { pairs.last { $0.key == key }?.value }
      set {
        pairs.removeAll { $0.key == key }
        if let newValue { append(key, newValue) }
      }
    }
  }
}

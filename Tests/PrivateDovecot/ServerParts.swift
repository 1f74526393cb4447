extension PrivateDovecot {
  /// What `imap_capability` says.
  public enum Capability: Sendable {
    /// All that is announced; Dovecot adds nothing.
    case full(String)
    /// Words that are announced besides Dovecot's own.
    case added(String)
  }

  /// Where passwords are looked up after the file of ``Options/users``.
  public enum PasswordSource: Sendable {
    /// A passwd-file, whose path may have variables.
    case file(path: String, name: LoginName)
    /// Every name is let in with this password, and has a home, and its name as userdb field `note`.
    case anyName(password: String)
    /// Every name is handed on, with the password, to the IMAP server on this port of 127.0.0.1.
    case proxy(port: UInt16)
  }

  /// How Pigeonhole is configured.
  public struct Sieve: Sendable {
    /// The Sieve plugins to load.
    public var plugins: [String] = []
    /// Extensions that are on besides the default ones.
    public var extensions: [String] = []
    /// The folder of programs that scripts may run.
    public var programs: String?
    /// A script to run on each message that a client appends.
    public var onAppend: String?
    /// A script, or a folder of scripts, to run before the user's own.
    public var before: String?

    /// Makes a configuration.
    public init(
      plugins: [String] = [], extensions: [String] = [], programs: String? = nil,
      onAppend: String? = nil, before: String? = nil
    ) {
      self.plugins = plugins
      self.extensions = extensions
      self.programs = programs
      self.onAppend = onAppend
      self.before = before
    }
  }
}

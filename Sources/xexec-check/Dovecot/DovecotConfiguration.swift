/// What the checks want to know of Dovecot's configuration, however its version spells it.
struct DovecotConfiguration {
  /// The main file.
  var file: String?
  /// The plugin's, with those of `protocol imap`.
  var modules = ModuleSettings.numbered([])
  var imapPlugins: [String] = []
  var imapCapability = ""
  var pluginFolder = ""
  /// Where Dovecot's config process has what it knows of the settings of plugins; empty before 2.4.
  var settingsFolder = ""
  var baseFolder = ""
  /// Where Dovecot's own programs are.
  var programsFolder = ""
  var internalUser = ""
  var internalGroup = ""
  var protocols: [String] = []
  var services: [DovecotService] = []
  /// Deliveries that can be set up: `lmtp`, `lda`.
  var deliveries: [String: Delivery] = [:]
  /// The files of passwords that auth reads, variables not expanded.
  var passwordFiles: [String] = []
  /// The account of all mail users, where all have the same: names or numbers, empty if not known.
  var mailUser = ""
  var mailGroup = ""

  /// The accounts that are known to be of mail users: of all, or of those of one userdb.
  var mailUsers: [String] = []
  /// Users are accounts of the system and nothing else, and their names have no domain.
  var hasSystemUsersOnly = false
  /// Where mail is: of all users, and of namespaces.
  var mailStores: [MailStore] = []
  /// The home of all users, variables not expanded; empty if it is not known.
  var mailHome = ""

  /// How mail is delivered by one of Dovecot's ways.
  struct Delivery {
    var plugins: [String] = []
    /// The folders or files of scripts that are run before those of users.
    var scriptsBefore: [String] = []
    var submissionHost = ""
    var sendmail = ""
    /// Users are looked for without the domain that they log in with.
    var dropsDomain = false
  }

  /// The accounts that are known to be of mail users, all or some.
  var knownMailAccounts: [Account] { mailUsers.compactMap { Account(user: $0) } }

  func service(_ name: String) -> DovecotService? { services.first { $0.name == name } }

  /// A path of Dovecot's, which may be relative to the base folder.
  func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(baseFolder)/\(path)" }

  /// The account that all mail users share, if they do and it exists.
  var mailAccount: Account? {
    guard !mailUser.isEmpty else { return nil }
    // programs have the groups of the imap process too
    let extra = service("imap")?.extraGroups ?? []
    return Account(user: mailUser, group: mailGroup, extraGroups: extra)
  }
}

/// A `service { }` of Dovecot's.
struct DovecotService {
  var name: String
  var executable = ""
  /// Empty for root.
  var user = ""
  /// Empty for the user's own.
  var group = ""
  var extraGroups: [String] = []
  var processLimit = 0
  /// Octets of address space.
  var addressSpace = UInt64.max
  var listeners: [Listener] = []

  /// A UNIX socket.
  struct Listener {
    var path: String
    var permissions: UInt32
    /// Empty for root.
    var user = ""
    /// Empty for root's.
    var group = ""

    /// Whether no other account may open it.
    var isForRootAlone: Bool {
      ["", "0", "root"].contains(user) && permissions & 0o002 == 0
        && (permissions & 0o020 == 0 || ["", "0", "root"].contains(group))
    }

    /// Whether an account may open it, by its user, group and mode. Dovecot makes it.
    func mayBeOpened(by account: Account) -> Bool {
      if account.userID == 0 { return true }
      if account.userID == Account(user: user.isEmpty ? "0" : user)?.userID {
        return permissions & 0o200 != 0
      }
      if let groupID = Account.groupID(group.isEmpty ? "0" : group),
        account.groupIDs.contains(groupID)
      {
        return permissions & 0o020 != 0
      }
      return permissions & 0o002 != 0
    }
  }

  /// nil if there is no such user or group.
  var account: Account? {
    Account(user: user.isEmpty ? "0" : user, group: group, extraGroups: extraGroups)
  }
}

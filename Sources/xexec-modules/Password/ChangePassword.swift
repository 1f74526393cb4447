import ArgumentParser
import Glibc

/// The module `changepassword`: gives the user another password in a passwd-file of Dovecot's.
struct ChangePassword: ModuleCommand {
  static let configuration = CommandConfiguration(
    commandName: "changepassword",
    abstract: "Changes the user's own password in a passwd-file.",
    discussion: """
      The client sends nothing, and this program asks for the new password twice. Or the client \
      sends it as the only argument; but then every account of the server can see it in the \
      process list. --prompt-only forbids that.

      Only the second field of the user's own line changes: it becomes what "doveadm pw" makes of \
      the password. The file is replaced as a whole under a lock. It keeps its owner, group and \
      mode, but not its ACLs and extended attributes. A symbolic link is followed. The account \
      that this runs as must be able to write the folder: it makes .NAME.new and .NAME.flock \
      there.

      When you change the file in another way, take the same lock as the same account: \
      runuser -u ACCOUNT -- flock FOLDER/.NAME.flock COMMAND. The lock file has to be there, with \
      this owner and mode 0600. If other accounts own a lock file or can open it, they could keep \
      it locked for ever. So this program waits 10 seconds for such a lock, and then replaces the \
      file.

      The scheme of the user's hash stays, with no fewer rounds, if it is no weaker than bcrypt \
      with 10 rounds: BLF-CRYPT (from 10 rounds), SHA512-CRYPT (from 250000), SHA256-CRYPT (from \
      150000), PBKDF2 (from 100000), ARGON2I, ARGON2ID. SCRAM-SHA-1 and SCRAM-SHA-256 stay too, \
      because clients may need them to log in; "doveadm pw" makes them with 4096 rounds. All \
      others become BLF-CRYPT with 10 rounds: plain text, MD5 and DIGEST-MD5, salted SHA, and \
      CRYPT with yescrypt, which "doveadm pw" cannot make. A password without a {SCHEME} counts as \
      CRYPT.

      Refused are accounts without a password, locked accounts ("!" or "*" as hash), and accounts \
      that are in the file twice.

      With --check-old or --check-new, Dovecot's auth has to accept the new password after the \
      change. If it does not, the old line is put back.

      Dovecot's log has what the administrator has to know: the path and the cause, and a line for \
      each wrong old password with the client's address, if the service passes that on. It never \
      has a password or a hash. The service must pass on USER and should pass on IP: script -e \
      USER,IP

      The answer comes at the next full second, since auth looks at the file once a second, and \
      might use the old one until then. If auth_cache_size is set and auth is not asked, auth \
      accepts the old password until the new one has been used, or auth_cache_ttl is over.
      """)

  @Option(
    help: ArgumentHelp(
      "The passwd-file, an absolute path as in the passdb's args.",
      discussion: """
        %u is the user's name, %n the part before the @, %d the part after it. %Lu, %Ln and %Ld \
        are the same with small letters for A to Z. %% is a percent sign. A user for whom one of \
        them is empty or starts with a dot is refused. In a service write them like this, in an \
        entry of the plugin with %% for each %.
        """,
      valueName: "path"))
  var file: UserTemplate

  @Option(
    help: ArgumentHelp(
      "How users are named in the file, like username_format in the passdb's args.",
      valueName: "format"))
  var usernameFormat = UserTemplate.wholeName

  @Flag(help: "Accept no password as an argument: always ask for it.")
  var promptOnly = false

  @Option(
    name: .customLong("check-old"),
    help: ArgumentHelp(
      "Ask for the old password first, and let Dovecot's auth check it.",
      discussion: """
        The value is the absolute path of a socket of "service auth" that the account of this \
        program may use, such as /run/dovecot/auth-changepassword. A wrong answer ends the \
        command. It is counted and delayed like a failed IMAP login from the client's address.
        """,
      valueName: "socket"))
  var authSocket: String?

  @Option(
    name: .customLong("check-new"),
    help: ArgumentHelp(
      "Let Dovecot's auth check the new password after the change.",
      discussion: """
        The value is a socket as for --check-old. If auth does not accept the password, the old \
        one is put back. (default: the socket of --check-old; without both nothing is checked)
        """,
      valueName: "socket"))
  var newAuthSocket: String?

  @Flag(
    help: ArgumentHelp(
      "Serve a caller only if its account has the user's name.",
      discussion: """
        For users who have system accounts of their own: then all these accounts have to be able \
        to open the service's socket. What counts is the account that imap had when it connected. \
        Its name must be the user's name as --username-format writes it. Needs --check-old.
        """))
  var systemUsers = false

  @Option(
    help: ArgumentHelp("How long a user has for each answer.", valueName: "seconds"))
  var promptTimeout = 60

  @Option(
    help: ArgumentHelp(
      "How many characters a new password must have.",
      discussion: """
        The commonest passwords are always refused, even with digits and punctuation around them. \
        So are rows of the alphabet or the keyboard, and the same few characters repeated.
        """))
  var minLength = 10

  @Option(
    help: ArgumentHelp(
      "How many octets a new password may have.",
      discussion: """
        Never more than the scheme uses: 72 for CRYPT and BLF-CRYPT, 8 for DES-CRYPT, 511 for \
        SHA256-CRYPT and SHA512-CRYPT, 1024 for others. (default: 128, or that limit)
        """))
  var maxLength: Int?

  @Option(
    help: ArgumentHelp(
      "How many kinds of characters a new password must have, 0 to 4.",
      discussion: "The kinds are capital letters, small letters, digits, and all others."))
  var minClasses = 0

  @Flag(help: "Allow passwords that contain the user's name.")
  var allowName = false

  @Option(
    help: ArgumentHelp(
      "The scheme of the hash, as for doveadm pw -s.",
      discussion: """
        For example BLF-CRYPT, SHA512-CRYPT or ARGON2ID, for all who change their password. \
        Plain text needs an encoding: PLAIN.b64. ARGON2ID needs memory: see vsz_limit of the \
        service and of auth. (default: the scheme of the old hash, if it is no weaker than bcrypt)
        """))
  var scheme: HashScheme?

  @Option(
    help: ArgumentHelp(
      "The cost of the hash, as for doveadm pw -r. Needs --scheme.",
      discussion: """
        BLF-CRYPT: 4 to 31, each step doubles the time. SHA512-CRYPT: 1000 and more. (default: \
        see above; for other schemes that of doveadm pw)
        """))
  var rounds: UInt32?

  @Option(help: ArgumentHelp("The program doveadm, an absolute path.", valueName: "path"))
  var doveadm = "/usr/bin/doveadm"

  func validate() throws {
    guard file.text.hasPrefix("/") else { throw ValidationError("--file is no absolute path.") }
    guard authSocket?.hasPrefix("/") != false else {
      throw ValidationError("--check-old is no absolute path.")
    }
    guard newAuthSocket?.hasPrefix("/") != false else {
      throw ValidationError("--check-new is no absolute path.")
    }
    guard !systemUsers || authSocket != nil else {
      throw ValidationError("--system-users needs --check-old.")
    }
    guard 1...3600 ~= promptTimeout else {
      throw ValidationError("--prompt-timeout is 1 to 3600 seconds.")
    }
    guard doveadm.hasPrefix("/") else { throw ValidationError("--doveadm is no absolute path.") }
    guard rounds == nil || scheme != nil else {
      throw ValidationError("--rounds needs --scheme: each scheme counts them in its own way.")
    }
    if let scheme {
      guard maxLength.map({ 1...scheme.maximumOctets ~= $0 }) != false else {
        throw ValidationError("--max-length of \(scheme.name) is 1 to \(scheme.maximumOctets).")
      }
      guard scheme.fitsPasswdFile else {
        throw ValidationError("A colon in a password would end its field: use \(scheme.name).b64.")
      }
    }
    guard maxLength.map({ 1...1024 ~= $0 }) != false else {
      throw ValidationError("--max-length is 1 to 1024.")
    }
    let maximum = rules(for: scheme ?? .strong).maximumOctets
    guard 0...maximum ~= minLength else {
      throw ValidationError("--min-length is 0 to --max-length (\(maximum)).")
    }
    guard 0...4 ~= minClasses else { throw ValidationError("--min-classes is 0 to 4.") }
  }

  private func rules(for scheme: HashScheme) -> PasswordRules {
    PasswordRules(
      minimumCharacters: minLength, maximumOctets: min(scheme.maximumOctets, maxLength ?? 128),
      minimumClasses: minClasses, allowsName: allowName)
  }

  func run(words: [String]) throws {
    Output.write(try change(MailUser.current(for: "a password"), words))
  }

  /// - Returns: What to tell the user.
  private func change(_ user: MailUser, _ words: [String]) throws(Refusal) -> String {
    if words.count > 1 {
      throw Refusal(.usage, "Too many words: one new password, or nothing, to be asked for it.")
    }
    if promptOnly && !words.isEmpty {
      throw Refusal(.usage, "No password in the command, please: without one it asks for it.")
    }
    let name = usernameFormat.lookupKey(for: user)
    if systemUsers { try checkCaller(name) }
    let file = try PasswdFileStore(path: self.file.path(for: user))
    // nobody is asked for passwords in vain
    let entry = try file.entry(
      of: name, orUnder: UserTemplate.usual.map { ($0.text, $0.lookupKey(for: user)) })
    let plan = scheme.map { HashPlan($0, rounds: rounds) } ?? HashPlan(replacing: entry)
    let rules = rules(for: plan.scheme)

    let tools = Doveadm(program: doveadm)
    var prompts = Prompts(
      ifUnanswered: "Nothing is changed.", patience: .seconds(promptTimeout))
    var old: [UInt8]?
    if let authSocket { old = try askForOld(of: user, authSocket, tools, &prompts) }
    let word = words.first.map { Array($0.utf8) }
    let new = if let word { word } else { try askForNew(rules, &prompts) }
    try rules.check(new, of: user, old: old)

    let hash = try tools.hash(new, plan, user: user)
    let before = try file.setPassword(of: name, to: hash)
    file.waitForAuth()
    if let socket = newAuthSocket ?? authSocket {
      do throws(Refusal) {
        guard try tools.auth(socket, accepts: new, of: user) else {
          throw Refusal.passwordIsStuck(
            "auth does not take the new password (\(plan)), see auth's own log")
        }
      } catch {
        try putBack(before, inPlaceOf: hash, of: name, file, because: error)
      }
    }
    return "Password changed for \(user.name)"
  }

  private func checkCaller(_ name: [UInt8]) throws(Refusal) {
    guard let account = Caller.account() else {
      throw .passwordIsStuck("--system-users: stdin is no local socket")
    }
    guard Caller.isAccount(account, named: String(decoding: name, as: UTF8.self)) else {
      throw .passwordIsStuck("--system-users: a process of account \(account) asked for this user")
    }
  }

  /// - Throws: Always: what the user has to know.
  private func putBack(
    _ before: [UInt8], inPlaceOf hash: [UInt8], of name: [UInt8], _ file: PasswdFileStore,
    because refusal: Refusal
  ) throws(Refusal) -> Never {
    let cause = refusal.log?.text ?? refusal.message
    do throws(Refusal) {
      // if it is not this program's any more, somebody else has changed it since, and knows better
      try file.setPassword(of: name, to: before, inPlaceOf: hash)
    } catch {
      throw Refusal(
        .unknownOutcome,
        "It is not known whether the new password works: try it, or tell your administrator.",
        code: .contactAdmin,
        log: .error("\(cause); the old one cannot be put back: \(error.log?.text ?? error.message)")
      )
    }
    file.waitForAuth()
    throw Refusal(
      .misconfigured,
      "The server does not take the new password, nothing is changed: tell your administrator.",
      log: .error("\(cause); the old one is put back"))
  }

  private func askForOld(
    of user: MailUser, _ socket: String, _ tools: Doveadm, _ prompts: inout Prompts
  ) throws(Refusal) -> [UInt8] {
    let old = try prompts.ask("Old password:", limit: Doveadm.longestPassword)
    guard try tools.auth(socket, accepts: old, of: user) else {
      throw Refusal(
        .notPermitted, "The old password is not right, nothing is changed.",
        log: .info(
          Doveadm.clientAddress.map { "wrong old password, rip=\($0)" }
            ?? "wrong old password, and no IP in the environment to count it for: a service takes "
            + "\"script -e USER,IP\""))
    }
    return old
  }

  private func askForNew(
    _ rules: PasswordRules, _ prompts: inout Prompts
  ) throws(Refusal) -> [UInt8] {
    let new = try prompts.ask("New password:", limit: rules.maximumOctets)
    let again = try prompts.ask("New password, once more:", limit: rules.maximumOctets)
    guard new == again else {
      throw Refusal(.badData, "The two passwords differ, nothing is changed.")
    }
    return new
  }
}

extension Refusal {
  /// The password of this account cannot be changed before the administrator has done something.
  static func passwordIsStuck(_ cause: String) -> Refusal {
    Refusal(
      .misconfigured, "The password of this account cannot be changed: tell your administrator.",
      log: .error(cause))
  }
}

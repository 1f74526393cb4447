import ArgumentParser
import Glibc

/// The module `changepassword`: gives the user another password in a passwd-file of Dovecot's.
struct ChangePassword: ModuleCommand {
  static let configuration = CommandConfiguration(
    commandName: "changepassword",
    abstract: "Changes the user's own password in a passwd-file.",
    discussion: """
      The client sends the new password as the only argument, or none: then this program asks for \
      it twice, so that it stands in no command line, which every account of the server can see. \
      Better is --prompt-only.

      Only the second field of the user's own line is replaced, with what "doveadm pw" makes of \
      the password. The file is replaced as a whole under a lock, and keeps its owner, group and \
      mode; ACLs and extended attributes it does not. A symbolic link is followed. The account \
      that this runs as must be able to write the folder, where it makes .NAME.new and \
      .NAME.flock; whoever changes the file otherwise can take the lock: \
      flock FOLDER/.NAME.flock COMMAND.

      An account without a password, one that is locked ("!" or "*" for a hash), and one that \
      stands in the file twice are refused.

      Behind Dovecot's "script" service all that the user has to know is written to stdout; \
      stderr, which is Dovecot's log there, has what the administrator has to know. Neither ever \
      has a password or a hash. The service must pass on USER and should pass on IP: \
      script -e USER,IP

      The answer comes with the next second of the clock: auth looks at the file once in a second, \
      and until then could go by the old one. With auth_cache_size set, auth lets the old password \
      in until the new one was used, or auth_cache_ttl is over. "doveadm auth cache flush USER" \
      ends that.
      """)

  @Option(
    help: ArgumentHelp(
      "The passwd-file, an absolute path as in the passdb's args.",
      discussion: """
        %u is the user's name, %n what is before the @ of it, %d what is behind, %% a percent \
        sign. A user for whom one of them is empty or starts with a dot is refused. In a service \
        they are written so, in an entry of the plugin with %% for each %.
        """,
      valueName: "path"))
  var file: UserTemplate

  @Option(
    help: ArgumentHelp(
      "How users are named in the file, as username_format in the passdb's args.",
      valueName: "format"))
  var usernameFormat = UserTemplate.wholeName

  @Flag(help: "Refuse a password as argument of the command: always ask for it.")
  var promptOnly = false

  @Option(
    name: .customLong("check-old"),
    help: ArgumentHelp(
      "Ask for the old password first, and let Dovecot's auth check it.",
      discussion: """
        The value is the absolute path of a socket of "service auth" that the account of this \
        program may use, such as /run/dovecot/auth-changepassword. A wrong answer ends the \
        command, and counts and is delayed like a failed IMAP login of the user from there.
        """,
      valueName: "socket"))
  var authSocket: String?

  @Option(help: "How many characters a password has at least.")
  var minLength = 8

  @Option(
    help: ArgumentHelp(
      "How many octets a password has at most.",
      discussion: """
        Never more than the scheme tells apart: 72 for CRYPT and BLF-CRYPT, 8 for DES-CRYPT, 511 \
        for SHA256-CRYPT and SHA512-CRYPT, 1024 for others. (default: 128, or that limit)
        """))
  var maxLength: Int?

  @Option(
    help: ArgumentHelp(
      "How many kinds of characters a password has at least, 0 to 4.",
      discussion: "The kinds are capital letters, small letters, digits, and all others."))
  var minClasses = 0

  @Flag(help: "Allow passwords that contain the user's name.")
  var allowName = false

  @Option(
    help: ArgumentHelp(
      "The scheme of the hash, as doveadm pw -s takes it.",
      discussion: """
        For example BLF-CRYPT, SHA512-CRYPT or ARGON2ID. The default is that of doveadm pw. \
        Plain text needs an encoding: PLAIN.b64. For ARGON2ID see vsz_limit of the service.
        """))
  var scheme = HashScheme.standard

  @Option(
    help: ArgumentHelp(
      "The cost of the hash, as doveadm pw -r takes it. (default: that of the scheme)",
      discussion: "BLF-CRYPT: 4 to 31, each step doubles the time. SHA512-CRYPT: 1000 and more."))
  var rounds: UInt32?

  @Option(help: ArgumentHelp("The program doveadm, an absolute path.", valueName: "path"))
  var doveadm = "/usr/bin/doveadm"

  func validate() throws {
    guard file.text.hasPrefix("/") else { throw ValidationError("--file is no absolute path.") }
    guard authSocket?.hasPrefix("/") != false else {
      throw ValidationError("--check-old is no absolute path.")
    }
    guard doveadm.hasPrefix("/") else { throw ValidationError("--doveadm is no absolute path.") }
    guard maxLength.map({ 1...scheme.maximumOctets ~= $0 }) != false else {
      throw ValidationError("--max-length of \(scheme.name) is 1 to \(scheme.maximumOctets).")
    }
    guard 0...rules.maximumOctets ~= minLength else {
      throw ValidationError("--min-length is 0 to --max-length (\(rules.maximumOctets)).")
    }
    guard 0...4 ~= minClasses else { throw ValidationError("--min-classes is 0 to 4.") }
    guard scheme.fitsPasswdFile else {
      throw ValidationError("A colon in a password would end its field: use \(scheme.name).b64.")
    }
  }

  private var rules: PasswordRules {
    PasswordRules(
      minimumCharacters: minLength, maximumOctets: maxLength ?? min(scheme.maximumOctets, 128),
      minimumClasses: minClasses, allowsName: allowName)
  }

  /// - Throws: `ExitCode`: the user has been told why already, on stdout.
  func run(words: [String]) throws {
    do {
      Output.write(try change(words))
    } catch let refusal as Refusal {
      Output.write(refusal.message)
      throw ExitCode(refusal.status.rawValue)
    } catch let fault as ServerFault {
      Output.write(fault.refusal.message)
      fault.note()
      throw ExitCode(fault.refusal.status.rawValue)
    }
  }

  /// - Returns: What to tell the user.
  private func change(_ words: [String]) throws -> String {
    if words.count > 1 {
      throw Refusal(.usage, "Too many words: one new password, or nothing, to be asked for it.")
    }
    if promptOnly && !words.isEmpty {
      throw Refusal(.usage, "No password in the command, please: without one it asks for it.")
    }
    let user = try MailUser.current(for: "a password")
    let file = try PasswdFileStore(path: self.file.path(for: user))
    let name = usernameFormat.lookupKey(for: user)
    // nobody is asked for passwords in vain
    try file.check(name)

    let tools = Doveadm(program: doveadm)
    var prompts = Prompts(ifUnanswered: "Nothing is changed.")
    let old = try authSocket.map { try askForOld(of: user, $0, tools, &prompts) }
    let new = try words.first.map { Array($0.utf8) } ?? askForNew(&prompts)
    try rules.check(new, of: user, old: old)

    try file.setPassword(of: name, to: tools.hash(new, scheme, rounds: rounds, user: user))
    file.waitForAuth()
    return "Password changed for \(user.name)"
  }

  private func askForOld(
    of user: MailUser, _ socket: String, _ tools: Doveadm, _ prompts: inout Prompts
  ) throws -> [UInt8] {
    let old = try prompts.ask("Old password:", limit: Doveadm.longestPassword)
    guard try tools.auth(socket, accepts: old, of: user) else {
      throw Refusal(.notPermitted, "The old password is not right, nothing is changed.")
    }
    return old
  }

  private func askForNew(_ prompts: inout Prompts) throws -> [UInt8] {
    let new = try prompts.ask("New password:", limit: rules.maximumOctets)
    let again = try prompts.ask("New password, once more:", limit: rules.maximumOctets)
    guard new == again else {
      throw Refusal(.badData, "The two passwords differ, nothing is changed.")
    }
    return new
  }
}

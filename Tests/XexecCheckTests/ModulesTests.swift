import Foundation
import Testing

@testable import xexec_check

/// What stands behind `xexec-modules` in the settings.
@Suite struct ModulesTests {
  let folder: CheckedFolder
  let program: String

  /// A program that describes itself as the real one does.
  init() throws {
    folder = try CheckedFolder()
    let options = [
      #"{"kind":"option","isOptional":true,"names":[{"kind":"long","name":"action"}],"#
        + #""allValues":["fileinto","discard"]}"#,
      #"{"kind":"option","isOptional":true,"names":[{"kind":"long","name":"folder"}]}"#,
      #"{"kind":"flag","isOptional":true,"names":[{"kind":"short","name":"h"}]}"#,
    ]
    func command(_ name: String, _ arguments: [String]) -> String {
      #"{"commandName":"\#(name)","arguments":[\#(arguments.joined(separator: ","))]}"#
    }
    func option(_ name: String, isOptional: Bool = true) -> String {
      #"{"kind":"option","isOptional":\#(isOptional),"names":[{"kind":"long","name":"\#(name)"}]}"#
    }
    let commands = [
      command("list", options), command("help", []),
      command(
        "smtp", [option("relay", isOptional: false), option("aliases"), option("credentials")]),
      command("changepassword", ["file", "check-old"].map { option($0) }),
      command("blacklist", options + [option("directory")]),
      command("forwardmail", [option("directory")]),
    ]
    let dump =
      #"{"command":{"commandName":"xexec-modules","subcommands":[\#(commands.joined(separator: ","))]}}"#
    program = try folder.add(
      "xexec-modules", "#!/bin/sh\n[ \"$*\" = --experimental-dump-help ] && echo '\(dump)'\n",
      mode: 0o755)
  }

  private func lines(_ words: String) -> [String] {
    folder.lines(["xexec": "a:\(program) \(words)", "xexec_stdin": "literal"])
  }

  // a program is asked for its options only if it is root's
  @Test("The -- is missing, the subcommand is unknown", .enabled(if: geteuid() == 0))
  func subcommand() {
    #expect(lines("list --action discard --folder=a -h --folder %u --") == [])
    #expect(
      lines("list") == [
        "error: xexec: the -- at the end is missing: without it xexec-modules takes no client's words"
      ])
    #expect(
      lines("lsit --") == ["error: xexec: xexec-modules has no subcommand \"lsit\": write list"])
    #expect(
      lines("--") == [
        "error: xexec: xexec-modules has no subcommand \"\": write blacklist, or changepassword, "
          + "or forwardmail, or list, or smtp"
      ])
  }

  @Test(
    "Options that are unknown, without a value, with a wrong one, or missing",
    .enabled(if: geteuid() == 0))
  func options() {
    #expect(
      lines("list --acton discard --") == [
        "error: xexec: list has no option --acton: --action was meant?"
      ])
    #expect(
      lines("list --nonsense=1 --") == [
        "error: xexec: list has no option --nonsense: see \"xexec-modules list --help\""
      ])
    for words in ["list --action --", "list --action --folder a --"] {
      #expect(
        lines(words) == ["error: xexec: the value of --action is missing: write it behind it"])
    }
    #expect(
      lines("list --action=drop --") == [
        "error: xexec: --action cannot be \"drop\": write fileinto, or discard"
      ])
    #expect(
      lines("list add --") == [
        "error: xexec: list takes no word \"add\" in front of the --: "
          + "see \"xexec-modules list --help\""
      ])
    #expect(
      lines("smtp --") == [
        "error: xexec: smtp needs the option --relay: see \"xexec-modules smtp --help\""
      ])
  }

  @Test("A program that others can change is not started to ask it")
  func untrusted() throws {
    try #require(chmod(program, 0o757) == 0)
    #expect(
      lines("nonsense --") == [
        "error: xexec: everybody may write @/xexec-modules and change the program: "
          + "\"chmod o-w @/xexec-modules\""
      ])
  }

  @Test("smtp without a literal, and its files")
  func smtp() throws {
    #expect(
      folder.lines(["xexec7": "a:\(program) smtp --relay r --"]) == [
        "warning: xexec7: smtp takes the message as a literal: add \"xexec7_stdin = literal\""
      ])
    try folder.add("secret", "a\nb\n")
    #expect(
      lines("smtp --relay r --aliases \(folder.path)/none --credentials \(folder.path)/secret --")
        == [
          "warning: xexec: every account may read the password in @/secret: \"chmod o-r @/secret\"",
          "error: xexec: there is no @/none: correct the path, or install the file",
        ])
  }

  @Test("A file that the mail user may not read", .enabled(if: geteuid() == 0))
  func unreadable() throws {
    folder.configuration.mailUser = "54321"
    try folder.add("secret", "a\nb\n", mode: 0o600)
    #expect(
      lines("smtp --relay r --credentials \(folder.path)/secret --") == [
        "error: xexec: account 54321 may not read @/secret: change its owner, or its mode"
      ])
  }

  // MARK: - changepassword

  private func passwordLines(
    _ words: String, environment: String = "USER,IP", group: String = "",
    auth: DovecotService.Listener? = nil, authUser: String = "root"
  ) -> [String] {
    var service = DovecotService(name: "p")
    service.executable = "script -e \(environment) \(program) changepassword \(words)"
    service.user = "nobody"
    service.group = group
    service.listeners = [.init(path: "p", permissions: 0o600, user: "daemon")]
    var authService = DovecotService(name: "auth")
    authService.listeners = auth.map { [$0] } ?? []
    authService.user = authUser
    folder.configuration.services += [service, authService]
    defer { folder.configuration.services.removeLast(2) }
    folder.configuration.mailUser = "daemon"
    return folder.lines(["xexec": "a:unix:p"])
  }

  private static let own = "service p { executable }"

  @Test("Without a service, without USER or IP, with the group of all programs")
  func service() throws {
    #expect(
      lines("changepassword --").last
        == "error: xexec: changepassword would run as the mail user, who must not write the "
        + "passwords: put it behind a service, see 93-xexec-changepassword.conf")
    #expect(
      passwordLines("--", environment: "HOME") == [
        "error: \(Self.own): the program is not told who the user is: write \"script -e USER ...\""
      ])
    let auth = DovecotService.Listener(path: "auth-p", permissions: 0o600, user: "nobody")
    #expect(
      passwordLines("--check-old \(folder.path)/run/auth-p --", environment: "USER", auth: auth)
        == [
          "warning: \(Self.own): auth cannot slow down one address that guesses: "
            + "add IP to the names behind -e"
        ])
    folder.configuration.internalGroup = "nogroup"
    #expect(
      passwordLines("--", group: "nogroup") == [
        "error: \(Self.own): the service has the group nogroup, as every program has that imap "
          + "starts: give it a group of its own"
      ])
  }

  @Test("The socket of auth")
  func authSocket() {
    let path = "\(folder.path)/run/auth-p"
    #expect(
      passwordLines("--check-old \(path) --") == [
        "error: \(Self.own): service auth has no socket @/run/auth-p: "
          + "add \"service auth { unix_listener auth-p { ... } }\""
      ])
    #expect(
      passwordLines(
        "--check-old \(path) --", auth: .init(path: "auth-p", permissions: 0o600, user: "daemon"))
        == [
          "error: \(Self.own): account nobody may not open @/run/auth-p: write \"user = nobody\" in "
            + "the unix_listener auth-p of service auth"
        ])
  }

  @Test("The file of passwords", .enabled(if: geteuid() == 0))
  func passwords() throws {
    let nobody = try #require(Account(user: "nobody"))
    let file = try folder.add("passwords/users", "", mode: 0o640)
    try #require(chown(file, nobody.userID, 54321) == 0)
    try #require(chown("\(folder.path)/passwords", nobody.userID, 0) == 0)
    let domains = "\(folder.path)/elsewhere/%d/users"
    folder.configuration.passwordFiles = [file, domains]
    #expect(passwordLines("--file \(file) --") == [])
    #expect(
      passwordLines("--file \(file) --", authUser: "daemon") == [
        "error: \(Self.own): account daemon, which auth runs as, may not read @/passwords/users, and "
          + "nobody can log in: add \"extra_groups = 54321\" to service auth"
      ])
    folder.configuration.mailGroup = "54321"
    #expect(
      passwordLines("--file \(file) --") == [
        "error: \(Self.own): mail users may read the passwords in @/passwords/users: give it to the "
          + "account of the service, with the mode 0640"
      ])
    try #require(chown("\(folder.path)/passwords", 0, 0) == 0)
    try #require(chmod(file, 0o644) == 0)
    #expect(
      passwordLines("--file \(file) --") == [
        "error: \(Self.own): every account may read the passwords in @/passwords/users: "
          + "\"chmod o-r @/passwords/users\"",
        "error: \(Self.own): account nobody may not write @/passwords, where the new file is made: "
          + "\"chown nobody @/passwords\"",
      ])
    #expect(
      passwordLines("--file \(domains) --") == [
        "error: \(Self.own): there is no @/elsewhere: correct the path, or install the file"
      ])
  }

  @Test("A file that no passdb reads", .enabled(if: geteuid() == 0))
  func otherFile() throws {
    let file = try folder.add("users", "", mode: 0o600)
    try #require(chown(file, try #require(Account(user: "nobody")).userID, 0) == 0)
    try #require(chmod(folder.path, 0o777) == 0)
    let text = "error: \(Self.own): no passdb reads @/users, and a new password would not count: "
    #expect(
      passwordLines("--file \(file) --").contains(text + "add a passdb passwd-file with it"))
    folder.configuration.passwordFiles = ["/etc/x", "/etc/y"]
    #expect(
      passwordLines("--file \(file) --").contains(
        text + "write /etc/x and /etc/y, or correct that"))
  }

  // MARK: - Sieve

  private func delivery(_ plugins: [String], _ settings: [(String, String)])
    -> DovecotConfiguration
    .Delivery
  {
    .init(
      plugins: plugins, pluginSettings: settings.map { ($0.0, $0.1) }, submissionHost: "",
      sendmail: "/bin/sh")
  }

  @Test("Delivery without Pigeonhole, or without the scripts")
  func sieve() {
    let before = [("sieve_before2", "file:~/.xexec/sieve")]
    folder.configuration.deliveries = [
      "lmtp": delivery([], []), "lda": delivery(["sieve"], before),
    ]
    #expect(lines("blacklist --") == [])
    folder.configuration.protocols = ["imap", "lmtp"]
    #expect(
      lines("blacklist --") == [
        "error: xexec: lmtp does not run the scripts: "
          + "add \"mail_plugins = $mail_plugins sieve\" to protocol lmtp"
      ])
    folder.configuration.deliveries = ["lmtp": delivery(["sieve"], [("sieve_before", "~/x")])]
    #expect(
      lines("blacklist --") == [
        "error: xexec: lmtp does not run the scripts: "
          + "add \"sieve_before = file:~/.xexec/sieve\" to plugin { }"
      ])
    #expect(
      lines("blacklist --directory /var/x --") == [
        "error: xexec: lmtp does not run the scripts: "
          + "add \"sieve_before = file:/var/x/sieve\" to plugin { }"
      ])
    folder.configuration.protocols = ["imap"]
    folder.configuration.deliveries = ["lda": delivery([], before)]
    #expect(
      lines("blacklist --") == [
        "error: xexec: lda does not run the scripts: "
          + "add \"mail_plugins = $mail_plugins sieve\" to protocol lda"
      ])
  }

  @Test("Nothing that forwards mail")
  func sendmail() {
    var lda = delivery(["sieve"], [("sieve_before", "~/.xexec/sieve/;name=x")])
    lda.sendmail = "/nowhere/sendmail -t"
    folder.configuration.deliveries = ["lda": lda]
    #expect(
      lines("forwardmail --") == [
        "error: xexec: mail cannot be forwarded: there is no program /nowhere/sendmail "
          + "(sendmail_path), and no submission_host: set one of them"
      ])
    lda.submissionHost = "localhost:25"
    folder.configuration.deliveries = ["lda": lda]
    #expect(lines("forwardmail --") == [])
  }
}

/// A module whose program is behind a service: `unix:SOCKET`.
struct ServiceCheck {
  let configuration: DovecotConfiguration
  let place: (String) -> Place?
  /// The account that mail users have in imap; nil if that is not known.
  let mailAccount: Account?
  let module: ModuleEntry
  let subject: Subject

  /// What a service starts for a module.
  struct Program {
    let service: DovecotService
    let subject: Subject
    let words: [String]
    /// What the plugin's entry puts behind them.
    let wordsOfEntry: [String]
  }

  /// What stands behind the address. The plugin makes one percent sign of two, and a service does not.
  private var wordsOfEntry: [String] {
    module.words.dropFirst().map { $0.replacing("%%", with: "%") }
  }

  /// - Returns: The program that the service runs, or nil if none is known.
  func run(_ findings: inout FindingList) -> Program? {
    let name = String(module.program.dropFirst("unix:".count))
    if name.contains("%") { return nil }
    let path = configuration.absolute(name)
    for service in configuration.services {
      for listener in service.listeners where configuration.absolute(listener.path) == path {
        return check(service, listener, &findings)
      }
    }
    tellMissing(name, path, &findings)
    return nil
  }

  private func tellMissing(_ name: String, _ path: String, _ findings: inout FindingList) {
    // somebody else's server, perhaps
    if !path.hasPrefix("\(configuration.baseFolder)/"), FileStatus(path)?.isSocket == true {
      return
    }
    let others = configuration.services.flatMap(\.listeners).map(\.path)
    let near = nearestName(to: name, among: others).map { ": unix:\($0) was meant?" }
    findings.error(
      subject,
      "no service has the socket \(name)"
        + (near
          ?? ": add \"service NAME { unix_listener \(name) { ... } }\", see docs/CONFIGURATION.md"))
  }

  private func check(
    _ service: DovecotService, _ listener: DovecotService.Listener, _ findings: inout FindingList
  ) -> Program? {
    checkAccounts(service, &findings)
    checkListener(listener, of: service, &findings)
    let own = self.subject(service, "executable")
    let command: ScriptCommand
    do throws(ScriptCommand.Fault) {
      command = try ScriptCommand(service.executable)
    } catch {
      findings.error(own, text(error))
      return nil
    }
    if command.words.contains("") {
      findings.warning(own, "two blanks in a row are an empty word: leave one out")
    }
    checkEnvironment(command, own, &findings)
    if service.processLimit == 1 {
      findings.warning(
        subject(service, "process_limit"),
        "is 1: all users wait for the one who is being served. Give it a higher number")
    }
    var words = command.words
    if !words[0].hasPrefix("/") { words[0] = "\(configuration.programsFolder)/\(words[0])" }
    return Program(service: service, subject: own, words: words, wordsOfEntry: wordsOfEntry)
  }

  private func text(_ fault: ScriptCommand.Fault) -> String {
    switch fault {
    case .notScript(let program):
      "is \(program), which does not know what the plugin sends: "
        + "write \"executable = script -e USER PROGRAM\""
    case .passthrough:
      "has the option -p, with which the program gets no words and no user: leave it out"
    case .noProgram:
      "names no program: write \"executable = script -e USER PROGRAM\", with single blanks"
    }
  }

  private func checkEnvironment(
    _ command: ScriptCommand, _ own: Subject, _ findings: inout FindingList
  ) {
    let isOurs = lastName(command.words[0]) == "xexec-modules"
    if !command.environment.contains("USER") {
      findings.add(
        Finding(
          level: isOurs ? .error : .warning, subject: own.key, place: own.place,
          text: "the program is not told who the user is: write \"script -e USER ...\""))
    }
    let words = ModuleWords(command.words.dropFirst() + wordsOfEntry)
    if isOurs && words.value(of: "--check-old") != nil && !command.environment.contains("IP") {
      findings.warning(
        own, "auth cannot slow down one address that guesses: add IP to the names behind -e")
    }
    if module.takesLiteral && !command.environment.contains("XEXEC_LITERAL_SIZE") {
      findings.warning(
        own,
        "the program cannot tell a cut literal from a whole one: "
          + "add XEXEC_LITERAL_SIZE to the names behind -e")
    }
  }

  private func checkAccounts(_ service: DovecotService, _ findings: inout FindingList) {
    if service.user.isEmpty || service.user == "root" || service.user == "0" {
      findings.warning(
        subject(service, "user"), "the program runs as root: give it an account of its own")
    } else if !Account.userExists(service.user) {
      findings.error(
        subject(service, "user"),
        "there is no account \(service.user), and Dovecot does not start: "
          + "\"adduser --system --group --no-create-home \(service.user)\"")
    }
    let groups = [("group", service.group)] + service.extraGroups.map { ("extra_groups", $0) }
    for (key, group) in groups where !group.isEmpty && !Account.groupExists(group) {
      findings.error(
        subject(service, key),
        "there is no group \(group), and Dovecot does not start: \"addgroup --system \(group)\"")
    }
  }

  private func checkListener(
    _ listener: DovecotService.Listener, of service: DovecotService,
    _ findings: inout FindingList
  ) {
    let own = subject(service, "unix_listener/\(listener.path)")
    if !listener.user.isEmpty && !Account.userExists(listener.user) {
      findings.error(
        own,
        "there is no account \(listener.user), and Dovecot does not start: "
          + "write the account that imap runs as")
      return
    }
    if listener.permissions == 0 {
      findings.error(own, "is switched off by its mode 0: write \"mode = 0600\"")
      return
    }
    if listener.permissions & 0o002 != 0 && !service.executable.contains("--system-users") {
      findings.warning(
        own,
        "every account of this server may open it, and be any user there: "
          + "write \"mode = 0600\" and the account that imap runs as")
    }
    if mailAccount == nil, listener.isForRootAlone {
      findings.error(
        own,
        "root alone may open it, and no mail user is root: "
          + "write \"user = \" with the account that imap runs as")
    }
    if let mailAccount, !listener.mayBeOpened(by: mailAccount) {
      findings.error(
        own,
        "account \(mailAccount.name), which imap runs as, may not open it: "
          + "write \"user = \(mailAccount.name)\" and \"mode = 0600\"")
    }
  }

  private func subject(_ service: DovecotService, _ key: String) -> Subject {
    let shown = key.hasPrefix("unix_listener/") ? "unix_listener" : key
    // what is not written has the place of the service itself
    let places = [key, "\(key)/mode", "\(key)/user", "executable"]
    return Subject(
      key: "service \(service.name) { \(shown) }",
      place: places.lazy.compactMap { place("service/\(service.name)/\($0)") }.first)
  }
}

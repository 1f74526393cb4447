/// All checks, over one configuration of Dovecot.
struct Inspection {
  let configuration: DovecotConfiguration
  let files: ConfigurationFiles
  /// The ABI version of Dovecot; nil if it is not known.
  var dovecotABI: String?
  /// systemd's unit, if this is the Dovecot that it starts.
  var unit: SystemdUnit?

  private(set) var findings = FindingList()
  /// The modules that users have by the configuration.
  private(set) var modules: [ModuleEntry] = []
  /// Programs that were looked at, with who runs them: once is enough.
  private var programs: [ProgramUse: Bool] = [:]
  private var catalogs: [String: OptionCatalog] = [:]

  private struct ProgramUse: Hashable {
    let path: String
    let account: Account?
  }

  init(
    _ configuration: DovecotConfiguration, files: ConfigurationFiles, dovecotABI: String? = nil,
    unit: SystemdUnit? = nil
  ) {
    self.configuration = configuration
    self.files = files
    self.dovecotABI = dovecotABI
    self.unit = unit
  }

  /// Checks what holds for all users.
  mutating func checkConfiguration() {
    let place = files.place(of:)
    WrittenSettingsCheck(files: files).run(&findings)
    let entries = EntryCheck(settings: configuration.pluginSettings) { place("plugin/\($0)") }
    modules = entries.run(&findings)
    PluginCheck(configuration: configuration, place: place, dovecotABI: dovecotABI)
      .run(modules: modules, &findings)
    for module in modules {
      let subject = Subject(key: module.key, place: place("plugin/\(module.key)"))
      check(module, subject, mailAccount: configuration.mailAccount)
    }
  }

  mutating func checkUsers(_ names: [String], by doveadm: Doveadm) {
    for name in names {
      do throws(Doveadm.Failure) {
        check(try doveadm.user(name))
      } catch {
        findings.error("user \(name)", nil, error.reason)
      }
    }
  }

  /// Checks what one user gets.
  mutating func check(_ user: UserRecord) {
    let own = UserCheck(user: user, configuration: configuration)
    own.run(&findings)
    let settings = user.pluginSettings(over: configuration.pluginSettings)
    let place = files.place(of:)
    func placeOf(_ key: String) -> Place? {
      user.fields.contains { $0.key == key } ? .userdb(user: user.name) : place("plugin/\(key)")
    }
    for module in EntryCheck(settings: settings, place: placeOf).run(&findings) {
      check(module, Subject(key: module.key, place: placeOf(module.key)), mailAccount: own.account)
    }
  }

  private mutating func checkAddressSpace(of service: DovecotService?) {
    guard let service, service.addressSpace < 64 << 20 else { return }
    findings.warning(
      "vsz_limit",
      files.place(of: "service/\(service.name)/vsz_limit") ?? files.place(of: "default_vsz_limit"),
      "programs get \(service.addressSpace >> 20) MB of address space, as service \(service.name) "
        + "does, and xexec-modules needs 64 MB: raise it")
  }

  private mutating func check(_ module: ModuleEntry, _ subject: Subject, mailAccount: Account?) {
    if module.program.hasPrefix("/") {
      checkProgram(
        module.words, module, subject, account: mailAccount, service: nil, mailAccount: mailAccount)
    } else if module.program.hasPrefix("unix:") {
      let service = ServiceCheck(
        configuration: configuration, place: files.place(of:), mailAccount: mailAccount,
        module: module,
        subject: subject)
      if let program = service.run(&findings) {
        checkProgram(
          program.words + module.words.dropFirst(), module, program.subject,
          account: program.service.account, service: program.service, mailAccount: mailAccount)
      }
    }
  }

  private mutating func checkProgram(
    _ words: [String], _ module: ModuleEntry, _ subject: Subject, account: Account?,
    service: DovecotService?, mailAccount: Account?
  ) {
    checkAddressSpace(of: service ?? configuration.service("imap"))
    let use = ProgramUse(path: words[0], account: account)
    let isSound =
      programs[use]
      ?? ProgramCheck(
        subject: subject, account: account, mailAccount: mailAccount,
        isRunByScript: service != nil
      ).run(words[0], &findings)
    programs[use] = isSound
    if let unit { SandboxCheck(unit: unit).run(subject, words: words, &findings) }
    if lastName(words[0]) == "xexec-modules" {
      if ModuleWords(words.dropFirst()).subcommand == "smtp" && !module.takesLiteral {
        findings.warning(
          subject, "smtp takes the message as a literal: add \"\(module.key)_stdin = literal\"")
      }
      checkModule(
        ModuleWords(words.dropFirst()), subject, program: isSound ? words[0] : nil,
        ModuleFilesCheck(
          subject: subject, configuration: configuration, account: account, service: service,
          mailAccount: mailAccount))
    }
  }

  /// - Parameter program: The program, if it can be trusted to be started here.
  private mutating func checkModule(
    _ words: ModuleWords, _ subject: Subject, program: String?, _ filesCheck: ModuleFilesCheck
  ) {
    if !words.isClosed {
      findings.error(
        subject, "the -- at the end is missing: without it xexec-modules takes no client's words")
    }
    if let program, let catalog = catalogs[program] ?? OptionCatalog(askedOf: program) {
      catalogs[program] = catalog
      OptionCheck(subject: subject, catalog: catalog).run(words, &findings)
    }
    filesCheck.run(words, &findings)
    if ["blacklist", "whitelist", "forwardmail"].contains(words.subcommand) {
      SieveCheck(configuration: configuration, subject: subject).run(words, &findings)
    }
    if let unit { SandboxCheck(unit: unit).run(subject, module: words, &findings) }
  }
}

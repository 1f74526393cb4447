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
  /// Programs that were looked at, with who runs them, and whether they are sound: once is enough.
  private var programs: [ProgramKey: Bool] = [:]
  /// What `xexec-modules` says of its options; nil of one that does not.
  private var catalogs: [String: OptionCatalog?] = [:]

  private struct ProgramKey: Hashable {
    let path: String
    let account: Account?
  }

  /// A program, and who starts it for which module.
  private struct ProgramUse {
    let module: ModuleEntry
    let words: [String]
    let subject: Subject
    /// Who runs it; nil if that is not known.
    let account: Account?
    /// The account of mail users; nil if that is not known.
    let mailAccount: Account?
    /// nil if imap starts it.
    let service: DovecotService?
    /// nil if it is for all users.
    let user: UserRecord?
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
    WrittenSettingsCheck(files: files).run(&findings)
    modules = EntryCheck(settings: configuration.modules, place: files.place(ofModule:))
      .run(&findings)
    PluginCheck(configuration: configuration, files: files, dovecotABI: dovecotABI)
      .run(modules: modules, &findings)
    for module in modules {
      let subject = Subject(key: module.key, place: files.place(ofModule: module.key))
      check(module, subject, mailAccount: configuration.mailAccount)
    }
    PasswordFilesCheck(configuration: configuration, files: files).run(&findings)
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
    let settings = configuration.modules.with(user.fields)
    let common = files.place(ofModule:)
    func placeOf(_ key: String) -> Place? {
      let fields = [key, key.replacing(" ", with: "/") + "/program"]
      return user.fields.contains { fields.contains($0.key) }
        ? .userdb(user: user.name) : common(key)
    }
    for module in EntryCheck(settings: settings, place: placeOf).run(&findings) {
      check(
        module, Subject(key: module.key, place: placeOf(module.key)), mailAccount: own.account,
        user: user)
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

  private mutating func check(
    _ module: ModuleEntry, _ subject: Subject, mailAccount: Account?, user: UserRecord? = nil
  ) {
    if module.program.hasPrefix("/") {
      check(
        ProgramUse(
          module: module, words: module.words, subject: subject, account: mailAccount,
          mailAccount: mailAccount, service: nil, user: user))
    } else if module.program.hasPrefix("unix:") {
      let check = ServiceCheck(
        configuration: configuration, place: files.place(of:), mailAccount: mailAccount,
        module: module, subject: subject)
      guard let program = check.run(&findings) else { return }
      self.check(
        ProgramUse(
          module: module, words: program.words + program.wordsOfEntry,
          subject: program.subject, account: program.service.account, mailAccount: mailAccount,
          service: program.service, user: user))
    }
  }

  private mutating func check(_ use: ProgramUse) {
    checkAddressSpace(of: use.service ?? configuration.service("imap"))
    let path = use.words[0]
    let key = ProgramKey(path: path, account: use.account)
    let isSound =
      programs[key]
      ?? ProgramCheck(
        subject: use.subject, account: use.account,
        mailAccounts: configuration.knownMailAccounts + (use.mailAccount.map { [$0] } ?? []),
        isRunByScript: use.service != nil
      ).run(path, &findings)
    programs[key] = isSound
    if let unit { SandboxCheck(unit: unit).run(use.subject, words: use.words, &findings) }
    // as root nothing is started that somebody else could have changed
    if lastName(path) == "xexec-modules" { checkModule(use, mayAsk: isSound) }
  }

  private mutating func checkModule(_ use: ProgramUse, mayAsk: Bool) {
    let (subject, program) = (use.subject, use.words[0])
    let words = ModuleWords(use.words.dropFirst())
    if !words.isClosed {
      findings.error(
        subject, "the -- at the end is missing: without it a client could give options of its own")
    }
    let catalog = mayAsk ? self.catalog(of: program, subject) : nil
    if let catalog { OptionCheck(subject: subject, catalog: catalog).run(words, &findings) }
    if words.subcommand == "smtp" {
      SMTPCheck(
        subject: subject, module: use.module, configuration: configuration, files: files,
        catalog: catalog, user: use.user
      ).run(words, &findings)
    }
    ModuleFilesCheck(
      subject: subject, configuration: configuration, account: use.account, service: use.service,
      mailAccount: use.mailAccount
    ).run(words, &findings)
    if ["blacklist", "whitelist", "forwardmail"].contains(words.subcommand) {
      MailFolderCheck(
        subject: subject, configuration: configuration, files: files, user: use.user
      ).run(words, &findings)
      SieveCheck(
        configuration: configuration, files: files, subject: subject, user: use.user
      ).run(words, &findings)
    }
    if let unit { SandboxCheck(unit: unit).run(subject, module: words, &findings) }
  }

  /// What a program says of its options; nil if it does not, which is told.
  private mutating func catalog(of program: String, _ subject: Subject) -> OptionCatalog? {
    if let known = catalogs[program] { return known }
    do throws(OptionCatalog.LoadFailure) {
      let catalog = try OptionCatalog(askedOf: program)
      catalogs[program] = .some(catalog)
      if catalog == nil {
        findings.warning(
          subject,
          "\(program) does not tell its options, and they are not checked: run \"make install\" "
            + "again")
      }
      return catalog
    } catch {
      findings.error(subject, "cannot be started: \(error.reason): install what is missing")
      return nil
    }
  }
}

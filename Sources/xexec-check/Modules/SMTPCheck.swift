import Glibc

/// What `smtp` needs besides its options.
struct SMTPCheck {
  let subject: Subject
  let module: ModuleEntry
  let configuration: DovecotConfiguration
  let files: ConfigurationFiles
  /// nil if it is not known.
  let catalog: OptionCatalog?
  /// nil for what holds for all users.
  let user: UserRecord?

  func run(_ words: ModuleWords, _ findings: inout FindingList) {
    let advice = configuration.modules.advice
    if !module.takesLiteral {
      findings.warning(
        subject,
        "smtp takes the message as a literal: add \(advice.option("stdin", "literal", of: module))")
    }
    checkTime(words, &findings)
    let isWithoutDomain = user.map { !$0.name.contains("@") } ?? configuration.hasSystemUsersOnly
    if isWithoutDomain, let domain = value(of: "--domain", words) { checkDomain(domain, &findings) }
  }

  private func value(of option: String, _ words: ModuleWords) -> String? {
    words.value(of: option)
      ?? catalog?.subcommands["smtp"]?.first { $0.name == option }?.standard
  }

  /// A command that is over before the relay has answered says that it failed, and the message may
  /// be sent all the same.
  private func checkTime(_ words: ModuleWords, _ findings: inout FindingList) {
    let seconds = ["--timeout", "--final-timeout"]
      .compactMap { value(of: $0, words).flatMap { UInt32($0) } }
    guard module.timeLimit > 0, let longest = seconds.max(), longest >= module.timeLimit / 1000
    else { return }
    let minutes = longest / 60 + 5
    let block = module.key.replacing(" ", with: "/")
    let places = ["plugin/\(block)_timeout", "\(block)/timeout", "\(block)/xexec_timeout"]
    findings.warning(
      subject.key, places.lazy.compactMap { files.place(of: $0) }.first ?? subject.place,
      "it may take \(module.timeLimit / 1000) s, and the relay \(longest) s to confirm a message: a "
        + "message that was sent could be told as failed. Add "
        + configuration.modules.advice.option("timeout", "\(minutes)m", of: module))
  }

  /// - Parameter domain: Where the domain is from: itself, or a file.
  private func checkDomain(_ domain: String, _ findings: inout FindingList) {
    guard domain.hasPrefix("/"), FileStatus(domain) == nil, errno == ENOENT else { return }
    if domain == catalog?.subcommands["smtp"]?.first(where: { $0.name == "--domain" })?.standard,
      Self.hostName().contains(".")
    {
      return
    }
    findings.error(
      subject,
      "users whose names have no domain cannot send: there is no \(domain)"
        + (domain == "/etc/mailname" ? ", and the host name has no domain" : "")
        + ": write the domain into it, or add \"--domain DOMAIN\"")
  }

  private static func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

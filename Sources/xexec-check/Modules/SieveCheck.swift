/// What `blacklist`, `whitelist` and `forwardmail` need of delivery: they write Sieve scripts.
struct SieveCheck {
  let configuration: DovecotConfiguration
  let files: ConfigurationFiles
  let subject: Subject
  /// nil for what holds for all users.
  let user: UserRecord?

  func run(_ words: ModuleWords, _ findings: inout FindingList) {
    let directory = words.value(of: "--directory") ?? ".xexec"
    let running = configuration.deliveries.filter { $0.value.plugins.contains("sieve") }
    if configuration.deliveries["lmtp"]?.plugins.contains("sieve") == false,
      configuration.protocols.contains("lmtp")
    {
      tellMissing("lmtp", &findings)
    } else if running.isEmpty && !configuration.deliveries.isEmpty {
      tellMissing("lda", &findings)
    }
    var without: [String] = []
    for (name, delivery) in running.sorted(by: { $0.key < $1.key }) {
      if !delivery.scriptsBefore.contains(where: { isScriptFolder($0, of: directory) }),
        !tellReplaced(in: name, directory, &findings)
      {
        without.append(name)
      }
      if words.subcommand == "forwardmail" && delivery.submissionHost.isEmpty {
        checkSendmail(delivery.sendmail, &findings)
      }
    }
    if !without.isEmpty {
      let folder = "\(directory.hasPrefix("/") ? "" : "~/")\(directory)/sieve"
      findings.error(
        subject,
        "\(without.joined(separator: " and ")) \(without.count == 1 ? "does" : "do") not run the "
          + "scripts: add \(advice.scripts(in: folder))")
    }
    checkDomain(&findings)
  }

  /// Whether the folder is named, but something else has taken its place, which is told then: once
  /// for all modules.
  private func tellReplaced(
    in delivery: String, _ directory: String, _ findings: inout FindingList
  ) -> Bool {
    let own = files.settings.filter { ["", "protocol \(delivery)"].contains($0.scope) }
    for earlier in own where isScriptFolder(earlier.value, of: directory) {
      let parts = earlier.path.split(separator: "/").map(String.init)
      let isBlock = parts.count == 3 && parts[0] == "sieve_script" && parts[2] == "path"
      guard isBlock || parts.count == 2 && parts[1].hasPrefix("sieve_before") else { continue }
      let block = isBlock ? "\(parts[0])/\(parts[1])" : earlier.path
      let keys = isBlock ? ["\(block)/path", "\(block)/type", "\(block)/driver"] : [block]
      for path in keys {
        let all = own.filter { $0.path == path }
        // what is for one protocol goes before what is for all
        guard let last = all.last(where: { !$0.scope.isEmpty }) ?? all.last,
          last.place != earlier.place, last.key != "path" || last.value != earlier.value,
          last.key != "type" || last.value != "before", last.key != "driver" || last.value != "file"
        else { continue }
        findings.error(
          isBlock ? "sieve_script \(parts[1]) { \(last.key) }" : last.key, last.place,
          "replaces the one at \(earlier.place), by which the scripts were run: "
            + (isBlock
              ? "give this block another name" : "give this one another number, as \(last.key)2"))
        return true
      }
    }
    return false
  }

  /// A user with a domain is not found without it.
  private func checkDomain(_ findings: inout FindingList) {
    guard let user, user.name.contains("@"), configuration.protocols.contains("lmtp"),
      configuration.deliveries["lmtp"]?.dropsDomain == true
    else { return }
    findings.warning(
      "auth_username_format", files.place(of: "auth_username_format", in: "protocol lmtp"),
      "lmtp looks for users without their domain, and does not know \(user.name): "
        + "take it out of protocol lmtp")
  }

  private var advice: Advice { configuration.modules.advice }

  /// Whether a setting names the folder of the scripts.
  private func isScriptFolder(_ setting: String, of directory: String) -> Bool {
    var path = setting.prefix { $0 != ";" }
    if path.hasPrefix("file:") { path = path.dropFirst(5) }
    for home in ["~/", "%h/", "%{home}/"] where path.hasPrefix(home) && !directory.hasPrefix("/") {
      path = path.dropFirst(home.count)
    }
    while path.last == "/" { path.removeLast() }
    return path == directory || path == "\(directory)/sieve"
  }

  private func tellMissing(_ name: String, _ findings: inout FindingList) {
    findings.error(
      subject,
      "\(name) does not run the scripts: "
        + "add \(advice.loading("sieve")) to protocol \(name)")
  }

  private func checkSendmail(_ command: String, _ findings: inout FindingList) {
    let program = command.prefix { $0 != " " }
    if FileStatus(String(program)).map({ $0.permissions & 0o111 != 0 }) != true {
      findings.error(
        subject,
        "mail cannot be forwarded: there is no program \(program) (sendmail_path), and no "
          + "submission_host: set one of them")
    }
  }
}

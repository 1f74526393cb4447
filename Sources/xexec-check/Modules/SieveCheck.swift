/// What `blacklist`, `whitelist` and `forwardmail` need of delivery: they write Sieve scripts.
struct SieveCheck {
  let configuration: DovecotConfiguration
  let subject: Subject

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
    for (name, delivery) in running.sorted(by: { $0.key < $1.key }) {
      if !delivery.scriptsBefore.contains(where: { isScriptFolder($0, of: directory) }) {
        let folder = "\(directory.hasPrefix("/") ? "" : "~/")\(directory)/sieve"
        findings.error(
          subject, "\(name) does not run the scripts: add \(advice.scripts(in: folder))")
      }
      if words.subcommand == "forwardmail" && delivery.submissionHost.isEmpty {
        checkSendmail(delivery.sendmail, &findings)
      }
    }
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

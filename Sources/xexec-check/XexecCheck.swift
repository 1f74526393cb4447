import ArgumentParser
import CXexec
import Glibc

/// Looks through Dovecot's configuration for what the plugin, or the programs of its modules, would
/// fail at.
@main
struct XexecCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "xexec-check",
    abstract: "Checks the configuration of Dovecot's XEXEC plugin before a reload.",
    usage: """
      xexec-check [-c FILE] [--strict] [USER ...]
      xexec-check --convert [--strict] [FILE ...]
      """,
    discussion: """
      It reads what doveconf prints, and looks at the programs, files, services and accounts that \
      are named there. Run it as root: other accounts cannot look at everything. Nothing is changed.

      Each line of its output is one finding: an "error" will make a command, or a login, fail; a \
      "warning" is something that was hardly meant so. Behind that stand the setting, the file and \
      line if they are known, what is wrong, and what to do.

      With names of users it also asks Dovecot, which has to run, for their homes, accounts and own \
      settings, and checks what these users get.

      With --convert it reads files with settings for Dovecot 2.3, or standard input, and prints them \
      in the form of Dovecot 2.4: the plugin's settings, and those that belong to its modules. What \
      it cannot convert it prints as a comment, and tells on stderr. No Dovecot is needed for that.

      Exit status: 0 no error, 1 errors (with --strict: or warnings), 64 wrong words, 66 a \
      file cannot be read, 69 doveconf cannot be started, 78 Dovecot refuses its configuration.
      """,
    version: XEXEC_VERSION)

  @Option(
    name: [.customShort("c"), .customLong("config")],
    help: ArgumentHelp(
      "The configuration to check instead of the system's: a dovecot.conf.", valueName: "file"))
  var file: String?

  @Flag(help: "Warnings too make the exit status 1.")
  var strict = false

  @Option(help: ArgumentHelp("The program doveconf.", valueName: "program"))
  var doveconf = "doveconf"

  @Option(
    help: ArgumentHelp("The program doveadm, which is asked for users.", valueName: "program"))
  var doveadm = "doveadm"

  @Flag(help: "Print settings for Dovecot 2.3 in the form of 2.4.")
  var convert = false

  @Argument(
    help: ArgumentHelp(
      "Users whose own settings are to be checked, or files to convert.", valueName: "user"))
  var names: [String] = []

  func run() throws {
    // what could not be written must not look like a sound configuration
    signal(SIGPIPE, SIG_DFL)
    if convert { return try Conversion(files: names, isStrict: strict).run() }
    let configuration: DovecotConfiguration
    do throws(Doveconf.Failure) {
      configuration = try Doveconf(program: doveconf, file: file).read()
    } catch {
      switch error {
      case .unusable(let reason):
        tellOnStderr("xexec-check: \(reason)\n")
        throw ExitCode(EX_UNAVAILABLE)
      case .refused(let reason):
        let finding = Finding(
          level: .error, subject: nil, place: nil,
          text: "Dovecot refuses its configuration: \(reason)")
        print(finding.line)
        throw ExitCode(EX_CONFIG)
      }
    }
    var inspection = Inspection(
      configuration, files: ConfigurationFiles(main: configuration.file),
      dovecotABI: ABIVersion.ofProgram(doveconf),
      unit: file == nil ? SystemdUnit() : nil)
    inspection.checkConfiguration()
    inspection.checkUsers(names, by: Doveadm(program: doveadm, file: file))
    try report(inspection)
  }

  private func report(_ inspection: Inspection) throws {
    let findings = inspection.findings.findings
    for finding in findings { print(finding.line) }
    let errors = findings.filter { $0.level == .error }.count
    if findings.isEmpty {
      let count = inspection.modules.count
      print("\(count) \(count == 1 ? "module" : "modules"), nothing to complain about")
    }
    if errors > 0 || strict && !findings.isEmpty { throw ExitCode(1) }
  }
}

func tellOnStderr(_ text: String) {
  _ = Array(text.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

import Glibc

/// The program that prints Dovecot's configuration.
struct Doveconf {
  /// Its path, or its name in PATH.
  let program: String
  /// The file to read instead of the system's.
  let file: String?
  /// How many seconds it may take. It waits for whoever writes to a FIFO that is included.
  var patience = 60

  enum Failure: Error {
    /// It could not be started, or printed something else.
    case unusable(String)
    /// It refuses the configuration, in its own words.
    case refused(String)
  }

  /// Reads the configuration as imap gets it.
  func read() throws(Failure) -> DovecotConfiguration {
    // prints more than the first line, which has the version and the file, even if that is wrong
    let all = try run(["-n"])
    let header = all.output.prefix { $0 != "\n" }
    guard header.hasPrefix("# "), let colon = header.firstRange(of: ": ") else {
      throw .unusable("\(program) does not print Dovecot's configuration")
    }
    let version = header.dropFirst(2).prefix { $0 != " " && $0 != ":" }
    var configuration: DovecotConfiguration
    if version.hasPrefix("2.3.") {
      configuration = try read23()
    } else if version.hasPrefix("2.4.") {
      configuration = try read24(all)
    } else {
      throw .unusable("this is for Dovecot 2.3 and 2.4, and \(program) is of \(version)")
    }
    configuration.file = absolutePath(String(header[colon.upperBound...]))
    return configuration
  }

  private func read23() throws(Failure) -> DovecotConfiguration {
    // auth is asked for the userdb; what has to do with TLS is not, whose files may be for root alone
    let imap = try run(
      ["-S", "-x", "-m", "imap", "-m", "master", "-m", "auth", "-f", "protocol=imap"])
    if imap.status != 0 { throw .refused(imap.lastError) }
    var deliveries: [String: SettingsListing] = [:]
    for name in ["lmtp", "lda"] {
      // it fails where that way of delivery is not installed
      let listing = try run(["-S", "-x", "-m", name, "-m", "auth", "-f", "protocol=\(name)"])
      if listing.status == 0 { deliveries[name] = SettingsListing(listing.output) }
    }
    return DovecotConfiguration(
      dovecot23: SettingsListing(imap.output), deliveries: deliveries)
  }

  /// - Parameter all: What it printed of the whole configuration.
  private func read24(_ all: ChildResult) throws(Failure) -> DovecotConfiguration {
    let settingsFolder = try self.settingsFolder()
    func accepted(_ result: ChildResult) throws(Failure) -> SettingsBlock {
      if result.status == 0 { return SettingsBlock(result.output) }
      throw .refused(result.lastError + advice(result.lastError, settingsFolder))
    }
    _ = try accepted(all)
    // as Dovecot itself reads it: with the values that stand elsewhere, and the files that are named
    _ = try accepted(try run(["-n", "-x"]))
    let names = DovecotConfiguration.names24
    let common = try accepted(try run(["-x"] + names))
    let imap = try accepted(try run(["-x", "-f", "protocol=imap"] + names))
    var deliveries: [String: SettingsBlock] = [:]
    for name in ["lmtp", "lda"] {
      deliveries[name] = try accepted(
        try run(["-x", "-f", "protocol=\(name)"] + DovecotConfiguration.deliveryNames24))
    }
    var configuration = DovecotConfiguration(
      dovecot24: imap, common: common, deliveries: deliveries)
    configuration.settingsFolder = settingsFolder
    return configuration
  }

  /// Where Dovecot's config process looks for modules. No setting changes that.
  private func settingsFolder() throws(Failure) -> String {
    let standard = SettingsBlock(try run(["-d", "mail_plugin_dir"]).output)
    let folder = standard.text("mail_plugin_dir")
    return folder.isEmpty ? "" : "\(folder)/settings"
  }

  /// What to do about Dovecot's words, where the plugin knows it.
  private func advice(_ reason: String, _ settingsFolder: String) -> String {
    if isOfDovecot23(reason) {
      return ": that is of Dovecot 2.3. \"xexec-check --convert FILE\" prints it in the form of 2.4"
    }
    if reason.contains("xexec") && reason.contains("Unknown se"),
      let fault = SettingsModule(folder: settingsFolder)
        .fault(dovecotABI: ABIVersion.ofProgram(program))
    {
      return ": \(fault)"
    }
    return reason.hasSuffix("Permission denied") && geteuid() != 0 ? ": run this as root" : ""
  }

  /// Whether Dovecot refuses `plugin { }`, or an entry or option with a number: `KEY: REASON`.
  private func isOfDovecot23(_ reason: String) -> Bool {
    if reason.hasSuffix("Unknown section name: plugin") { return true }
    // "use 'xexec NAME:PROGRAM {'"
    if reason.contains(/: xexec: Setting is a named list filter, use 'xexec [^ ']+:/) {
      return true
    }
    guard let key = reason.firstMatch(of: /: Unknown setting: ([^ ]+)$/)?.1 else { return false }
    return key.hasPrefix("plugin/") || key.wholeMatch(of: /xexec[0-9]+(_[a-z_]+)?/) != nil
  }

  private func run(_ options: [String]) throws(Failure) -> ChildResult {
    let words = [program] + (file.map { ["-c", $0] } ?? []) + options
    guard let result = runChild(words, seconds: patience) else {
      throw .unusable("\(program) cannot be started: \(String(cString: strerror(errno)))")
    }
    if result.isKilled {
      throw .unusable("\(program) was killed, or has not ended within \(patience) seconds")
    }
    return result
  }
}

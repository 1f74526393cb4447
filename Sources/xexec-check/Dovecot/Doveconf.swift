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
    let header = try run(["-n"]).output.prefix { $0 != "\n" }
    guard header.hasPrefix("# "), let colon = header.firstRange(of: ": ") else {
      throw .unusable("\(program) does not print Dovecot's configuration")
    }
    let version = header.dropFirst(2).prefix { $0 != " " && $0 != ":" }
    guard version.hasPrefix("2.3.") else {
      throw .unusable("this is for Dovecot 2.3, and \(program) is of \(version)")
    }

    // auth is asked for the userdb; what has to do with TLS is not, whose files may be for root alone
    let imap = try run(
      ["-S", "-x", "-m", "imap", "-m", "master", "-m", "auth", "-f", "protocol=imap"])
    if imap.status != 0 { throw .refused(imap.lastError) }
    var deliveries: [String: SettingsListing] = [:]
    for name in ["lmtp", "lda"] {
      let listing = try run(["-S", "-x", "-m", name, "-f", "protocol=\(name)"])
      if listing.status == 0 { deliveries[name] = SettingsListing(listing.output) }
    }
    var configuration = DovecotConfiguration(
      dovecot23: SettingsListing(imap.output), deliveries: deliveries)
    configuration.file = absolutePath(String(header[colon.upperBound...]))
    return configuration
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

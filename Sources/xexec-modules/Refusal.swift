import Glibc

/// Why a module did not do what it was asked for: a message for the mail user, an exit status, and
/// what the administrator has to know about it.
///
/// A message is a sentence, or a few lines of them, and no line starts with a word of the client's
/// or of another server's: a line that starts with `[` or with octet 0x05 means something to IMAP.
/// It names no path of the server.
struct Refusal: Error, Equatable {
  /// Exit status, as in sysexits.h.
  enum Status: Int32 {
    /// The words are not those that the module takes.
    case usage = 64
    /// The words are right, but not what they say: no address, a weak password.
    case badData = 65
    /// What was to be read ended too early.
    case cutInput = 66
    /// There is no such recipient, or no such account.
    case noUser = 67
    /// A service that is needed cannot be reached.
    case unavailable = 69
    /// Something that should work does not.
    case internalError = 70
    /// It is not known whether it was done.
    case unknownOutcome = 74
    /// Try again later.
    case temporary = 75
    /// A service does not speak its protocol.
    case badProtocol = 76
    /// The user may not do this.
    case notPermitted = 77
    /// The administrator's part is not right.
    case misconfigured = 78
  }

  /// A response code (RFC 5530) in front of the message, which tells a client whose turn it is.
  enum Code: String {
    case cannot = "CANNOT"
    case contactAdmin = "CONTACTADMIN"
    case limit = "LIMIT"
    case noPermission = "NOPERM"
    case overQuota = "OVERQUOTA"

    /// What goes without saying with a status.
    fileprivate init?(_ status: Status) {
      switch status {
      case .badData: self = .cannot
      case .notPermitted: self = .noPermission
      case .badProtocol, .misconfigured: self = .contactAdmin
      default: return nil
      }
    }
  }

  let status: Status
  let message: String
  let code: Code?
  /// What the administrator is told; nil for what is the user's own affair.
  let log: LogLine?

  /// - Parameter code: The response code; nil for the one that the status has, if any.
  init(_ status: Status, _ message: String, code: Code? = nil, log: LogLine? = nil) {
    self.status = status
    self.message = message
    self.code = code ?? Code(status)
    self.log = log
  }

  /// The administrator's part is not right, which is all that the user can know.
  ///
  /// - Parameter cause: What is not, for the log.
  static func notSetUp(_ cause: String) -> Refusal {
    Refusal(
      .misconfigured, "This module is not set up right: tell your administrator",
      log: .error(cause))
  }

  static let noSeparator = notSetUp("its words in the configuration do not end with \"--\"")

  /// A call of the system's failed.
  ///
  /// - Parameter what: What does not work, as the start of a sentence: "The list cannot be read".
  init(_ what: String, because error: SystemError) {
    let log = LogLine.error("\(error)")
    if error.code == EDQUOT {
      self.init(.temporary, "\(what): your space on the server is full", code: .overQuota, log: log)
    } else if error.isLasting {
      self.init(.misconfigured, "\(what): tell your administrator", log: log)
    } else {
      self.init(.temporary, "\(what), try again later", log: log)
    }
  }

  /// The message as the client gets it: the response code stands in front of the last line, which
  /// says what came of it all.
  var lines: [String] {
    var lines = message.split(separator: "\n").map(String.init)
    if let code, let last = lines.popLast() { lines.append("[\(code.rawValue)] \(last)") }
    return lines
  }

  /// Tells the administrator and the user.
  ///
  /// Behind Dovecot's `script` service stderr is Dovecot's log, and `script` complains there of any
  /// exit status but 0. So the plugin gets both by stdout.
  ///
  /// - Returns: The exit status to end with.
  func report() -> Int32 {
    log?.write()
    if Output.isService {
      for line in lines { Output.write("\u{05}[STATUS \(status.rawValue)] \(line)") }
      return 0
    }
    // one write, so that nothing comes between
    Output.write(Array(lines.map { "\($0)\n" }.joined().utf8), to: LastWords.stderr)
    return status.rawValue
  }
}

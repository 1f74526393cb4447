import Glibc

/// Why a module did not do what it was asked for: a message for the mail user, and an exit status.
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
    /// There is no such recipient.
    case noRecipient = 67
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

  let status: Status
  let message: String

  init(_ status: Status, _ message: String) {
    self.status = status
    self.message = message
  }

  static let noSeparator = Refusal(
    .misconfigured, "This module is not set up right: its arguments do not end with \"--\".")

  /// Writes the message to stderr, which the plugin shows as `* NO`.
  func report() {
    // one write, so that nothing comes between
    let line = message.utf8 + [UInt8(ascii: "\n")]
    _ = Array(line).withUnsafeBytes { write(LastWords.stderr, $0.baseAddress, $0.count) }
  }
}

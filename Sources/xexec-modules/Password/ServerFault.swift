import Glibc

/// Something on the server is not as it should be: the user cannot help it, the administrator can.
struct ServerFault: Error {
  /// What the user is told.
  let refusal: Refusal

  /// What the administrator is told. It names no path, since a program that runs without a service
  /// has the user on stderr too.
  let detail: String

  /// For an account whose password the administrator has to look at.
  static let notHere =
    "The password of this account cannot be changed: tell your administrator."

  /// The password cannot be changed now.
  init(_ detail: String) {
    refusal = Refusal(.temporary, "The password cannot be changed now, try again later.")
    self.detail = detail
  }

  /// The password of this account cannot be changed before the administrator has done something.
  init(user message: String, _ detail: String) { self.init(.misconfigured, message, detail) }

  init(_ status: Refusal.Status, _ message: String, _ detail: String) {
    refusal = Refusal(status, message)
    self.detail = detail
  }

  /// Writes the detail to the log.
  func note(_ user: MailUser?) { ServerFault.note(detail, user) }

  /// Writes to stderr, which is Dovecot's log behind its `script` service.
  static func note(_ text: String, _ user: MailUser?) {
    let line = Array("changepassword: \(user.map { "user \($0.name): " } ?? "")\(text)\n".utf8)
    _ = line.withUnsafeBytes { write(LastWords.stderr, $0.baseAddress, $0.count) }
  }
}

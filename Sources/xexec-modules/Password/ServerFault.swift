import Glibc

/// Something on the server is not as it should be: the user cannot help it, the administrator can.
struct ServerFault: Error {
  /// What the user is told.
  let refusal: Refusal

  /// What the administrator is told. It names no path, since a program that runs without a service
  /// has the user on stderr too.
  private let detail: String

  /// The password cannot be changed now.
  init(_ detail: String) {
    refusal = Refusal(.temporary, "The password cannot be changed now, try again later.")
    self.detail = detail
  }

  /// The password of this account cannot be changed before the administrator has done something.
  init(user message: String, _ detail: String) {
    refusal = Refusal(.misconfigured, message)
    self.detail = detail
  }

  /// Writes the detail to stderr, which is Dovecot's log behind its `script` service.
  func note() {
    let line = Array("changepassword: \(detail)\n".utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}

/// What this server logs in to the relay with: a file of two lines, user and password.
struct Credentials {
  let user: String
  let password: String

  /// - Parameters:
  ///   - text: What is in the file.
  ///   - path: The file.
  /// - Throws: ``Refusal`` if the text is not two lines of something.
  init(text: String, of path: String) throws(Refusal) {
    var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    if lines.last?.isEmpty == true { lines.removeLast() }
    guard lines.count == 2, lines.allSatisfy({ !$0.isEmpty && !$0.contains("\0") }) else {
      throw SettingsFile.fault(
        "file of credentials", "is not a line with the user and one with the password", path)
    }
    user = String(lines[0])
    password = String(lines[1])
  }
}

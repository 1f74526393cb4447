import Glibc

/// The literal that is the message, as the plugin announces it in `XEXEC_LITERAL_SIZE`.
enum MessageLiteral {
  /// Its octets, or nil if there is none.
  ///
  /// - Throws: ``Refusal`` if the variable is no number.
  static func size() throws(Refusal) -> Int? {
    guard let text = getenv("XEXEC_LITERAL_SIZE") else { return nil }
    guard let size = Int(String(cString: text)), size >= 0 else {
      throw .notSetUp("XEXEC_LITERAL_SIZE in the environment is no number")
    }
    return size
  }

  /// Looks whether the set-up is why there is none.
  ///
  /// - Parameter words: The client's.
  /// - Throws: ``Refusal`` if a word is a message, or if a service would not pass one on.
  static func checkMissing(_ words: [String]) throws(Refusal) {
    if words.contains(where: { $0.unicodeScalars.contains("\n") }) {
      throw .notSetUp("a message came as an argument: the module needs \"xexecN_stdin = literal\"")
    }
    if Output.isService {
      throw .notSetUp(
        "no XEXEC_LITERAL_SIZE in the environment: the service takes \"script -e "
          + "USER,XEXEC_LITERAL_SIZE\", and the module \"xexecN_stdin = literal\"")
    }
  }
}

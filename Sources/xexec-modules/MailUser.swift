import Glibc

/// The mail user whom a module works for, as the plugin names them in the environment.
struct MailUser: Equatable {
  /// The login name: no path by itself (`.`, `..`, a slash), and without a control character.
  let name: String

  /// The home, an absolute path. Nil where none is known.
  let home: String?

  /// Reads `USER` and `HOME`.
  ///
  /// - Parameter purpose: What the name has to be fit for, in the words of the message: "a list".
  /// - Throws: ``Refusal`` (misconfigured) if the name is missing or not as said above.
  static func current(for purpose: String) throws(Refusal) -> MailUser {
    let name = variable("USER")
    if name == nil && getenv("USER") != nil {
      throw Refusal(
        .misconfigured, "The user name is not fit for \(purpose)",
        log: .error("the user name is not valid UTF-8"))
    }
    return try MailUser(name: name, home: variable("HOME"), for: purpose)
  }

  init(name: String?, home: String?, for purpose: String) throws(Refusal) {
    guard let name, !name.isEmpty else {
      throw .notSetUp(
        "no USER in the environment: a service takes \"script -e USER\" to pass it on")
    }
    guard ![".", ".."].contains(name), !name.utf8.contains(UInt8(ascii: "/")),
      !name.hasControlCharacter
    else {
      throw Refusal(
        .misconfigured, "The user name is not fit for \(purpose)",
        log: .error("the user name could pass for a path, or holds a control character: \(name)"))
    }
    self.name = name
    self.home = home.flatMap { $0.hasPrefix("/") ? $0 : nil }
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).flatMap { String(validatingCString: $0) }
  }
}

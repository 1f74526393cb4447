import Glibc

/// The user, by the name that Dovecot has logged in.
struct User {
  let name: String

  /// What is before the first `@`, as Dovecot's `%n`.
  var localPart: String { String(name.prefix { $0 != "@" }) }

  /// What is behind the first `@`, as Dovecot's `%d`; empty without one.
  var domain: String { String(name.drop { $0 != "@" }.dropFirst()) }

  /// The user of the environment variable USER.
  ///
  /// - Throws: ``Refusal`` if there is none, or one that holds control characters: such a name would
  ///   spoil messages, and no line of a file can have it.
  static func fromEnvironment() throws(Refusal) -> User {
    guard let value = getenv("USER"), let name = String(validatingCString: value), !name.isEmpty,
      !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else {
      throw Refusal(.misconfigured, "This module is not set up right: it does not know your name.")
    }
    return User(name: name)
  }
}

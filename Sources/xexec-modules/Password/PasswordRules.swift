/// What a new password has to be like.
struct PasswordRules {
  /// Counted in Unicode scalars.
  let minimumCharacters: Int
  let maximumOctets: Int
  /// How many of ``CharacterClass`` have to be there.
  let minimumClasses: Int
  /// Whether the user's name may be part of the password.
  let allowsName: Bool

  /// A name that is shorter may be there by chance.
  private static let shortestName = 3

  /// - Parameters:
  ///   - password: Octets as a client sent them.
  ///   - old: The password until now, where it is known.
  /// - Throws: ``Refusal`` that names the rule, and never the password.
  func check(_ password: [UInt8], of user: MailUser, old: [UInt8]?) throws(Refusal) {
    if password.count > maximumOctets {
      throw refusal(
        "too long: it can have \(maximumOctets) characters, "
          + "fewer with letters that are not a to z")
    }
    guard let text = String(validating: password, as: UTF8.self) else {
      throw refusal("not valid UTF-8")
    }
    let scalars = text.unicodeScalars
    if text.hasControlCharacter {
      throw refusal("not usable: there is a control character in it")
    }
    if scalars.count < minimumCharacters {
      throw refusal("too short: it needs \(minimumCharacters) characters")
    }
    if Set(scalars.map(CharacterClass.init)).count < minimumClasses {
      throw refusal(
        "too simple: it needs \(minimumClasses) of these four: "
          + "capital letters, small letters, digits, other characters")
    }
    if !allowsName && holdsName(of: user, text) { throw refusal("too simple: your name is in it") }
    if password == old { throw refusal("the old one") }
    if CommonPasswords.contain(text) {
      throw refusal("too common: it is one of those that are tried first")
    }
  }

  private func refusal(_ what: String) -> Refusal {
    Refusal(.badData, "The new password is \(what). Nothing is changed.")
  }

  private func holdsName(of user: MailUser, _ text: String) -> Bool {
    let name = user.name.prefix { $0 != "@" }.lowercased()
    return name.unicodeScalars.count >= PasswordRules.shortestName
      && text.lowercased().contains(name)
  }
}

/// The kinds of characters that make a password less simple.
private enum CharacterClass {
  case capital, small, digit, other

  init(_ scalar: Unicode.Scalar) {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .titlecaseLetter: self = .capital
    case .lowercaseLetter: self = .small
    case .decimalNumber: self = .digit
    default: self = .other
    }
  }
}

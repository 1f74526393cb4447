import ArgumentParser

/// A text of the administrator's with variables of Dovecot's in it: `%u`, `%n`, `%d`, and `%%`.
struct UserTemplate: ExpressibleByArgument, CustomStringConvertible {
  /// The text as it was configured.
  let text: String

  /// The user's whole name, which is Dovecot's default for a passwd-file too.
  static let wholeName = UserTemplate("%u")

  private enum Part {
    case text(String)
    case variable(KeyPath<MailUser, String> & Sendable)
  }

  private let parts: [Part]

  private init(_ text: String) {
    self.text = text
    parts = UserTemplate.parse(text) ?? []
  }

  /// - Returns: nil if there is another variable in it.
  init?(argument: String) {
    guard UserTemplate.parse(argument) != nil else { return nil }
    self.init(argument)
  }

  var description: String { text }

  private static func parse(_ text: String) -> [Part]? {
    var parts: [Part] = []
    var isVariable = false
    for character in text {
      guard isVariable else {
        isVariable = character == "%"
        if !isVariable { parts.append(.text(String(character))) }
        continue
      }
      switch character {
      case "u": parts.append(.variable(\.name))
      case "n": parts.append(.variable(\.localPart))
      case "d": parts.append(.variable(\.domain))
      case "%": parts.append(.text("%"))
      default: return nil
      }
      isVariable = false
    }
    return isVariable ? nil : parts
  }

  private func expand(
    for user: MailUser, _ value: (String) throws(Refusal) -> String
  ) throws(Refusal) -> String {
    var result = ""
    for part in parts {
      switch part {
      case .text(let text): result += text
      case .variable(let path): result += try value(user[keyPath: path])
      }
    }
    return result
  }

  /// The path for a user. A name has no slash, and leads to no file whose own starts with a dot.
  ///
  /// - Throws: ``Refusal`` for a name that could.
  func path(for user: MailUser) throws(Refusal) -> String {
    try expand(for: user) { (value) throws(Refusal) in
      if value.isEmpty || value.hasPrefix(".") {
        throw Refusal(.notPermitted, "The password of this account is not kept here.")
      }
      return value
    }
  }

  /// What Dovecot looks a user up by: it escapes quotes and backslashes in the values
  /// (auth/db-passwd-file.c, lib/strescape.c).
  func lookupKey(for user: MailUser) -> [UInt8] {
    var key: [UInt8] = []
    for part in parts {
      switch part {
      case .text(let text): key += text.utf8
      case .variable(let path):
        for octet in user[keyPath: path].utf8 {
          if "\\\"'".utf8.contains(octet) { key.append(UInt8(ascii: "\\")) }
          key.append(octet)
        }
      }
    }
    return key
  }
}

extension MailUser {
  /// What is before the first `@`, as Dovecot's `%n`.
  fileprivate var localPart: String { String(name.prefix { $0 != "@" }) }

  /// What is behind the first `@`, as Dovecot's `%d`; empty without one.
  fileprivate var domain: String { String(name.drop { $0 != "@" }.dropFirst()) }
}

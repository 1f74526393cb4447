import ArgumentParser

/// A text of the administrator's with variables of Dovecot's in it: `%u`, `%n`, `%d`, the same in
/// small letters as `%Lu`, `%Ln`, `%Ld`, and `%%`.
struct UserTemplate: ExpressibleByArgument, CustomStringConvertible {
  /// The text as it was configured.
  let text: String

  /// The user's whole name, which is Dovecot's default for a passwd-file too.
  static let wholeName = UserTemplate("%u")

  /// What ``wholeName`` is mistaken for, and the other way round.
  static let usual = ["%u", "%n", "%Lu", "%Ln"].map { UserTemplate($0) }

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
    // the "%" of a variable, and the "L" behind it
    var opened = ""
    for character in text {
      let seen = opened + String(character)
      opened = ""
      switch seen {
      case "%", "%L": opened = seen
      case "%u": parts.append(.variable(\.name))
      case "%n": parts.append(.variable(\.localPart))
      case "%d": parts.append(.variable(\.domain))
      case "%Lu": parts.append(.variable(\.name.inSmallLetters))
      case "%Ln": parts.append(.variable(\.localPart.inSmallLetters))
      case "%Ld": parts.append(.variable(\.domain.inSmallLetters))
      case "%%": parts.append(.text("%"))
      case _ where seen.hasPrefix("%"): return nil
      default: parts.append(.text(seen))
      }
    }
    return opened.isEmpty ? parts : nil
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
        throw Refusal(
          .noUser, "The password of this account is not kept here.",
          log: .warning(
            "a part of \"\(user.name)\" is empty or starts with a dot in --file \(text)"))
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

extension String {
  /// As Dovecot's `%L`: A to Z become small, and nothing else.
  fileprivate var inSmallLetters: String {
    String(
      decoding: utf8.map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 },
      as: UTF8.self)
  }
}

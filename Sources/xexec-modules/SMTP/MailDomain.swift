import ArgumentParser
import Glibc

/// Where the domain of login names without one comes from: a name, or a file that starts with it.
struct MailDomain: ExpressibleByArgument {
  /// Where Debian keeps a machine's mail name.
  static let systemFile = "/etc/mailname"

  private enum Source {
    case name(String)
    case file(String)
  }

  private let source: Source
  let defaultValueDescription: String

  init?(argument: String) {
    defaultValueDescription = argument
    if argument.hasPrefix("/") {
      source = .file(argument)
    } else if Mailbox.isDomain(argument) {
      source = .name(argument)
    } else {
      return nil
    }
  }

  /// The domain. A file is read only now. A machine without a mail name is called by its host name,
  /// if that has a domain.
  ///
  /// - Parameter hostName: What this machine calls itself.
  /// - Returns: Nil if nothing says one.
  /// - Throws: ``Refusal`` if a file has none, or cannot be read.
  func resolve(hostName: String? = Self.hostName()) throws(Refusal) -> String? {
    switch source {
    case .name(let name): return name
    case .file(Self.systemFile) where access(Self.systemFile, F_OK) != 0:
      guard let hostName, hostName.contains("."), Mailbox.isDomain(hostName) else { return nil }
      return hostName
    case .file(let path):
      let what = "file with the mail domain"
      let text = try SettingsFile.read(path, what: what)
      let lines = text.split(whereSeparator: \.isNewline)
        .map { $0.split(whereSeparator: \.isWhitespace) }
      guard let words = lines.first(where: { $0.first.map { !$0.hasPrefix("#") } ?? false }),
        words.count == 1, Mailbox.isDomain(String(words[0]))
      else {
        throw SettingsFile.fault(what, "does not start with a domain", path)
      }
      return String(words[0])
    }
  }

  private static func hostName() -> String? {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return nil }
    return String(validating: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

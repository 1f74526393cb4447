import Glibc

/// A line of Dovecot's log, where the administrator looks.
///
/// The plugin takes it from a line of stdout that is octet 0x05, `[LOG]` and a text; the client does
/// not see it. It may name paths and causes, and never what is secret: an answer, a password that
/// came as a word, a hash.
struct LogLine: Equatable {
  private enum Level: String {
    case error = "[LOG]"
    case warning = "[LOG WARNING]"
    case info = "[LOG INFO]"
  }

  private let level: Level
  let text: String

  /// Something has to be put right.
  static func error(_ text: String) -> LogLine { LogLine(level: .error, text: text) }

  /// Something may have to be put right.
  static func warning(_ text: String) -> LogLine { LogLine(level: .warning, text: text) }

  /// Something that other programs may want to count.
  static func info(_ text: String) -> LogLine { LogLine(level: .info, text: text) }

  private init(level: Level, text: String) {
    self.level = level
    self.text = Self.oneLine(text)
  }

  /// A text without line ends, whatever a name or another program's words hold.
  private static func oneLine(_ text: String) -> String {
    let scalars = text.unicodeScalars.map {
      $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : $0
    }
    return String(String.UnicodeScalarView(scalars))
  }

  /// Hands it to the plugin.
  func write() {
    if Output.write("\u{05}\(level.rawValue) \(text)") || !Output.isService { return }
    // the client has not waited, and the plugin is gone with it: but the stderr of a service is
    // Dovecot's log as well
    let user = getenv("USER").map { String(cString: $0) } ?? ""
    Output.write(Self.oneLine("user \(user): \(text)"), to: LastWords.stderr)
  }
}

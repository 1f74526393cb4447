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
    // one line, whatever a name or another program's words hold
    let scalars = text.unicodeScalars.map {
      $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : $0
    }
    self.text = String(String.UnicodeScalarView(scalars))
  }

  /// Hands it to the plugin.
  func write() { Output.write("\u{05}\(level.rawValue) \(text)") }
}

/// A piece of a configuration file, with the lines as they were written: comments and blank lines too.
struct ConfigurationNode {
  enum Kind {
    case blank
    /// The text with its `#`.
    case comment(String)
    case setting(key: String, value: SettingValue)
    /// `TYPE NAME {`, and what stands up to its `}`
    case section(type: String, name: String, [ConfigurationNode])
    case include
    /// Something that Dovecot refuses.
    case unreadable
  }

  var kind: Kind
  /// The lines: of a section the first one.
  var lines: [String]
  /// Of a section, the line with its `}`.
  var end: String?
  /// The number of the first line.
  let number: Int
  /// Behind a setting, or the start of a section: `# text`.
  var comment: String?
  /// Behind the end of a section.
  var endComment: String?

  /// What stands in front of the first word.
  var indent: String { String((lines.first ?? "").prefix { $0 == " " || $0 == "\t" }) }
}

/// The value of a setting.
struct SettingValue {
  /// Without the quotes that stood around all of it.
  let text: String
  let isQuoted: Bool

  /// It is in a file, `<PATH`.
  var isInFile: Bool { !isQuoted && text.hasPrefix("<") }

  /// The names of other settings that it takes up: `$mail_plugins` (config/config-parser.c).
  var references: [String] {
    if isQuoted || text.hasPrefix("'") || text.hasPrefix("\"") { return [] }
    return text.split(separator: " ").filter { $0.hasPrefix("$") && !$0.hasPrefix("$ENV:") }
      .map { String($0.dropFirst()) }
  }
}

/// Reads a file of Dovecot's configuration so that it can be written again.
struct ConfigurationTree {
  private(set) var nodes: [ConfigurationNode] = []
  /// The numbers of lines that open a section which is never closed.
  private(set) var unclosed: [Int] = []

  init(_ text: String) {
    var rest = ConfigurationText.lines(Array(text.utf8))[...]
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.hasSuffix("\r") ? String($0.dropLast()) : String($0)
    }
    if lines.last == "" { lines.removeLast() }
    var open: [ConfigurationNode] = []
    var number = 1

    func add(_ node: ConfigurationNode) {
      guard let section = open.last, case .section(let type, let name, let inner) = section.kind
      else {
        nodes.append(node)
        return
      }
      open[open.count - 1].kind = .section(type: type, name: name, inner + [node])
    }
    func closeSection(_ end: String?, _ comment: String? = nil) {
      guard var section = open.popLast() else { return }
      section.end = end
      section.endComment = comment
      add(section)
    }

    while number <= lines.count {
      guard let next = rest.first, next.line.firstNumber == number else {
        add(Self.plain(lines[number - 1], number))
        number += 1
        continue
      }
      rest.removeFirst()
      let own = Array(lines[(number - 1)..<next.number])
      let node = Self.node(next.line, own, number)
      switch next.line.kind {
      case .sectionStart: open.append(node)
      case .sectionEnd where !open.isEmpty: closeSection(own[0], node.comment)
      default: add(node)
      }
      number = next.number + 1
    }
    unclosed = open.map(\.number)
    while !open.isEmpty { closeSection(nil) }
  }

  private static func plain(_ line: String, _ number: Int) -> ConfigurationNode {
    let text = line.drop { $0 == " " || $0 == "\t" }
    let kind: ConfigurationNode.Kind =
      text.isEmpty ? .blank : text.hasPrefix("#") ? .comment(String(text)) : .unreadable
    return ConfigurationNode(kind: kind, lines: [line], number: number)
  }

  private static func node(
    _ line: ConfigurationLine, _ lines: [String], _ number: Int
  ) -> ConfigurationNode {
    let kind: ConfigurationNode.Kind =
      switch line.kind {
      case .setting(let key, let value):
        .setting(key: key, value: SettingValue(text: value, isQuoted: line.isQuoted))
      case .sectionStart(let type, let name): .section(type: type, name: name, [])
      case .include: .include
      case .sectionEnd, .other: .unreadable
      }
    var node = ConfigurationNode(kind: kind, lines: lines, number: number)
    node.comment = line.comment.map { "#\($0)" }
    return node
  }
}

/// Settings outside of `plugin { }`.
extension Converter {
  mutating func setting(
    _ key: String, _ value: SettingValue
  ) throws(Unconvertible) -> [String] {
    if key == "mail_plugins" { return try mailPlugins(value) }
    if key == "imap_capability" {
      let text = try converted(value)
      // one + counts for all words behind it
      guard text.hasPrefix("+") else { return ["imap_capability = \(text)"] }
      let words = text.dropFirst().split(separator: " ")
      return Self.list(key, words.map { "+\($0)" }.joined(separator: " "))
    }
    if Self.isGone(key) {
      throw Unconvertible(reason: "Dovecot 2.4 has no such setting, or another name for it")
    }
    if value.isInFile { return ["\(key) = \(value.text)"] }
    if !value.references.isEmpty {
      return ["\(key) = \(Self.withReferences(value.text))"]
    }
    if !value.text.contains("%") {
      return ["\(key) = \(ValueText.written(value.text, wasQuoted: value.isQuoted))"]
    }
    if key.contains("log") || key.hasSuffix("_format") && key != "auth_username_format" {
      throw Unconvertible(reason: "the variables of this setting are not known here")
    }
    return ["\(key) = \(ValueText.written(try converted(value), wasQuoted: value.isQuoted))"]
  }

  static func withReferences(_ text: String) -> String {
    text.split(separator: " ", omittingEmptySubsequences: false).map { word in
      word.hasPrefix("$") && !word.hasPrefix("$ENV:") ? "$SET:\(word.dropFirst())" : String(word)
    }.joined(separator: " ")
  }

  private func mailPlugins(_ value: SettingValue) throws(Unconvertible) -> [String] {
    if value.isInFile { throw Unconvertible(reason: "the value is in a file: write it here") }
    var names = DovecotConfiguration.plugins(value.text)
    let adds = names.contains("$mail_plugins")
    names.removeAll { $0 == "$mail_plugins" }
    if let other = names.first(where: { $0.hasPrefix("$") }) {
      throw Unconvertible(reason: "takes up the setting \(other.dropFirst()): write its value here")
    }
    // COMPRESS is part of imap in 2.4
    names.removeAll { $0 == "imap_zlib" }
    names = names.map { $0 == "zlib" ? "mail_compress" : $0 }
    if !adds { return ["mail_plugins = \(names.joined(separator: " "))"] }
    return ["mail_plugins {"] + names.map { "  \($0) = yes" } + ["}"]
  }

  /// What stands in a `service { }`. Its variables are not Dovecot's, but those of programs.
  mutating func serviceLines(_ nodes: [ConfigurationNode]) -> [String] {
    var lines: [String] = []
    for node in nodes {
      switch node.kind {
      case .section(_, _, let inner):
        lines += node.lines + serviceLines(inner) + (node.end.map { [$0] } ?? [])
      case .setting(let key, let value):
        var name = key
        var text = value.references.isEmpty ? value.text : Self.withReferences(value.text)
        switch key {
        case "service_count":
          name = "restart_request_count"
          if text == "0" { text = "unlimited" }
        case "idle_kill":
          name = "idle_kill_interval"
          if text == "0" { text = "infinite" }
        case "address": name = "listen"
        default: break
        }
        if name == key && text == value.text {
          lines += node.lines
        } else {
          let written = value.isQuoted ? ValueText.written(text) : text
          lines += innerComments(node)
          lines += with(node.comment, ["\(name) = \(written)"]).map { node.indent + $0 }
        }
      default: lines += node.lines
      }
    }
    return lines
  }
}

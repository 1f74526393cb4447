import XexecCore

/// `passdb { driver = ... }` and `userdb { }`, whose drivers have settings of their own in 2.4.
extension Converter {
  /// These stand in a block of 2.4 as they stood in one of 2.3.
  private static let kept: Set<String> = [
    "deny", "master", "skip", "result_failure", "result_internalfail", "result_success",
    "username_filter",
  ]

  mutating func database(
    _ type: String, _ name: String, _ nodes: [ConfigurationNode]
  ) throws(Unconvertible) -> [String] {
    var driver = ""
    var lines: [String] = []
    var fields: [String] = []
    var arguments: (node: ConfigurationNode, words: [String])?
    for node in nodes {
      guard case .setting(let key, let value) = node.kind else {
        lines += try Self.plainLines(node)
        continue
      }
      // words are split before their variables are looked at
      if value.isInFile || !value.references.isEmpty {
        throw Unconvertible(reason: "\(key) is in a file, or takes up another setting")
      }
      let words = value.text.split(separator: " ").map(String.init)
      switch key {
      case "driver":
        driver = value.text
        lines += node.comment.map { [$0] } ?? []
      case "args": arguments = (node, words)
      case "default_fields", "override_fields":
        lines += node.comment.map { [$0] } ?? []
        let suffix = key == "default_fields" ? ":default" : ""
        for word in words { fields.append(contentsOf: try field(word, suffix)) }
      default:
        guard Self.kept.contains(key) else {
          throw Unconvertible(reason: "\(key) is not known here")
        }
        lines += with(
          node.comment, ["\(key) = \(ValueText.written(value.text, wasQuoted: value.isQuoted))"])
      }
    }
    if let arguments {
      lines += arguments.node.comment.map { [$0] } ?? []
      switch driver {
      case "passwd-file": lines += try passwdFile(arguments.words)
      case "static": lines += try staticArguments(type, arguments.words, &fields)
      default:
        throw Unconvertible(reason: "the args of the driver \"\(driver)\" are not known here")
      }
    } else if !["passwd", "pam", "prefetch", "static"].contains(driver) {
      throw Unconvertible(reason: "the driver \"\(driver)\" is not known here")
    }
    if !fields.isEmpty { lines += ["fields {"] + fields.map { "  \($0)" } + ["}"] }
    return ["\(type) \(block(type, name, driver, &lines)) {"] + lines.map { "  \($0)" } + ["}"]
  }

  /// The name of a block is that of its driver. A second one has another name.
  private mutating func block(
    _ type: String, _ name: String, _ driver: String, _ lines: inout [String]
  ) -> String {
    let count = databases["\(type) \(driver)", default: 0] + 1
    databases["\(type) \(driver)"] = count
    if count == 1 { return driver }
    lines.insert("driver = \(driver)", at: 0)
    return "\(driver)\(count)"
  }

  private static func plainLines(
    _ node: ConfigurationNode
  ) throws(Unconvertible) -> [String] {
    switch node.kind {
    case .blank: return []
    case .comment(let text): return [text]
    default: throw Unconvertible(reason: "there is something else than settings in it")
    }
  }

  private func passwdFile(_ words: [String]) throws(Unconvertible) -> [String] {
    var lines: [String] = []
    for word in words.dropLast() {
      let pair = word.split(separator: "=", maxSplits: 1).map(String.init)
      let keys = ["scheme": "default_password_scheme", "username_format": "auth_username_format"]
      guard pair.count == 2, let key = keys[pair[0]] else {
        throw Unconvertible(reason: "the word \"\(word)\" of args is not known here")
      }
      lines.append("\(key) = \(try expanded(pair[1]))")
    }
    guard let path = words.last, path.hasPrefix("/") else {
      throw Unconvertible(reason: "its args name no file")
    }
    return lines + ["passwd_file_path = \(try expanded(path))"]
  }

  private func staticArguments(
    _ type: String, _ words: [String], _ fields: inout [String]
  ) throws(Unconvertible) -> [String] {
    var lines: [String] = []
    for word in words {
      if type == "passdb", word.hasPrefix("password=") {
        lines.append("password = \(try expanded(String(word.dropFirst(9))))")
      } else if type == "userdb", word.hasPrefix("allow_all_users=") {
        lines.append("allow_all_users = \(word.dropFirst(16))")
      } else {
        fields += try field(word, "")
      }
    }
    return lines
  }

  private func expanded(_ text: String) throws(Unconvertible) -> String {
    ValueText.written(try converted(SettingValue(text: text, isQuoted: true)))
  }

  /// `KEY=VALUE`, which the database returns for all of its users.
  private func field(
    _ word: String, _ suffix: String
  ) throws(Unconvertible) -> [String] {
    let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      .map(String.init)
    let prefix = pair[0].hasPrefix("userdb_") ? "userdb_" : ""
    let key = String(pair[0].dropFirst(prefix.count))
    let value = pair.count == 2 ? pair[1] : "yes"
    if SettingKey.of(key) == .foreign { return ["\(pair[0])\(suffix) = \(try expanded(value))"] }
    return try ownField(key, value).map { "\(prefix)\($0.key)\(suffix) = \($0.value)" }
  }

  /// A setting of the plugin that a user has, `xexec2_timeout=5m`.
  private func ownField(
    _ key: String, _ value: String
  ) throws(Unconvertible) -> [(key: String, value: String)] {
    switch SettingKey.of(key) {
    case .option(let option, nil):
      return [("xexec_\(option.name)", ValueText.written(value))]
    case .option(let option, let number?):
      guard let name = entries.name(of: number, in: "") else { break }
      return [("xexec/\(name)/\(option.name)", ValueText.written(value))]
    case .entry(let number):
      let common = entries.name(of: number, in: "")
      if NumberedSettings.isSwitchedOff(value) {
        guard let common else { break }
        return [("xexec/\(common)/program", "no")]
      }
      guard let name = EntryNames.moduleName(value) else { break }
      let program = try inner(String(value.dropFirst(name.count + 1)))
      guard let common else {
        // one of the two would be ignored
        if entries.hasModule(name) { break }
        return [("xexec+", name), ("xexec/\(name)/program", program)]
      }
      if common.lowercased() == name.lowercased() { return [("xexec/\(common)/program", program)] }
    default: break
    }
    throw Unconvertible(reason: "the field \(key) cannot be written in 2.4 as it stands")
  }

  /// What auth expands, and then the plugin: `%%u` is the plugin's `%u`.
  private func inner(_ value: String) throws(Unconvertible) -> String {
    func words(_ text: String) throws(Unconvertible) -> String {
      try converted(SettingValue(text: text, isQuoted: true))
    }
    // octets that no value has stand for the percent signs of the two
    let (ofAuth, ofPlugin) = ("\u{1}", "\u{2}")
    let outer = try words(value.replacing("%%", with: ofPlugin)).replacing("%", with: ofAuth)
    let program = try words(outer.replacing(ofPlugin, with: "%"))
    if program.contains("%%") { throw Unconvertible(reason: "it has too many percent signs") }
    return ValueText.written(
      program.replacing("%{", with: "%%{").replacing(ofAuth, with: "%"))
  }
}

/// Writes settings of Dovecot 2.3 in the form of 2.4: those of the plugin, and those that belong to
/// its modules. What it cannot, it leaves at its place in a comment, and says so.
struct Converter {
  /// The blocks that limit what is in them to some connections.
  static let filters: Set<String> = ["protocol", "remote", "local", "local_name"]

  struct Result {
    let text: String
    let findings: FindingList
  }

  /// A setting of 2.3 that has no form in 2.4, or none that is known here.
  struct Unconvertible: Error {
    let reason: String
  }

  let entries: EntryNames
  var findings = FindingList()
  /// The file that is being converted, and the filters around.
  var file = ""
  var scope: [String] = []
  /// How many databases of a kind there are so far: `passdb passwd-file`
  var databases: [String: Int] = [:]
  /// The blocks `sieve_script` so far.
  var scripts: [String: [String]] = [:]
  /// The numbers of entries, and of settings as `sieve_before2`, in the order of their blocks.
  var order: [String: [Int]] = [:]

  /// Converts some files, which belong to one configuration.
  ///
  /// - Parameter files: The name of each, as it is to be told, and its text.
  static func convert(_ files: [(name: String, text: String)]) -> Result {
    let trees = files.map { (name: $0.name, tree: ConfigurationTree($0.text)) }
    var converter = Converter(entries: EntryNames(trees))
    var text = ""
    for (name, tree) in trees {
      converter.file = name
      if trees.count > 1 { text += "\(text.isEmpty ? "" : "\n")# --- \(name)\n" }
      if let mark = NewForm.mark(in: tree.nodes) {
        converter.findings.warning(
          nil, .file(name, line: mark), "this is for Dovecot 2.4 already, and stays as it is")
        for node in tree.nodes { text += converter.allLines(node).map { "\($0)\n" }.joined() }
        continue
      }
      for line in converter.lines(tree.nodes) { text += "\(line)\n" }
      for number in tree.unclosed {
        converter.findings.error(nil, .file(name, line: number), "is not closed: add a }")
      }
    }
    converter.checkOrder()
    return Result(text: text, findings: converter.findings)
  }

  mutating func lines(_ nodes: [ConfigurationNode]) -> [String] {
    var lines: [String] = []
    for node in nodes { lines += self.lines(node) }
    return lines
  }

  private mutating func lines(_ node: ConfigurationNode) -> [String] {
    do throws(Unconvertible) {
      if let setting = PluginSetting(node, isInPlugin: false) {
        var section = PluginSection(converter: self, indent: node.indent)
        section.add([ConfigurationNode(setting, of: node)])
        return section.finish(&self)
      }
      switch node.kind {
      case .comment(let text):
        return switchedOff(text).map { $0.map { node.indent + $0 } } ?? node.lines
      case .blank, .include: return node.lines
      case .unreadable: throw Unconvertible(reason: "Dovecot does not read this")
      case .setting(let key, let value):
        let converted = try setting(key, value)
        if converted == ["\(key) = \(ValueText.written(value.text, wasQuoted: value.isQuoted))"] {
          return node.lines
        }
        return innerComments(node) + with(node.comment, converted).map { node.indent + $0 }
      case .section(let type, let name, let inner):
        return try section(node, type, name, inner)
      }
    } catch {
      return leave(node, key(of: node), error.reason)
    }
  }

  /// A setting in a comment that somebody may want to switch on: `#auth_username_format = %Ln`
  private mutating func switchedOff(_ comment: String) -> [String]? {
    guard let node = ConfigurationTree(String(comment.dropFirst())).nodes.first,
      case .setting(let key, let value) = node.kind, comment.dropFirst().hasPrefix(key),
      ["auth_username_format", "mail_plugins"].contains(key),
      let converted = try? setting(key, value)
    else { return nil }
    return with(node.comment, converted).map { "#\($0)" }
  }

  private mutating func section(
    _ node: ConfigurationNode, _ type: String, _ name: String, _ inner: [ConfigurationNode]
  ) throws(Unconvertible) -> [String] {
    switch type {
    case "plugin":
      var section = PluginSection(converter: self, indent: node.indent)
      if let comment = node.comment { section.addComment(comment) }
      section.add(inner)
      if let comment = node.endComment { section.addComment(comment) }
      return section.finish(&self)
    case "passdb", "userdb":
      var block = try database(type, name, inner)
      if let comment = node.endComment { block[block.count - 1] += " \(comment)" }
      return with(node.comment, block).map { node.indent + $0 }
    case "service":
      return node.lines + serviceLines(inner) + (node.end.map { [$0] } ?? [])
    default:
      if NewForm.blocks.contains(type) {
        findings.warning(
          name.isEmpty ? type : "\(type) \(name)", place(node),
          "this is for Dovecot 2.4 already, and stays as it is")
        return allLines(node)
      }
      guard Self.filters.contains(type) else {
        throw Unconvertible(reason: "blocks \"\(type)\" are not among those that are known here")
      }
      scope.append("\(type) \(name)")
      defer { scope.removeLast() }
      return node.lines + lines(inner) + (node.end.map { [$0] } ?? [])
    }
  }

  /// What stands behind a setting goes to the end of its first line.
  func with(_ comment: String?, _ lines: [String]) -> [String] {
    guard let comment, let first = lines.first else { return lines }
    return ["\(first) \(comment)"] + lines.dropFirst()
  }

  /// Comments between the lines of one setting.
  func innerComments(_ node: ConfigurationNode) -> [String] {
    node.lines.dropLast().filter { $0.contains("#") }.map { line in
      "\(node.indent)\(line[line.firstIndex(of: "#")!...])"
    }
  }

  /// Leaves what cannot be converted at its place, in comments.
  mutating func leave(
    _ node: ConfigurationNode, _ subject: String, _ reason: String
  ) -> [String] {
    findings.error(subject, .file(file, line: node.number), "is not converted: \(reason)")
    return ["\(node.indent)# not converted: \(reason)"] + allLines(node).map { "#\($0)" }
  }

  private func allLines(_ node: ConfigurationNode) -> [String] {
    guard case .section(_, _, let inner) = node.kind else { return node.lines }
    return node.lines + inner.flatMap(allLines) + (node.end.map { [$0] } ?? [])
  }

  private func key(of node: ConfigurationNode) -> String {
    switch node.kind {
    case .setting(let key, _): key
    case .section(let type, let name, _): name.isEmpty ? type : "\(type) \(name)"
    default: "line"
    }
  }

  func place(_ node: ConfigurationNode) -> Place { .file(file, line: node.number) }

  /// A value with its variables in the words of 2.4.
  func converted(_ value: SettingValue) throws(Unconvertible) -> String {
    if value.isInFile { throw Unconvertible(reason: "the value is in a file: write it here") }
    if let name = value.references.first {
      throw Unconvertible(reason: "takes up the setting \(name): write its value here")
    }
    let conversion = VariableConversion(value.text)
    if let variable = conversion.problems.first {
      throw Unconvertible(reason: "Dovecot 2.4 has nothing like \(variable)")
    }
    return conversion.text
  }
}

extension ConfigurationNode {
  /// `plugin/KEY = VALUE` as a line of `plugin { }`.
  init(_ setting: PluginSetting, of node: ConfigurationNode) {
    self = node
    kind = .setting(key: setting.key, value: setting.value)
  }
}

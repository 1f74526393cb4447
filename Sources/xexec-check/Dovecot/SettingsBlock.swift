/// What `doveconf` 2.4 prints: settings and blocks of settings, as they are written in a file.
struct SettingsBlock {
  private let nodes: [ConfigurationNode]

  init(_ text: String) { nodes = ConfigurationTree(text).nodes }

  private init(_ nodes: [ConfigurationNode]) { self.nodes = nodes }

  /// In the order in which they were printed.
  var settings: [(key: String, value: String)] {
    nodes.compactMap { node in
      if case .setting(let key, let value) = node.kind { (key, value.text) } else { nil }
    }
  }

  subscript(key: String) -> String? { settings.last { $0.key == key }?.value }

  /// The setting, or an empty text if there is none.
  func text(_ key: String) -> String { self[key] ?? "" }

  /// The blocks of a type, by their names.
  func blocks(_ type: String) -> [(name: String, block: SettingsBlock)] {
    nodes.compactMap { node in
      guard case .section(type, let name, let inner) = node.kind else { return nil }
      return (name, SettingsBlock(inner))
    }
  }

  /// A list of words: `key = a b`, or `key { a = yes }`.
  ///
  /// - Parameter outer: The same list around a filter, to which the block only adds.
  func list(_ key: String, over outer: SettingsBlock? = nil) -> [String] {
    if let all = self[key] { return DovecotConfiguration.plugins(all) }
    var words = outer?.list(key) ?? []
    for (_, block) in blocks(key) {
      for (word, value) in block.settings {
        let word = word.hasPrefix("\"") ? String(word.dropFirst().dropLast()) : word
        words.removeAll { $0 == word }
        if value == "yes" { words.append(word) }
      }
    }
    return words
  }
}

import XexecCore

/// The modules that the entries of all files name, since an option of 2.3 knows only the number of its
/// entry: `xexec2_timeout`.
struct EntryNames {
  struct Entry {
    let number: Int
    /// nil if the entry takes its module away, or is none.
    let name: String?
    /// The filters that it stands in, as in ``WrittenSetting``.
    let scope: String
    let place: Place
    /// It stands in a comment.
    let isSwitchedOff: Bool
  }

  private(set) var entries: [Entry] = []

  init(_ files: [(name: String, tree: ConfigurationTree)]) {
    for (name, tree) in files { add(tree.nodes, file: name, scope: [], isPlugin: false) }
  }

  private mutating func add(
    _ nodes: [ConfigurationNode], file: String, scope: [String], isPlugin: Bool
  ) {
    for node in nodes {
      if case .section(let type, let name, let inner) = node.kind {
        let isFilter = Converter.filters.contains(type)
        add(
          inner, file: file, scope: isFilter ? scope + ["\(type) \(name)"] : scope,
          isPlugin: type == "plugin")
      }
      guard let setting = PluginSetting(node, isInPlugin: isPlugin),
        case .entry(let number) = SettingKey.of(setting.key)
      else { continue }
      entries.append(
        Entry(
          number: number, name: Self.moduleName(setting.value.text),
          scope: scope.joined(separator: " "), place: .file(file, line: node.number),
          isSwitchedOff: setting.isSwitchedOff))
    }
  }

  /// - Returns: nil if there is none, or if it is no atom of IMAP.
  static func moduleName(_ entry: String) -> String? {
    guard let colon = entry.firstIndex(of: ":"), colon != entry.startIndex else { return nil }
    let name = entry[..<colon]
    let isAtom = name.utf8.allSatisfy { 0x21...0x7E ~= $0 && !"(){%*\"\\]".utf8.contains($0) }
    return isAtom ? String(name) : nil
  }

  /// The module of an entry's number: in the same filter if it is there, and one in a comment last.
  func name(of number: Int, in scope: String) -> String? {
    let named = entries.filter { $0.number == number && $0.name != nil }
    return
      (named.last { !$0.isSwitchedOff && $0.scope == scope }
      ?? named.last { !$0.isSwitchedOff } ?? named.last)?.name
  }

  /// Whether any entry has a module of that name.
  func hasModule(_ name: String) -> Bool {
    entries.contains { !$0.isSwitchedOff && $0.name?.lowercased() == name.lowercased() }
  }

  /// The entry that Dovecot 2.3 takes instead of one.
  func replacement(of number: Int, _ name: String, at place: Place, in scope: String) -> Entry? {
    let live = entries.filter { $0.number == number && $0.scope == scope && !$0.isSwitchedOff }
    guard let last = live.last, let other = last.name, last.place != place,
      other.lowercased() != name.lowercased()
    else { return nil }
    return last
  }

  /// The entry by which 2.3 knows a module, where that is not the one of a number: the lowest number
  /// counts, and others of the same name are ignored.
  func owner(of name: String, besides number: Int, in scope: String) -> Entry? {
    // what imap has, whatever the connection
    let scopes = Set([scope, "", "protocol imap"])
    return entries.first { entry in
      entry.number < number && !entry.isSwitchedOff && scopes.contains(entry.scope)
        && entry.name?.lowercased() == name.lowercased()
        && entries.last {
          $0.number == entry.number && !$0.isSwitchedOff && $0.scope == entry.scope
        }?.place == entry.place
    }
  }

  /// An entry for all connections, of the same number and with another module.
  func conflict(of number: Int, _ name: String, in scope: String) -> Entry? {
    entries.first {
      $0.number == number && $0.scope.isEmpty && !scope.isEmpty && !$0.isSwitchedOff
        && $0.name.map { $0.lowercased() != name.lowercased() } == true
    }
  }
}

/// A line of `plugin { }`, or `plugin/KEY = VALUE`; one of the plugin's that stands outside was meant so.
struct PluginSetting {
  let key: String
  let value: SettingValue
  var comment: String?
  /// It stands in a comment, with nothing in front: `#xexec9 = ...`.
  var isSwitchedOff = false

  init?(_ node: ConfigurationNode, isInPlugin: Bool) {
    switch node.kind {
    case .setting(let key, let value)
    where isInPlugin || key.hasPrefix("plugin/") || SettingKey.of(key) != .foreign:
      self.key = key.hasPrefix("plugin/") ? String(key.dropFirst("plugin/".count)) : key
      self.value = value
      comment = node.comment
    case .comment(let text) where isInPlugin:
      guard let inner = ConfigurationTree(String(text.dropFirst())).nodes.first,
        case .setting(let key, let value) = inner.kind,
        SettingKey.of(key) != .foreign || key.hasPrefix("sieve"), text.dropFirst().hasPrefix(key)
      else { return nil }
      self.key = key
      self.value = value
      comment = inner.comment
      isSwitchedOff = true
    default: return nil
    }
  }
}

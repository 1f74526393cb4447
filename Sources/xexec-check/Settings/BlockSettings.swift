/// The plugin's settings in Dovecot 2.4: blocks `xexec NAME { }`, and what holds for all of them.
struct BlockSettings {
  struct Block {
    let name: String
    /// Without the `xexec_` that a key may have.
    var settings: [String: String] = [:]
  }

  /// `timeout`, `stdin`, ...
  var common: [String: String] = [:]
  var blocks: [Block] = []

  init(common: [String: String] = [:], blocks: [Block] = []) {
    self.common = common
    self.blocks = blocks
  }

  init(_ listing: SettingsBlock) {
    for (key, value) in listing.settings where key.hasPrefix("xexec_") {
      common[Self.key(key)] = value
    }
    blocks = listing.blocks("xexec").map { name, block in
      var settings: [String: String] = [:]
      for (key, value) in block.settings { settings[Self.key(key)] = value }
      return Block(name: name, settings: settings)
    }
  }

  static func key(_ key: String) -> String {
    key.hasPrefix("xexec_") ? String(key.dropFirst("xexec_".count)) : key
  }

  /// With what the userdb returns for a user: `xexec/NAME/timeout`, `xexec+=NAME`, `xexec=NAME,NAME`.
  func with(_ fields: [(key: String, value: String)]) -> BlockSettings {
    var result = self
    func names(_ value: String) -> [String] {
      value.split { $0 == "," || $0 == " " || $0 == "\t" }.map(String.init)
    }
    for (key, value) in fields where key == "xexec" || key == "xexec+" {
      let known = result.blocks
      if key == "xexec" { result.blocks = [] }
      for name in names(value) where !result.blocks.contains(where: { $0.name == name }) {
        result.blocks.append(known.first { $0.name == name } ?? Block(name: name))
      }
    }
    for (key, value) in fields {
      if key.hasPrefix("xexec_") { result.setCommon(Self.key(key), value) }
      let parts = key.split(separator: "/", maxSplits: 2).map(String.init)
      guard parts.count == 3, parts[0] == "xexec",
        let index = result.blocks.firstIndex(where: { $0.name == parts[1] })
      else { continue }
      result.blocks[index].settings[Self.key(parts[2])] = value
    }
    return result
  }

  private mutating func setCommon(_ key: String, _ value: String) { common[key] = value }
}

/// The plugin's settings, as the version of Dovecot spells them.
enum ModuleSettings {
  /// 2.3: what stands in `plugin { }`.
  case numbered([(key: String, value: String)])
  /// 2.4
  case blocks(BlockSettings)

  /// With those that the userdb returns for a user.
  func with(_ fields: [(key: String, value: String)]) -> ModuleSettings {
    let own = fields.filter { $0.key.lowercased().hasPrefix("xexec") }
    switch self {
    case .numbered(let common):
      // the user's own replace those of the same key
      return .numbered(common.filter { setting in !own.contains { $0.key == setting.key } } + own)
    case .blocks(let common):
      return .blocks(common.with(own))
    }
  }

  /// What the administrator is told to write.
  var advice: Advice {
    if case .blocks = self { Advice(is24: true) } else { Advice(is24: false) }
  }
}

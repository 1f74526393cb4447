import XexecCore

/// What becomes of a line of `plugin { }`.
extension Converter {
  mutating func convert(_ chunk: inout PluginSection.Chunk) throws(Unconvertible) {
    let setting = chunk.setting
    switch SettingKey.of(setting.key) {
    case .entry(let number):
      chunk.number = number
      chunk.lines = [try entry(number, setting, place(chunk.node))]
    case .option(let option, let number):
      let value = try checked(option, try converted(setting.value))
      guard let number else {
        chunk.lines = ["xexec_\(option.name) = \(ValueText.written(value))"]
        return
      }
      let scope = self.scope.joined(separator: " ")
      let key = "xexec\(number == 1 ? "" : "\(number)")"
      guard let name = entries.name(of: number, in: scope) else {
        throw Unconvertible(reason: "there is no \(key)")
      }
      if !setting.isSwitchedOff, entries.owner(of: name, besides: number, in: scope) != nil {
        throw Unconvertible(reason: "Dovecot 2.3 ignores \(key)")
      }
      chunk.number = number
      chunk.lines = ["\(option.name) = \(ValueText.written(value))"]
    case .unknown:
      throw Unconvertible(reason: "the plugin has no such setting")
    case .foreign:
      chunk.lines = try sieve(setting)
    }
  }

  private func entry(
    _ number: Int, _ setting: PluginSetting, _ place: Place
  ) throws(Unconvertible) -> String {
    let scope = self.scope.joined(separator: " ")
    let value = setting.value
    if NumberedSettings.isSwitchedOff(value.text) {
      guard entries.name(of: number, in: scope) != nil else {
        throw Unconvertible(reason: "there is no module that it could take away")
      }
      return "program = no"
    }
    _ = try converted(value)
    guard let name = EntryNames.moduleName(value.text) else {
      throw Unconvertible(reason: "it names no module: an entry is module:program [argument ...]")
    }
    if !setting.isSwitchedOff {
      if let other = entries.replacement(of: number, name, at: place, in: scope) {
        throw Unconvertible(reason: "Dovecot takes \(setting.key) at \(other.place) instead of it")
      }
      if let other = entries.owner(of: name, besides: number, in: scope) {
        throw Unconvertible(
          reason: "Dovecot 2.3 ignores it, since an earlier entry names \(name): at \(other.place)")
      }
      if let other = entries.conflict(of: number, name, in: scope) {
        throw Unconvertible(
          reason: "it takes the place of the module \(other.name ?? "") at \(other.place): "
            + "switch that off here by \"program = no\", and give \(name) a block of its own")
      }
    }
    let words = value.text.dropFirst(name.count + 1).drop { $0 == " " || $0 == "\t" }
    let command = VariableConversion(String(words)).text
    return "program = \(ValueText.written(command, wasQuoted: value.isQuoted))"
  }

  /// 2.4 does not start with a value that it cannot read. 2.3 only skipped it.
  private func checked(
    _ option: SettingKey.Option, _ value: String
  ) throws(Unconvertible) -> String {
    let words: [String]
    switch option {
    case .timeLimit, .maximumLiteral:
      do throws(DovecotValue.Invalid) {
        if case .timeLimit = option {
          _ = try DovecotValue.milliseconds(value)
        } else {
          _ = try DovecotValue.octets(value)
        }
      } catch {
        throw Unconvertible(reason: error.reason)
      }
      return value
    case .stdin: words = ["prompts", "literal"]
    case .progress: words = ["code", "text", "no"]
    case .stderr: words = ["client", "log"]
    }
    guard let word = words.first(where: { $0 == value.lowercased() }) else {
      throw Unconvertible(reason: "it is none of \(words.joined(separator: ", "))")
    }
    return word
  }

  func orderKey(_ kind: String) -> String { "\(scope.joined(separator: " ")) \(kind)" }

  /// In 2.3 the numbers decide, and in 2.4 the places of the blocks.
  mutating func checkOrder() {
    for (key, numbers) in order.sorted(by: { $0.key < $1.key }) {
      var seen: Set<Int> = []
      let first = numbers.filter { seen.insert($0).inserted }
      if first == first.sorted() { continue }
      let kind = key.split(separator: " ").last.map(String.init) ?? key
      findings.warning(
        kind, nil,
        "the order is another one in 2.4, where that of the blocks counts: by the numbers it is "
          + first.sorted().map { $0 == 1 ? kind : "\(kind)\($0)" }.joined(separator: ", "))
    }
  }
}

extension SettingKey.Option {
  /// Its name in a block.
  var name: String {
    switch self {
    case .timeLimit: "timeout"
    case .stdin: "stdin"
    case .maximumLiteral: "max_literal"
    case .progress: "progress"
    case .stderr: "stderr"
    }
  }
}

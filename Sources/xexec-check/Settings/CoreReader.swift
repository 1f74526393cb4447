import CXexec
import Glibc
import XexecCore

/// A module that users can run, as the plugin's core has read it.
struct ModuleEntry {
  /// `xexec2`, or `xexec NAME` of a block
  let key: String
  let name: String
  /// The program and its arguments, variables not expanded.
  let words: [String]
  /// A literal is the program's stdin.
  let takesLiteral: Bool
  /// How long the program may work, in milliseconds; 0 = without limit.
  let timeLimit: UInt32

  var program: String { words.first ?? "" }
}

/// What the plugin's core says of the settings of a user. It is the core itself: what is judged
/// here is what a login will find.
final class CoreReader {
  /// The entries that are none, and why.
  private(set) var reports: [(key: String, reason: String)] = []
  private(set) var warnings: [String] = []
  private(set) var modules: [ModuleEntry] = []
  /// What the core was told, in C strings; they live as long as this.
  private var strings: [UnsafeMutablePointer<CChar>] = []

  init(_ settings: ModuleSettings) {
    switch settings {
    case .numbered(let settings): read(settings)
    case .blocks(let settings): read(settings)
    }
  }

  private func read(_ settings: [(key: String, value: String)]) {
    let all = settings.map { xexec_setting(key: keep($0.key), value: keep($0.value)) }
    let table = all.withUnsafeBufferPointer { NumberedSettings.table($0, host: host) }
    take(table) { _ in "" }
    addKeys(all)
  }

  private func read(_ settings: BlockSettings) {
    let all = settings.blocks.compactMap { block(of: $0, $0.settings, settings.common) }
    let table = all.withUnsafeBufferPointer { ModuleBlocks.table($0, host: host) }
    take(table) { "xexec \($0)" }
    reports = reports.map { key, reason in
      (key.hasPrefix("xexec ") ? key : "xexec \(key)", reason)
    }
  }

  private func take(_ table: ModuleTable, key: (String) -> String) {
    modules = table.modules.map { module in
      let name = String(cString: module.name.start)
      return ModuleEntry(
        key: key(name), name: name, words: module.words.map { String(cString: $0.start) },
        takesLiteral: module.options.stdin == .literal, timeLimit: module.options.timeLimit)
    }
  }

  /// What Dovecot 2.4 hands to the core; nil if a value is none, and the block does not count.
  private func block(
    of block: BlockSettings.Block, _ own: [String: String], _ common: [String: String]
  ) -> xexec_block? {
    func text(_ key: String, _ words: String...) throws(DovecotValue.Invalid) -> String {
      guard let value = own[key] ?? common[key] else { return words[0] }
      if !words.contains(value) { throw .init(reason: "\(key) cannot be \"\(value)\"") }
      return value
    }
    do throws(DovecotValue.Invalid) {
      let timeout = own["timeout"] ?? common["timeout"] ?? "60s"
      let literal = own["max_literal"] ?? common["max_literal"] ?? "40M"
      return xexec_block(
        name: keep(block.name), program: keep(own["program"] ?? ""),
        timeout: timeout == "infinite" ? 0 : try DovecotValue.milliseconds(timeout),
        max_literal: literal == "unlimited" ? .max : try DovecotValue.octets(literal),
        stdin_for: keep(try text("stdin", "prompts", "literal")),
        stderr_for: keep(try text("stderr", "client", "log")),
        progress: keep(try text("progress", "code", "text", "no")))
    } catch {
      reports.append(("xexec \(block.name)", error.reason))
      return nil
    }
  }

  deinit { for string in strings { free(string) } }

  /// The table has the modules in the order of its entries, and does not keep the keys.
  private func addKeys(_ settings: [xexec_setting]) {
    let bad = Set(reports.map(\.key))
    var entries: [(number: Int, key: String)] = []
    for setting in settings {
      let key = String(cString: setting.key)
      if case .entry(let number) = SettingKey.of(key), !bad.contains(key),
        !NumberedSettings.isSwitchedOff(String(cString: setting.value))
      {
        entries.append((number, key))
      }
    }
    // as the table does: of the same number, the one that came first
    let keys = entries.enumerated().sorted {
      ($0.element.number, $0.offset) < ($1.element.number, $1.offset)
    }.map(\.element.key)
    modules = zip(keys, modules).map { key, module in
      ModuleEntry(
        key: key, name: module.name, words: module.words, takesLiteral: module.takesLiteral,
        timeLimit: module.timeLimit)
    }
  }

  private func keep(_ text: String) -> UnsafePointer<CChar> {
    let copy = strdup(text)!
    strings.append(copy)
    return UnsafePointer(copy)
  }

  /// The core's host, which is Dovecot in the plugin.
  private var host: xexec_settings_host {
    var host = xexec_settings_host()
    host.context = Unmanaged.passUnretained(self).toOpaque()
    host.parse_time = { context, value, result, error in
      do throws(DovecotValue.Invalid) {
        result!.pointee = try DovecotValue.milliseconds(String(cString: value!))
        return true
      } catch let invalid {
        error!.pointee = CoreReader.of(context).keep(invalid.reason)
        return false
      }
    }
    host.parse_size = { context, value, result, error in
      do throws(DovecotValue.Invalid) {
        result!.pointee = try DovecotValue.octets(String(cString: value!))
        return true
      } catch let invalid {
        error!.pointee = CoreReader.of(context).keep(invalid.reason)
        return false
      }
    }
    host.bad_setting = { context, key, reason in
      CoreReader.of(context).reports.append((String(cString: key!), String(cString: reason!)))
    }
    host.warn = { context, message in
      CoreReader.of(context).warnings.append(String(cString: message!))
    }
    return host
  }

  private static func of(_ context: UnsafeMutableRawPointer?) -> CoreReader {
    Unmanaged<CoreReader>.fromOpaque(context!).takeUnretainedValue()
  }
}

extension NumberedSettings {
  /// Whether the value of an entry takes a module away.
  static func isSwitchedOff(_ value: String) -> Bool {
    var value = value
    return value.withUTF8 { isSwitchedOff($0) }
  }
}

extension SettingKey {
  /// What a key means to the plugin.
  static func of(_ key: String) -> SettingKey {
    var key = key
    return key.withUTF8 { SettingKey($0) }
  }
}

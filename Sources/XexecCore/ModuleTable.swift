import CXexec

/// The modules that one user can run, in the order of their keys.
final class ModuleTable {
  private(set) var modules: [Module] = []

  /// The time limit where the settings name none, in milliseconds.
  static let defaultTimeLimit: UInt32 = 60_000

  /// Reads the settings of a user. Bad entries are reported to `host` and skipped.
  init(settings: UnsafeBufferPointer<xexec_setting>, host: xexec_settings_host) {
    var entries: [(number: Int, setting: xexec_setting)] = []
    var timeLimits: [(number: Int, milliseconds: UInt32)] = []
    var commonTimeLimit = ModuleTable.defaultTimeLimit

    for setting in settings {
      switch SettingKey(octets(of: setting.key)) {
      case .entry(let number):
        ModuleTable.insert(setting, number, into: &entries)
      case .timeLimit(let number):
        if let limit = ModuleTable.parseTime(setting, host) {
          timeLimits.append((number, limit))
        }
      case .commonTimeLimit:
        if let limit = ModuleTable.parseTime(setting, host) { commonTimeLimit = limit }
      case .unknown:
        ModuleTable.report(
          setting, "unknown setting: entries are xexec, xexec2, xexec3, ... and their _timeout",
          host)
      case .foreign:
        break
      }
    }

    for entry in entries {
      var limit = commonTimeLimit
      for own in timeLimits where own.number == entry.number { limit = own.milliseconds }
      add(entry.setting, timeLimit: limit, host)
    }
  }

  /// The module that a client means by `name`, or nil if nobody configured it.
  func module(named name: UnsafePointer<CChar>) -> Module? {
    for module in modules where module.isNamed(name) { return module }
    return nil
  }

  private func add(_ setting: xexec_setting, timeLimit: UInt32, _ host: xexec_settings_host) {
    do throws(Module.Failure) {
      let module = try Module.read(entry: setting.value, timeLimit: timeLimit)
      if self.module(named: module.name.start) != nil {
        ModuleTable.report(setting, "the module is named by an earlier entry already", host)
      } else {
        modules.append(module)
      }
    } catch {
      ModuleTable.report(setting, error.reason, host)
    }
  }

  /// Keeps the entries sorted by number. There are few, and Dovecot mostly has them in order.
  private static func insert(
    _ setting: xexec_setting, _ number: Int,
    into entries: inout [(number: Int, setting: xexec_setting)]
  ) {
    var position = entries.count
    while position > 0 && entries[position - 1].number > number { position -= 1 }
    entries.insert((number, setting), at: position)
  }

  private static func parseTime(
    _ setting: xexec_setting, _ host: xexec_settings_host
  ) -> UInt32? {
    var milliseconds: UInt32 = 0
    var error: UnsafePointer<CChar>?
    if host.parse_time(host.context, setting.value, &milliseconds, &error) { return milliseconds }
    host.bad_setting(host.context, setting.key, error)
    return nil
  }

  private static func report(
    _ setting: xexec_setting, _ reason: StaticString, _ host: xexec_settings_host
  ) {
    host.bad_setting(host.context, setting.key, reason.cString)
  }
}

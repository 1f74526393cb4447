import CXexec

/// The settings of Dovecot 2.3, as its plugin {} section has them: `xexec`, `xexec2`, `xexec2_timeout`.
package struct NumberedSettings {
  /// A setting of one entry: the entry itself, or an option of it.
  private struct Numbered {
    let number: Int
    let option: SettingKey.Option?
    let setting: xexec_setting
  }

  private var entries: [Numbered] = []
  private var ownOptions: [Numbered] = []
  private var common = ModuleOptions()

  /// Reads the settings of a user. Bad entries are reported to `host` and skipped.
  package static func table(
    _ settings: UnsafeBufferPointer<xexec_setting>, host: xexec_settings_host
  ) -> ModuleTable {
    let table = ModuleTable()
    NumberedSettings(settings, host).add(to: table, host)
    table.announce(host, advice: "put a + in front of it, or XEXEC into it")
    return table
  }

  private init(_ settings: UnsafeBufferPointer<xexec_setting>, _ host: xexec_settings_host) {
    for setting in settings {
      switch SettingKey(octets(of: setting.key)) {
      case .entry(let number):
        insert(setting, number)
      case .option(let option, let number?):
        ownOptions.append(Numbered(number: number, option: option, setting: setting))
      case .option(let option, nil):
        common.read(option, setting, host)
      case .unknown:
        host.report(
          setting.key,
          "unknown setting: entries are xexec, xexec2, xexec3, ... and their _timeout, _stdin, _max_literal, _progress and _stderr"
        )
      case .foreign:
        break
      }
    }
  }

  private func add(to table: ModuleTable, _ host: xexec_settings_host) {
    // those of entries that do not exist are read too: wrong is wrong
    var numbered: [(number: Int, options: ModuleOptions)] = []
    for own in ownOptions {
      if !numbered.contains(where: { $0.number == own.number }) {
        numbered.append((own.number, common))
      }
      guard let option = own.option else { continue }
      for index in numbered.indices where numbered[index].number == own.number {
        numbered[index].options.read(option, own.setting, host)
      }
    }
    for entry in entries {
      let all = octets(of: entry.setting.value)
      if NumberedSettings.isSwitchedOff(all) { continue }
      guard let colon = all.firstIndex(of: UInt8(ascii: ":")) else {
        host.report(entry.setting.key, "no colon: an entry is module:program [argument ...]")
        continue
      }
      let own = numbered.first { $0.number == entry.number }
      table.add(
        entry.setting.key, name: UnsafeBufferPointer(rebasing: all[..<colon]),
        command: UnsafeBufferPointer(rebasing: all[(colon + 1)...]), variable: nil,
        options: own?.options ?? common, host)
    }
  }

  /// Whether an entry takes a module from its user: `no`, or nothing, which Dovecot makes a `yes` of
  /// on its way from the userdb (auth/auth-fields.c, lib-storage/mail-storage-service.c).
  package static func isSwitchedOff(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
    value.allSatisfy(ASCII.isBlank) || ASCII.equalsIgnoringCase(value, "no")
      || ASCII.equalsIgnoringCase(value, "yes")
  }

  /// Keeps the entries sorted by number. There are few, and Dovecot mostly has them in order.
  private mutating func insert(_ setting: xexec_setting, _ number: Int) {
    var position = entries.count
    entries.append(Numbered(number: number, option: nil, setting: setting))
    while position > 0 && entries[position - 1].number > number {
      entries.swapAt(position - 1, position)
      position -= 1
    }
  }
}

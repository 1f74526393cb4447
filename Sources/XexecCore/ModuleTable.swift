import CXexec

/// The modules that one user can run, in the order of their keys.
package final class ModuleTable {
  package private(set) var modules: [Module] = []
  /// What announces them: `XEXEC`, and `XEXEC=NAME` for each.
  package private(set) var capabilities: [OwnedCString] = []

  /// The most octets that they may add to the response to a login. Dovecot's own proxy takes 4096
  /// for all of that response, nginx's as many for two copies of the capabilities: a user with more
  /// could not log in.
  static let maximumCapabilities = 1800

  /// A setting of one entry: the entry itself, or an option of it.
  private struct Numbered {
    let number: Int
    let option: SettingKey.Option?
    let setting: xexec_setting
  }

  /// Reads the settings of a user. Bad entries are reported to `host` and skipped.
  package init(settings: UnsafeBufferPointer<xexec_setting>, host: xexec_settings_host) {
    var entries: [Numbered] = []
    var ownOptions: [Numbered] = []
    var common = ModuleOptions()

    for setting in settings {
      switch SettingKey(octets(of: setting.key)) {
      case .entry(let number):
        ModuleTable.insert(setting, number, into: &entries)
      case .option(let option, let number?):
        ownOptions.append(Numbered(number: number, option: option, setting: setting))
      case .option(let option, nil):
        common.read(option, setting, host)
      case .unknown:
        host.report(
          setting,
          "unknown setting: entries are xexec, xexec2, xexec3, ... and their _timeout, _stdin, _max_literal, _progress and _stderr"
        )
      case .foreign:
        break
      }
    }

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
      let own = numbered.first { $0.number == entry.number }
      add(entry.setting, options: own?.options ?? common, host)
    }
    announce(host)
  }

  private func announce(_ host: xexec_settings_host) {
    if modules.isEmpty { return }
    capabilities = [OwnedCString(copying: ("XEXEC" as StaticString).cString)]
    for module in modules { capabilities.append(module.capability) }
    // each has a space in front
    var length = 0
    for capability in capabilities { length += 1 + octets(of: capability.start).count }
    if length <= ModuleTable.maximumCapabilities { return }
    capabilities = [capabilities[0]]
    var text = OctetBuffer()
    text.append("xexec: only XEXEC is announced, and not the names of the modules: they would add ")
    text.append(decimal: length)
    text.append(" octets to the response to a login, and proxies take ")
    text.append(decimal: ModuleTable.maximumCapabilities)
    host.warn(host.context, text.cString())
  }

  /// The module that a client means by `name`, or nil if nobody configured it.
  func module(named name: UnsafePointer<CChar>) -> Module? {
    for module in modules where module.isNamed(name) { return module }
    return nil
  }

  private func add(
    _ setting: xexec_setting, options: ModuleOptions, _ host: xexec_settings_host
  ) {
    if ModuleTable.isSwitchedOff(octets(of: setting.value)) { return }
    do throws(Module.Failure) {
      let module = try Module.read(entry: setting.value, options: options)
      if self.module(named: module.name.start) != nil {
        host.report(setting, "the module is named by an earlier entry already")
      } else {
        modules.append(module)
      }
    } catch {
      host.report(setting, error.reason)
    }
  }

  /// Whether an entry takes a module from its user: `no`, or nothing, which Dovecot makes a `yes` of
  /// on its way from the userdb (auth/auth-fields.c, lib-storage/mail-storage-service.c).
  package static func isSwitchedOff(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
    value.allSatisfy(ASCII.isBlank) || ASCII.equalsIgnoringCase(value, "no")
      || ASCII.equalsIgnoringCase(value, "yes")
  }

  /// Keeps the entries sorted by number. There are few, and Dovecot mostly has them in order.
  private static func insert(
    _ setting: xexec_setting, _ number: Int,
    into entries: inout [Numbered]
  ) {
    var position = entries.count
    entries.append(Numbered(number: number, option: nil, setting: setting))
    while position > 0 && entries[position - 1].number > number {
      entries.swapAt(position - 1, position)
      position -= 1
    }
  }
}

extension xexec_settings_host {
  /// Tells the administrator that a setting is skipped, and why.
  func report(_ setting: xexec_setting, _ reason: StaticString) {
    bad_setting(context, setting.key, reason.cString)
  }
}

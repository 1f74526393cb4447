import CXexec

/// The modules that one user can run, in the order of the settings.
package final class ModuleTable {
  package private(set) var modules: [Module] = []
  /// What announces them: `XEXEC`, and `XEXEC=NAME` for each.
  package private(set) var capabilities: [OwnedCString] = []

  /// The most octets that they may add to the response to a login. Dovecot's own proxy takes 4096
  /// for all of that response, nginx's as many for two copies of the capabilities: a user with more
  /// could not log in.
  static let maximumCapabilities = 1800

  /// Without modules, for ``NumberedSettings`` and ``ModuleBlocks`` to fill.
  init() {}

  /// The module that a client means by `name`, or nil if nobody configured it.
  func module(named name: UnsafePointer<CChar>) -> Module? {
    for module in modules where module.isNamed(name) { return module }
    return nil
  }

  /// Adds one module. Of those with the same name the first is kept. What is wrong is reported to
  /// `host` by `key`.
  @inline(never)
  func add(
    _ key: UnsafePointer<CChar>, name: UnsafeBufferPointer<UInt8>,
    command: UnsafeBufferPointer<UInt8>, variable: WordSplitter.VariableLength?,
    options: ModuleOptions,
    _ host: xexec_settings_host
  ) {
    do throws(Module.Failure) {
      let module = try Module.read(
        name: name, command: command, variable: variable, options: options)
      if self.module(named: module.name.start) != nil {
        host.report(key, "the module is named by an earlier entry already")
      } else {
        modules.append(module)
      }
    } catch {
      host.report(key, error.reason)
    }
  }

  /// Makes up what announces the modules, once all are there. `advice` says how a full
  /// `imap_capability` gets room for it.
  func announce(_ host: xexec_settings_host, advice: StaticString) {
    if modules.isEmpty { return }
    if let setting = host.imap_capability, ModuleTable.isHidden(by: octets(of: setting)) {
      var text = OctetBuffer()
      text.append("xexec: imap_capability is set in full, so that clients do not see XEXEC: ")
      text.append(advice)
      host.warn(host.context, text.cString())
    }
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

  /// Whether Dovecot's `imap_capability` leaves no room for what plugins announce, and does not have
  /// `XEXEC` itself.
  package static func isHidden(by setting: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = setting.first, first != UInt8(ascii: "+") else { return false }
    var start = 0
    for end in 0...setting.count where end == setting.count || ASCII.isBlank(setting[end]) {
      let word = UnsafeBufferPointer(rebasing: setting[start..<end])
      if ASCII.equalsIgnoringCase(word, "XEXEC") { return false }
      start = end + 1
    }
    return true
  }
}

extension xexec_settings_host {
  /// Tells the administrator that a setting is skipped, and why.
  func report(_ key: UnsafePointer<CChar>, _ reason: StaticString) {
    bad_setting(context, key, reason.cString)
  }
}

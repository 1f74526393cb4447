import XexecCore

/// What is in the form of Dovecot 2.4 already.
enum NewForm {
  /// Blocks that 2.3 does not have.
  static let blocks: Set<String> = [
    "xexec", "mail_plugins", "imap_capability", "protocols", "sieve_script", "sieve_extensions",
    "sieve_global_extensions", "sieve_plugins",
  ]
  private static let settings: Set<String> = ["dovecot_config_version", "dovecot_storage_version"]

  /// Where a file of 2.4 shows that it is one; nil if it does not, or has something of 2.3 in it.
  static func mark(in nodes: [ConfigurationNode]) -> Int? {
    var mark: Int?
    var isOld = false
    look(nodes, &mark, &isOld)
    return isOld ? nil : mark
  }

  private static func look(_ nodes: [ConfigurationNode], _ mark: inout Int?, _ isOld: inout Bool) {
    for node in nodes {
      switch node.kind {
      case .section("plugin", _, _): isOld = true
      case .section(let type, _, _) where blocks.contains(type): mark = mark ?? node.number
      case .section(let type, _, let inner) where Converter.filters.contains(type):
        look(inner, &mark, &isOld)
      case .setting(let key, _) where settings.contains(key): mark = mark ?? node.number
      case .setting("mail_plugins", let value) where !value.references.isEmpty: isOld = true
      case .setting where PluginSetting(node, isInPlugin: false).map(isNumbered) == true:
        isOld = true
      default: break
      }
    }
  }

  /// `xexec_timeout` is the same in both.
  private static func isNumbered(_ setting: PluginSetting) -> Bool {
    if case .option(_, nil) = SettingKey.of(setting.key) { return false }
    return true
  }
}

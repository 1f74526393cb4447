import XexecCore

/// Whether imap loads the plugin, and clients see it.
struct PluginCheck {
  let configuration: DovecotConfiguration
  let files: ConfigurationFiles
  /// The ABI version of Dovecot, up to the bracket; nil if it is not known.
  let dovecotABI: String?

  func run(modules: [ModuleEntry], _ findings: inout FindingList) {
    if configuration.imapPlugins.contains("xexec") || !modules.isEmpty {
      checkOthers(&findings)
    }
    let mailPlugins = place(of: "xexec", for: "imap")
    guard configuration.imapPlugins.contains("xexec") else {
      if !modules.isEmpty {
        findings.error(
          "mail_plugins", mailPlugins,
          "the plugin is not loaded, and no user has XEXEC: "
            + "add \(advice.loading("xexec")) to protocol imap")
      }
      return
    }
    checkFile(mailPlugins, &findings)
    checkSettingsModule(mailPlugins, &findings)
    if modules.isEmpty {
      findings.warning(
        "mail_plugins", mailPlugins,
        "the plugin is loaded, but there is no module: add \(advice.module)")
    }
    var capability = configuration.imapCapability
    if !modules.isEmpty && capability.withUTF8(ModuleTable.isHidden) {
      findings.warning(
        "imap_capability", files.place(of: "imap_capability"),
        "is set in full, so that clients do not see XEXEC: \(advice.capability)")
    }
  }

  private var advice: Advice { configuration.modules.advice }

  /// Where a list has the plugin, or where the list is.
  private func place(of plugin: String, for name: String) -> Place? {
    files.place(of: "mail_plugins/\(plugin)", in: "protocol \(name)")
      ?? files.place(of: "mail_plugins", in: "protocol \(name)")
  }

  /// The plugins that are loaded besides: one that is not there keeps users out as well, or their
  /// mail.
  private func checkOthers(_ findings: inout FindingList) {
    let known = Set(names(inFolder: configuration.pluginFolder).compactMap(Self.plugin(inFile:)))
    var lists = [("imap", configuration.imapPlugins, "nobody can log in to IMAP")]
    for (name, delivery) in configuration.deliveries.sorted(by: { $0.key < $1.key })
    where name != "lmtp" || configuration.protocols.contains(name) {
      lists.append((name, delivery.plugins, "\(name) delivers no mail"))
    }
    for (name, plugins, harm) in lists {
      for plugin in plugins
      where plugin != "xexec" && !known.contains(Self.plugin(inFile: "\(plugin).so") ?? "") {
        findings.error(
          "mail_plugins", place(of: plugin, for: name),
          plugin.hasPrefix("$")
            ? "Dovecot 2.4 takes \(plugin) for a plugin, which is not there, and \(harm): write "
              + "\(advice.loading("NAME")), with each plugin's name"
            : "there is no plugin \(plugin) in \(configuration.pluginFolder), and \(harm): "
              + "install it, or take it out of mail_plugins")
      }
    }
  }

  /// The name by which Dovecot finds the plugin of a file, `[lib][NN_]NAME[_plugin].so`; nil if it is
  /// none.
  private static func plugin(inFile file: String) -> String? {
    guard file.hasSuffix(".so") else { return nil }
    var name = file.dropLast(3)
    if name.hasPrefix("lib") { name = name.dropFirst(3) }
    let behind = name.drop { $0.isNumber }
    if behind.first == "_", behind.count < name.count { name = behind.dropFirst() }
    if name.hasSuffix("_plugin") { name = name.dropLast("_plugin".count) }
    return String(name)
  }

  private func checkFile(_ mailPlugins: Place?, _ findings: inout FindingList) {
    let folder = configuration.pluginFolder
    let files = names(inFolder: folder).filter { Self.plugin(inFile: $0) == "xexec" }
    guard let file = files.first else {
      findings.error(
        "mail_plugins", mailPlugins,
        "there is no lib10_xexec_plugin.so in \(folder), and nobody can log in to IMAP: "
          + "run \"make install\", or take xexec out of mail_plugins")
      return
    }
    if files.count > 1 {
      findings.error(
        "mail_plugins", mailPlugins,
        "\(folder) has \(files.joined(separator: " and ")), and nobody can log in to IMAP: "
          + "remove all but lib10_xexec_plugin.so")
    }
    guard let abi = ABIVersion.inFile("\(folder)/\(file)") else {
      findings.error(
        "mail_plugins", mailPlugins,
        "\(folder)/\(file) is no plugin of Dovecot, or cannot be read: run \"make install\" again")
      return
    }
    if let dovecotABI, abi != dovecotABI {
      findings.error(
        "mail_plugins", mailPlugins,
        "\(folder)/\(file) was built for Dovecot \(abi), and this is \(dovecotABI): nobody can log "
          + "in to IMAP. Build it anew, or take xexec out of mail_plugins")
    }
  }

  /// What tells Dovecot 2.4 of the plugin's settings.
  private func checkSettingsModule(_ mailPlugins: Place?, _ findings: inout FindingList) {
    if configuration.settingsFolder.isEmpty { return }
    let fault = SettingsModule(folder: configuration.settingsFolder).fault(dovecotABI: dovecotABI)
    if let fault { findings.error("mail_plugins", mailPlugins, fault) }
  }
}

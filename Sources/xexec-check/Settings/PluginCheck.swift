import XexecCore

/// Whether imap loads the plugin, and clients see it.
struct PluginCheck {
  let configuration: DovecotConfiguration
  let place: (String) -> Place?
  /// The ABI version of Dovecot, up to the bracket; nil if it is not known.
  let dovecotABI: String?

  func run(modules: [ModuleEntry], _ findings: inout FindingList) {
    let mailPlugins = place("mail_plugins/xexec") ?? place("mail_plugins")
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
        "imap_capability", place("imap_capability"),
        "is set in full, so that clients do not see XEXEC: \(advice.capability)")
    }
  }

  private var advice: Advice { configuration.modules.advice }

  private func checkFile(_ mailPlugins: Place?, _ findings: inout FindingList) {
    let folder = configuration.pluginFolder
    // [lib][NN_]NAME.so
    let files = names(inFolder: folder).filter { file in
      let name = file.hasPrefix("lib") ? file.dropFirst(3) : file[...]
      let digits = name.prefix { $0.isNumber }
      let own = name.dropFirst(digits.count).first == "_" ? name.dropFirst(digits.count + 1) : name
      return own == "xexec_plugin.so"
    }
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

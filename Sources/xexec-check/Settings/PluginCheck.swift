/// Whether imap loads the plugin, and clients see it.
struct PluginCheck {
  let configuration: DovecotConfiguration
  let place: (String) -> Place?
  /// The ABI version of Dovecot, up to the bracket; nil if it is not known.
  let dovecotABI: String?

  func run(modules: [ModuleEntry], _ findings: inout FindingList) {
    let mailPlugins = place("mail_plugins")
    guard configuration.imapPlugins.contains("xexec") else {
      if !modules.isEmpty {
        findings.error(
          "mail_plugins", mailPlugins,
          "the plugin is not loaded, and no user has XEXEC: "
            + "add \"mail_plugins = $mail_plugins xexec\" to protocol imap")
      }
      return
    }
    checkFile(mailPlugins, &findings)
    if modules.isEmpty {
      findings.warning(
        "mail_plugins", mailPlugins,
        "the plugin is loaded, but there is no module: add an entry \"xexec = module:program\"")
    }
    let capability = configuration.imapCapability
    let hasXexec = capability.split(separator: " ").contains { $0.uppercased() == "XEXEC" }
    if !modules.isEmpty && !capability.isEmpty && !capability.hasPrefix("+") && !hasXexec {
      findings.warning(
        "imap_capability", place("imap_capability"),
        "is set in full, so that clients do not see XEXEC: "
          + "put a + in front of it, or XEXEC into it")
    }
  }

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
}

/// The version that Dovecot and its plugins have to share, `2.3.ABIv19`: a text in the files of both.
enum ABIVersion {
  /// - Returns: nil if the file cannot be read, or has no such text in it.
  static func inFile(_ path: String) -> String? {
    readFile(path, limit: 64 << 20).flatMap(find)
  }

  static func find(in octets: [UInt8]) -> String? {
    let mark = Array(".ABIv".utf8)
    var start = 0
    while let dot = octets[start...].firstIndex(of: mark[0]) {
      start = dot + 1
      guard octets[dot...].starts(with: mark) else { continue }
      let digits = octets[(dot + mark.count)...].prefix(while: isDigit)
      let front = octets[..<dot].suffix(8).reversed().prefix { isDigit($0) || $0 == mark[0] }
      if digits.isEmpty || front.isEmpty { continue }
      return String(decoding: front.reversed() + mark + digits, as: UTF8.self)
    }
    return nil
  }

  private static func isDigit(_ octet: UInt8) -> Bool { (0x30...0x39).contains(octet) }
}

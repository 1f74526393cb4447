/// The file `libxexec_settings.so`, by which Dovecot 2.4 knows the plugin's settings.
struct SettingsModule {
  /// Where Dovecot looks for it.
  let folder: String

  /// What is wrong with it, and what to do; nil if nothing is.
  func fault(dovecotABI: String?) -> String? {
    let path = "\(folder)/libxexec_settings.so"
    guard FileStatus(path) != nil else {
      return "there is no \(path), and Dovecot does not start with a setting of the plugin: "
        + "run \"make install\", and restart Dovecot"
    }
    guard let abi = ABIVersion.inFile(path) else {
      return "\(path) is no module of Dovecot, or cannot be read: run \"make install\" again"
    }
    if let dovecotABI, abi != dovecotABI {
      return "\(path) was built for Dovecot \(abi), and this is \(dovecotABI): Dovecot does not "
        + "start with a setting of the plugin. Build it anew, or take all of these out"
    }
    return nil
  }
}

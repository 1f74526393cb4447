/// What to write, in the words of the installed Dovecot.
struct Advice {
  let is24: Bool

  func loading(_ plugin: String) -> String {
    is24
      ? "\"mail_plugins { \(plugin) = yes }\"" : "\"mail_plugins = $mail_plugins \(plugin)\""
  }

  var module: String {
    is24
      ? "a block \"xexec NAME { program = ... }\"" : "an entry \"xexec = module:program\""
  }

  /// An option of one module.
  func option(_ name: String, _ value: String, of module: ModuleEntry) -> String {
    is24 ? "\"\(name) = \(value)\" to the block" : "\"\(module.key)_\(name) = \(value)\""
  }

  func scripts(in folder: String) -> String {
    is24
      ? "\"sieve_script xexec { type = before, driver = file, path = \(folder) }\", a setting a line"
      : "\"sieve_before = file:\(folder)\" to plugin { }"
  }

  /// Where the folder of the scripts is named.
  var scriptFolder: String { is24 ? "\"path\" of sieve_script" : "sieve_before" }

  /// Clients do not see the plugin.
  var capability: String {
    is24
      ? "put XEXEC into it, or what you want to add to Dovecot's own into \"imap_capability { }\""
      : "put a + in front of it, or XEXEC into it"
  }

  var passwordFile: String { is24 ? "passwd_file_path" : "passdb { args }" }
}

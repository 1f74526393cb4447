import CXexec

/// What can be set for a module, and for all of them: `xexec2_timeout`, `xexec_timeout`.
struct ModuleOptions {
  /// What a program's stdin is for.
  enum Stdin {
    /// Answers to its prompts.
    case prompts
    /// The literal that the client sends as the last argument, if it does.
    case literal
  }

  /// How long the program may work, in milliseconds; 0 = without limit.
  var timeLimit: UInt32 = 60_000
  var stdin = Stdin.prompts
  /// How a client that waits is told that its command is still being worked on.
  var progress = ProgressReport.Style.code
  /// The most octets that a literal for stdin may have.
  var maximumLiteral: UInt64 = 40 * 1024 * 1024

  /// Reads the value of one option. One that is none is reported to `host`, and the option stays.
  mutating func read(
    _ option: SettingKey.Option, _ setting: xexec_setting, _ host: xexec_settings_host
  ) {
    var error: UnsafePointer<CChar>?
    switch option {
    case .timeLimit:
      var milliseconds: UInt32 = 0
      if host.parse_time(host.context, setting.value, &milliseconds, &error) {
        timeLimit = milliseconds
      } else {
        host.bad_setting(host.context, setting.key, error)
      }
    case .maximumLiteral:
      var size: UInt64 = 0
      if host.parse_size(host.context, setting.value, &size, &error) {
        maximumLiteral = size
      } else {
        host.bad_setting(host.context, setting.key, error)
      }
    case .progress:
      let value = octets(of: setting.value)
      if ASCII.equalsIgnoringCase(value, "code") {
        progress = .code
      } else if ASCII.equalsIgnoringCase(value, "text") {
        progress = .text
      } else if ASCII.equalsIgnoringCase(value, "no") {
        progress = .none
      } else {
        host.report(setting, "progress is told by a \"code\", as \"text\", or \"no\"")
      }
    case .stdin:
      let value = octets(of: setting.value)
      if ASCII.equalsIgnoringCase(value, "literal") {
        stdin = .literal
      } else if ASCII.equalsIgnoringCase(value, "prompts") {
        stdin = .prompts
      } else {
        host.report(setting, "stdin is for \"prompts\" or for a \"literal\"")
      }
    }
  }
}

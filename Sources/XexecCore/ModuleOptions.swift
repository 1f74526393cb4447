import CXexec

/// What can be set for a module, and for all of them: `xexec2_timeout`, `xexec_timeout`.
package struct ModuleOptions {
  /// What a program's stdin is for.
  package enum Stdin {
    /// Answers to its prompts.
    case prompts
    /// The literal that the client sends as the last argument, if it does.
    case literal
  }

  /// Who reads what a program writes to stderr.
  enum Stderr {
    /// The client.
    case client
    /// The administrator, in the log.
    case log
  }

  /// How long the program may work, in milliseconds; 0 = without limit.
  var timeLimit: UInt32 = 60_000
  package var stdin = Stdin.prompts
  var stderr = Stderr.client
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
      switch ModuleOptions.choice(setting, "code", "text", "no") {
      case 0: progress = .code
      case 1: progress = .text
      case 2: progress = .none
      default: host.report(setting, "progress is told by a \"code\", as \"text\", or \"no\"")
      }
    case .stderr:
      switch ModuleOptions.choice(setting, "client", "log") {
      case 0: stderr = .client
      case 1: stderr = .log
      default: host.report(setting, "stderr is for the \"client\" or for the \"log\"")
      }
    case .stdin:
      switch ModuleOptions.choice(setting, "prompts", "literal") {
      case 0: stdin = .prompts
      case 1: stdin = .literal
      default: host.report(setting, "stdin is for \"prompts\" or for a \"literal\"")
      }
    }
  }

  /// Which of the words the value is, or nil.
  @inline(never)
  private static func choice(
    _ setting: xexec_setting, _ first: StaticString, _ second: StaticString,
    _ third: StaticString = ""
  ) -> Int? {
    let value = octets(of: setting.value)
    if ASCII.equalsIgnoringCase(value, first) { return 0 }
    if ASCII.equalsIgnoringCase(value, second) { return 1 }
    return !value.isEmpty && ASCII.equalsIgnoringCase(value, third) ? 2 : nil
  }
}

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
  package var timeLimit: UInt32 = 60_000
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
      if let word = ModuleOptions.progress(octets(of: setting.value)) {
        progress = word
      } else {
        host.report(setting.key, "progress is told by a \"code\", as \"text\", or \"no\"")
      }
    case .stderr:
      if let word = ModuleOptions.stderr(octets(of: setting.value)) {
        stderr = word
      } else {
        host.report(setting.key, "stderr is for the \"client\" or for the \"log\"")
      }
    case .stdin:
      if let word = ModuleOptions.stdin(octets(of: setting.value)) {
        stdin = word
      } else {
        host.report(setting.key, "stdin is for \"prompts\" or for a \"literal\"")
      }
    }
  }

  static func progress(_ word: UnsafeBufferPointer<UInt8>) -> ProgressReport.Style? {
    switch choice(word, "code", "text", "no") {
    case 0: return .code
    case 1: return .text
    case 2: return ProgressReport.Style.none
    default: return nil
    }
  }

  static func stderr(_ word: UnsafeBufferPointer<UInt8>) -> Stderr? {
    switch choice(word, "client", "log") {
    case 0: return .client
    case 1: return .log
    default: return nil
    }
  }

  static func stdin(_ word: UnsafeBufferPointer<UInt8>) -> Stdin? {
    switch choice(word, "prompts", "literal") {
    case 0: return .prompts
    case 1: return .literal
    default: return nil
    }
  }

  /// Which of the words the value is, or nil.
  @inline(never)
  private static func choice(
    _ value: UnsafeBufferPointer<UInt8>, _ first: StaticString, _ second: StaticString,
    _ third: StaticString = ""
  ) -> Int? {
    if ASCII.equalsIgnoringCase(value, first) { return 0 }
    if ASCII.equalsIgnoringCase(value, second) { return 1 }
    return !value.isEmpty && ASCII.equalsIgnoringCase(value, third) ? 2 : nil
  }
}

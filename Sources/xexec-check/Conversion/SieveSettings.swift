/// Pigeonhole's settings in `plugin { }`: those that the modules need, and those that have only moved.
extension Converter {
  /// Lists that 2.4 reads word by word.
  private static let lists: Set<String> = [
    "sieve_extensions", "sieve_global_extensions", "sieve_plugins",
  ]
  private static let renamed = [
    "sieve_quota_max_scripts": "sieve_quota_script_count",
    "sieve_quota_max_storage": "sieve_quota_storage_size", "sieve_user_log": "sieve_user_log_path",
  ]
  /// On the top level of 2.4 they have the same name.
  private static let moved: Set<String> = [
    "sieve_redirect_envelope_from", "sieve_max_redirects", "sieve_redirect_duplicate_period",
    "sieve_max_actions", "sieve_max_script_size", "sieve_max_cpu_time",
    "sieve_resource_usage_timeout", "sieve_user_email", "sieve_vacation_min_period",
    "sieve_vacation_max_period", "sieve_vacation_default_period",
    "sieve_vacation_use_original_recipient", "sieve_vacation_send_from_recipient",
    "sieve_trace_dir", "sieve_trace_level", "sieve_trace_debug", "sieve_trace_addresses",
    "sieve_pipe_bin_dir", "sieve_pipe_socket_dir", "sieve_pipe_exec_timeout",
    "sieve_filter_bin_dir", "sieve_filter_socket_dir", "sieve_filter_exec_timeout",
    "sieve_execute_bin_dir", "sieve_execute_socket_dir", "sieve_execute_exec_timeout",
    "sieve_duplicate_default_period", "sieve_duplicate_max_period",
    "sieve_include_max_nesting_depth", "sieve_notify_mailto_envelope_from",
  ]

  mutating func sieve(_ setting: PluginSetting) throws(Unconvertible) -> [String] {
    let (key, value) = (setting.key, setting.value)
    if Self.lists.contains(key) { return Self.list(key, try converted(value)) }
    if let name = Self.moved.contains(key) ? key : Self.renamed[key] {
      return ["\(name) = \(ValueText.written(try converted(value), wasQuoted: value.isQuoted))"]
    }
    if key == "sieve" { return try script("personal", named: "personal", value) }
    for type in ["before", "after"] {
      guard let digits = key.wholeMatch(of: /sieve_[a-z]+([0-9]*)/)?.1,
        key.hasPrefix("sieve_\(type)")
      else { continue }
      let own = value.text.contains("xexec") && type == "before"
      let lines = try script(type, named: own ? "xexec" : "\(type)\(digits)", value)
      if !setting.isSwitchedOff {
        order[orderKey("sieve_\(type)"), default: []].append(Int(digits) ?? 1)
      }
      return lines
    }
    throw Unconvertible(reason: "it is of another plugin, whose settings are not known here")
  }

  /// `sieve_script NAME { }` for a location: `file:~/sieve;active=~/.dovecot.sieve`
  private mutating func script(
    _ type: String, named name: String, _ value: SettingValue
  ) throws(Unconvertible) -> [String] {
    var parts = try converted(value).split(separator: ";", omittingEmptySubsequences: false)
      .map(String.init)
    var path = parts.removeFirst()
    if let colon = path.firstIndex(of: ":"), !path[..<colon].contains(where: { "/~%".contains($0) })
    {
      guard path.hasPrefix("file:") else {
        throw Unconvertible(reason: "scripts of \"\(path[..<colon])\" are not known here")
      }
      path = String(path[path.index(after: colon)...])
    }
    var lines = ["type = \(type)", "driver = file", "path = \(ValueText.written(path))"]
    for part in parts {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2, let key = ["active": "active_path", "bindir": "bin_path"][pair[0]]
      else { throw Unconvertible(reason: "the option \"\(part)\" is not known here") }
      lines.append("\(key) = \(ValueText.written(pair[1]))")
    }
    // one of the same name and another folder would replace the first
    var block = name
    while let other = scripts[block], other != lines { block += "2" }
    scripts[block] = lines
    return ["sieve_script \(block) {"] + lines.map { "  \($0)" } + ["}"]
  }

  /// A list of words: with `+` and `-` it changes what there is.
  static func list(_ key: String, _ value: String) -> [String] {
    let words = value.split { $0 == " " || $0 == "," }.map(String.init)
    let isChange = !words.isEmpty && words.allSatisfy { $0.hasPrefix("+") || $0.hasPrefix("-") }
    if !isChange { return ["\(key) = \(words.joined(separator: " "))"] }
    return ["\(key) {"]
      + words.map { word in
        let name = String(word.dropFirst())
        return
          "  \(name.contains("=") ? "\"\(name)\"" : name) = \(word.hasPrefix("+") ? "yes" : "no")"
      } + ["}"]
  }
}

/// The words of `xexec-modules SUBCOMMAND [OPTION ...] --`.
struct ModuleWords {
  let subcommand: String?
  /// What stands between the subcommand and the `--`.
  let options: [String]
  /// Whether there is a `--`.
  let isClosed: Bool

  /// - Parameter words: The words behind the program.
  init(_ words: some Sequence<String>) {
    let words = Array(words)
    let end = words.firstIndex(of: "--")
    isClosed = end != nil
    let configured = words[..<(end ?? words.endIndex)]
    subcommand = configured.first
    options = Array(configured.dropFirst())
  }

  /// The values of an option, `--NAME VALUE` or `--NAME=VALUE`.
  func values(of name: String) -> [String] {
    var values: [String] = []
    for (index, word) in options.enumerated() {
      if word == name && index + 1 < options.count { values.append(options[index + 1]) }
      if word.hasPrefix("\(name)=") { values.append(String(word.dropFirst(name.count + 1))) }
    }
    return values
  }

  func value(of name: String) -> String? { values(of: name).last }
}

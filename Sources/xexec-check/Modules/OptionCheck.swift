/// The words of `xexec-modules` in a setting, against what the program knows.
struct OptionCheck {
  let subject: Subject
  let catalog: OptionCatalog

  func run(_ words: ModuleWords, _ findings: inout FindingList) {
    guard let subcommand = words.subcommand, let options = catalog.subcommands[subcommand] else {
      let known = catalog.subcommands.keys.sorted()
      let near = words.subcommand.flatMap { nearestName(to: $0, among: known) }
      findings.error(
        subject,
        "xexec-modules has no subcommand \"\(words.subcommand ?? "")\": write "
          + (near ?? known.joined(separator: ", or ")))
      return
    }
    let given = check(words.options, of: subcommand, options, &findings)
    for option in options where option.isRequired && !given.contains(option.name) {
      findings.error(
        subject, "\(subcommand) needs the option \(option.name): see \(help(subcommand))")
    }
  }

  /// - Returns: The options that are there.
  private func check(
    _ words: [String], of subcommand: String, _ options: [OptionCatalog.Option],
    _ findings: inout FindingList
  ) -> Set<String> {
    var given: Set<String> = []
    var rest = words[...]
    while let word = rest.popFirst() {
      let name = String(word.prefix { $0 != "=" })
      guard word.hasPrefix("-"), word != "-" else {
        findings.error(
          subject,
          "\(subcommand) takes no word \"\(word)\" in front of the --: see \(help(subcommand))")
        continue
      }
      guard let option = options.first(where: { $0.name == name }) else {
        let near = nearestName(to: name, among: options.map(\.name))
        findings.error(
          subject,
          "\(subcommand) has no option \(name): "
            + (near.map { "\($0) was meant?" } ?? "see \(help(subcommand))"))
        // what follows is most likely its value
        if let next = rest.first, !next.hasPrefix("-"), !word.contains("=") { rest.removeFirst() }
        continue
      }
      given.insert(name)
      if option.takesValue { check(word, option, &rest, &findings) }
    }
    return given
  }

  private func check(
    _ word: String, _ option: OptionCatalog.Option, _ rest: inout ArraySlice<String>,
    _ findings: inout FindingList
  ) {
    var value: String?
    if let sign = word.firstIndex(of: "=") {
      value = String(word[word.index(after: sign)...])
    } else if let next = rest.first, !next.hasPrefix("-") {
      value = next
      rest.removeFirst()
    }
    guard let value else {
      findings.error(subject, "the value of \(option.name) is missing: write it behind it")
      return
    }
    if let values = option.values, !values.contains(value), !value.contains("%") {
      findings.error(
        subject, "\(option.name) cannot be \"\(value)\": write \(values.joined(separator: ", or "))"
      )
    }
  }

  private func help(_ subcommand: String) -> String { "\"xexec-modules \(subcommand) --help\"" }
}

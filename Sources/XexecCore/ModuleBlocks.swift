import CXexec

/// The settings of Dovecot 2.4: blocks `xexec NAME { program = ... }`, with the options' types known to
/// Dovecot already.
package enum ModuleBlocks {
  /// Reads the settings of a user: the modules in the order of the blocks. Bad ones are reported to
  /// `host` and skipped.
  package static func table(
    _ blocks: UnsafeBufferPointer<xexec_block>, host: xexec_settings_host
  ) -> ModuleTable {
    let table = ModuleTable()
    for block in blocks {
      let command = octets(of: block.program)
      if ASCII.equalsIgnoringCase(command, "no") { continue }
      table.add(
        block.name, name: octets(of: block.name), command: command, variable: PipedVariable.length,
        options: ModuleOptions(block), host)
    }
    table.announce(host, advice: "add XEXEC = yes to it")
    return table
  }
}

extension ModuleOptions {
  /// Dovecot has checked the words.
  fileprivate init(_ block: xexec_block) {
    timeLimit = block.timeout == .max ? 0 : block.timeout
    maximumLiteral = block.max_literal
    if let word = ModuleOptions.progress(octets(of: block.progress)) { progress = word }
    if let word = ModuleOptions.stderr(octets(of: block.stderr_for)) { stderr = word }
    if let word = ModuleOptions.stdin(octets(of: block.stdin_for)) { stdin = word }
  }
}

import PrivateDovecot
import Testing

/// `xexec-check`, run by a test.
enum CheckRun {
  static func result(_ arguments: [String]) throws -> CommandResult {
    try run(
      [PrivateDovecot.checkProgram] + arguments,
      environment: ["PATH": "/usr/bin:/bin"], timeout: .seconds(60))
  }

  /// Checks a Dovecot.
  ///
  /// - Returns: The exit status, and the lines with `@` for its folder.
  static func of(
    _ dovecot: PrivateDovecot, _ arguments: String...
  ) throws -> (status: Int32, lines: [String]) {
    let result = try result(["-c", "\(dovecot.folder.path)/dovecot.conf"] + arguments)
    #expect(result.errorOutput.isEmpty, "\(result.errorOutput)")
    let lines = result.output.replacing(dovecot.folder.path, with: "@")
      .split(separator: "\n").map(String.init)
      // an ordinary user's files are that user's
      .filter { !dovecot.isRootless || !$0.contains(" owns @") }
    return (result.status, lines)
  }

  /// Lines without the number of a line in a file, which is another one in each version.
  static func withoutNumbers(_ lines: [String]) -> [String] {
    lines.map { $0.replacing(/conf:[0-9]+/, with: "conf:N") }
  }

  /// What the log of a login says of settings that are ignored, and the same from the check.
  static func compare(_ server: Server, count: Int) throws {
    _ = try server.connect()
    let log = server.pluginLog(count: count).filter { $0.contains("is ignored") }.map { line in
      String(line.dropFirst("xexec: setting ".count)).replacing(" is ignored", with: "")
    }
    #expect(log.count == count, "\(log)")
    let (status, lines) = try of(server.dovecot)
    let said = lines.filter { $0.contains("is ignored") }.map { line in
      #expect(line.contains(" (@/dovecot.conf:"), "\(line)")
      return line.replacing(#/^error:\ /#, with: "").replacing(#/\ \(@[^)]*\)/#, with: "")
        .replacing("is ignored: ", with: "")
    }
    #expect(Set(said) == Set(log))
    #expect(status == 1)
  }
}

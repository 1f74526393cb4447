import Testing

@testable import xexec_check

/// What only the files show of blocks `xexec NAME { }`.
@Suite struct BlockFileTests {
  let folder: CheckedFolder
  let program: String

  init() throws {
    folder = try CheckedFolder()
    program = try folder.addProgram()
  }

  private func lines(
    _ blocks: KeyValuePairs<String, [String: String]>, main: String
  ) -> [String] {
    let settings = BlockSettings(blocks: blocks.map { .init(name: $0.key, settings: $0.value) })
    return folder.lines(.blocks(settings), main: main)
  }

  @Test("What is replaced on purpose: a module is switched off, an option in another file")
  func replacedOnPurpose() throws {
    try folder.add(
      "dovecot.conf",
      """
      xexec_timeout = 5s
      xexec a {
        program = \(program)
        timeout = 5s
      }
      xexec b {
        program = no
      }
      !include site.conf

      """)
    let site = """
      xexec_timeout = 6s
      xexec a {
        program = no
        timeout = 7s
      }
      xexec b {
        program = \(program)
      }

      """
    try folder.add("site.conf", site)
    #expect(lines(["a": ["program": "no"], "b": ["program": program]], main: "dovecot.conf") == [])
    try folder.add("site.conf", site.replacing("program = no", with: "program = /other"))
    #expect(
      lines(["b": ["program": program]], main: "dovecot.conf") == [
        "warning: xexec a { program } (@/site.conf:3): replaces the one at @/dovecot.conf:3: "
          + "remove one of them"
      ])
  }

  @Test("A block with nothing in it: where it stands")
  func emptyBlock() throws {
    try folder.add(
      "dovecot.conf", "xexec a {\n  program = \(program)\n}\nxexec b {\n}\nxexec b {\n}\n")
    #expect(
      lines(["a": ["program": program], "b": [:]], main: "dovecot.conf") == [
        "error: xexec b (@/dovecot.conf:4): is ignored: no program"
      ])
  }

  @Test("What the files show: values that are replaced, a # that was meant, other protocols")
  func written() throws {
    try folder.add(
      "dovecot.conf",
      """
      xexec_timeout = 5s
      xexec a {
        program = \(program) #1
        stdin = literal
      }
      xexec_timeout = 6s
      xexec a {
        xexec_program = \(program) x
        stdin = literal
      }
      protocol lmtp {
        xexec_stdin = literal
      }
      protocol !lmtp {
        xexec b {
          program = no
        }
      }
      sieve_script xexec {
        path = a
        path = b
      }

      """)
    #expect(
      lines(["a": ["program": program]], main: "dovecot.conf") == [
        "warning: xexec a { program } (@/dovecot.conf:3): Dovecot ends the value at the #, and "
          + "drops \"#1\": put all of the value into double quotes, or a blank on both sides of "
          + "the # of a comment",
        "warning: xexec_timeout (@/dovecot.conf:6): replaces the one at @/dovecot.conf:1: remove "
          + "one of them",
        "warning: xexec a { program } (@/dovecot.conf:8): replaces the one at @/dovecot.conf:3: "
          + "remove one of them",
        "warning: xexec_stdin (@/dovecot.conf:12): is for protocol lmtp, where the plugin does "
          + "nothing: move it to protocol imap",
        "warning: xexec b { program } (@/dovecot.conf:16): is for some connections alone "
          + "(protocol !lmtp), and is not checked",
      ])
  }
}

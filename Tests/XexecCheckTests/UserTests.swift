import Foundation
import Testing

@testable import xexec_check

/// What single users get.
@Suite struct UserTests {
  let folder: CheckedFolder
  let program: String

  init() throws {
    folder = try CheckedFolder()
    program = try folder.addProgram()
  }

  private func lines(_ fields: String) -> [String] {
    let user = UserRecord(
      name: "joe", listing: "field\tvalue\nuid\t54321\ngid\t54321\n\(fields)\n")
    return folder.lines(["xexec": "a:\(program)"], users: [user])
  }

  @Test("A user's own entries are checked, and replace those of the same key")
  func ownEntries() {
    #expect(
      lines(
        "home\t\(folder.path)\nxexec\tnocolon\nxexec9_timeout\t5s\nxexec2\tb:/bin/no-such-program")
        == [
          "error: xexec (userdb of joe): is ignored: no colon: an entry is module:program [argument ...]",
          "warning: xexec9_timeout (userdb of joe): does nothing: there is no xexec9. "
            + "Add that entry, or take the number of another one",
          "error: xexec2 (userdb of joe): there is no /bin/no-such-program: correct the path, or install the file",
        ])
    #expect(lines("home\t\(folder.path)\nxexec2\tb:/bin/true %u") == [])
  }

  @Test("What holds for all is told once")
  func once() throws {
    let text = try folder.add("text", "echo", mode: 0o755)
    let user = UserRecord(name: "joe", listing: "field\tvalue\nuid\t54321\nhome\t\(folder.path)\n")
    #expect(folder.lines(["xexec": "a:\(text)"], users: [user]).count == 1)
  }

  @Test("The home")
  func home() throws {
    #expect(
      lines("home\t\(folder.path)/none") == [
        "warning: home (userdb of joe): there is no @/none: Dovecot may make it with the first mail"
      ])
    #expect(
      lines("home\t\(program)") == [
        "error: home (userdb of joe): @/program is no folder: correct the userdb"
      ])
    #expect(
      lines("home\t") == [
        "warning: home (userdb of joe): is not known, and programs work in /: "
          + "let the userdb return it"
      ])
    try folder.add("closed/.keep", "")
    try #require(chmod("\(folder.path)/closed", 0o700) == 0)
    #expect(
      lines("home\t\(folder.path)/closed/joe") == [
        "error: home (userdb of joe): account 54321 may not enter @/closed: "
          + "change its owner, or its mode"
      ])
  }

  @Test("No account, other plugins")
  func account() {
    let user = UserRecord(
      name: "joe", listing: "field\tvalue\nuid\tno-such-user\nmail_plugins\tzlib, acl\n")
    #expect(
      folder.lines(["xexec": "a:\(program)"], users: [user]) == [
        "warning: mail_plugins (userdb of joe): does not load the plugin, and this user has no "
          + "XEXEC: add xexec",
        "error: uid (userdb of joe): no account is known that exists: see the userdb, and mail_uid",
      ])
  }
}

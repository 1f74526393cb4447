import Foundation
import Testing

@testable import xexec_check

/// What the module `smtp` needs besides its options. They are asked for only of root's program.
@Suite(.enabled(if: geteuid() == 0)) struct SMTPTests {
  let folder: CheckedFolder
  let program: String

  init() throws {
    folder = try CheckedFolder()
    program = try folder.addModules()
  }

  private func lines(_ words: String, time: String = "15m", users: [UserRecord] = []) -> [String] {
    folder.lines(
      [
        "xexec": "a:\(program) smtp --relay r \(words) --", "xexec_stdin": "literal",
        "xexec_timeout": time,
      ], users: users)
  }

  @Test("A time limit that is over before the relay's")
  func time() {
    func warning(_ own: Int, _ relay: Int, _ advice: String) -> String {
      "warning: xexec: it may take \(own) s, and the relay \(relay) s to confirm a message: a message "
        + "that was sent could be told as failed. Add \"xexec_timeout = \(advice)\""
    }
    #expect(lines("", time: "30s") == [warning(30, 600, "15m")])
    #expect(lines("", time: "10m") == [warning(600, 600, "15m")])
    #expect(lines("--final-timeout 20", time: "30s") == [warning(30, 120, "7m")])
    #expect(lines("--final-timeout=20 --timeout 10", time: "30s") == [])
    #expect(lines("--timeout 1000") == [warning(900, 1000, "21m")])
    #expect(lines("", time: "0") == [])
    #expect(lines("", time: "601s") == [])
  }

  @Test("Where the time stands, of an entry and of a block")
  func place() throws {
    let words = "\(program) smtp --relay r --"
    try folder.add(
      "dovecot.conf",
      "plugin {\n  xexec2 = a:\(words)\n  xexec2_timeout = 5s\n}\n"
        + "xexec a {\n  program = \(words)\n}\nxexec a {\n  timeout = 5s\n}\n")
    let numbered = folder.lines(
      ["xexec2": "a:\(words)", "xexec2_timeout": "5s", "xexec2_stdin": "literal"],
      main: "dovecot.conf")
    #expect(
      numbered.count == 1 && numbered[0].hasPrefix("warning: xexec2 (@/dovecot.conf:3): it may"))
    let settings = ["program": words, "timeout": "5s", "stdin": "literal"]
    let block = folder.lines(
      .blocks(.init(blocks: [.init(name: "a", settings: settings)])), main: "dovecot.conf")
    #expect(
      block.count == 1 && block[0].hasPrefix("warning: xexec a (@/dovecot.conf:9): it may take 5 s")
    )
  }

  @Test("Users without a domain, and nothing that gives them one")
  func domain() throws {
    let (none, some) = ("\(folder.path)/none", try folder.add("domain", "example.com\n"))
    let error =
      "error: xexec: users whose names have no domain cannot send: there is no @/none: "
      + "write the domain into it, or add \"--domain DOMAIN\""
    func user(_ name: String) -> [UserRecord] {
      [.init(name: name, listing: "field\tvalue\nuid\t0\nhome\t/\n")]
    }
    #expect(lines("--domain \(none)") == [])
    #expect(lines("--domain \(none)", users: user("joe@example.com")) == [])
    #expect(lines("--domain \(none)", users: user("joe")) == [error])
    for sound in [some, "example.com"] {
      #expect(lines("--domain \(sound)", users: user("joe")) == [])
    }
    folder.configuration.hasSystemUsersOnly = true
    #expect(lines("--domain \(none)") == [error])
    #expect(lines("--domain \(some)") == [])
  }
}

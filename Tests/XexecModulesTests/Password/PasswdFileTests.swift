import Testing

@testable import xexec_modules

@Suite("A passwd-file's octets")
struct PasswdFileTests {
  private static let hash = "{CRYPT}$2y$05$new"

  /// The file after a change of joe's password.
  private func changed(_ text: String, of name: String = "joe@example.com") throws -> String {
    var file = PasswdFile(Array(text.utf8))
    try file.setPassword(of: Array(name.utf8), to: Array(Self.hash.utf8))
    return String(decoding: file.octets, as: UTF8.self)
  }

  @Test(
    "The second field of the user's line changes, and nothing else",
    arguments: [
      ("joe@example.com:", "{PLAIN}old", ""),
      ("joe@example.com:", "{PLAIN}old", "\n"),
      ("joe@example.com:", "old", ":1000:1000::/home/joe::userdb_mail=maildir:~/Mail a=b:c\r\n"),
      ("# joe@example.com:x\r\n\r\n:x\njoe@example.com:", "$1$old", "\r\nlast:{PLAIN}x"),
      ("joe@example.com.org:a\njoe:b\nxjoe@example.com:c\njoe@example.com:", "[x]", ":\n\n\n"),
      (" joe@example.com:a\nJoe@example.com:b\njoe@example.com:", "{PLAIN}!old", "\n#\u{0}\n"),
      ("joe@example.com\u{FEFF}:x\njoe@example.com:", "{PLAIN}*{x}", "::::\nnul\u{0}:x"),
    ])
  func change(before: String, old: String, after: String) throws {
    #expect(try changed(before + old + after) == before + Self.hash + after)
  }

  @Test("A line that is not UTF-8 stays as it is")
  func octets() throws {
    let before: [UInt8] = [0xFF, 0x3A, 0xC3, 0x0A]
    let after: [UInt8] = [0x3A, 0xFE, 0xFF]
    var file = PasswdFile(before + Array("joe:x".utf8) + after)
    try file.setPassword(of: Array("joe".utf8), to: [0x68])
    #expect(file.octets == before + Array("joe:h".utf8) + after)
  }

  @Test(
    "Who is not there cannot be changed",
    arguments: ["", "joe@example.co", "oe@example.com", "joe@example.com:{PLAIN}a", "#ann", ":x"])
  func noEntry(name: String) throws {
    let text = "joe@example.com:{PLAIN}a:b\n#ann:x\n:x:y\n"
    #expect(throws: PasswdFile.Problem.noEntry) { try changed(text, of: name) }
    #expect(throws: PasswdFile.Problem.noEntry) { try changed("", of: name) }
  }

  @Test("Nor can who is there twice, or whose line Dovecot sees cut short")
  func ambiguous() throws {
    #expect(throws: PasswdFile.Problem.severalEntries) {
      try changed("joe@example.com:a\nann:b\njoe@example.com\n")
    }
    #expect(throws: PasswdFile.Problem.severalEntries) {
      try changed("joe@example.com\u{0}:a\njoe@example.com:a\n")
    }
    #expect(throws: PasswdFile.Problem.damaged) { try changed("joe@example.com\u{0}:a\n") }
    #expect(throws: PasswdFile.Problem.damaged) { try changed("joe@example.com:a:\u{0}\n") }
  }

  @Test(
    "Nor an account without a password, or with a locked one",
    arguments: ["", ":", "::1000", ":!", ":!$1$x", ":*", ":{CRYPT}", ":{CRYPT}!x", ":{PLAIN}"])
  func locked(rest: String) throws {
    #expect(throws: PasswdFile.Problem.noPassword) { try changed("joe@example.com\(rest)\n") }
  }

  @Test("A large file takes no time to speak of")
  func large() throws {
    let line = "user@example.com:{PLAIN}password:1000:1000::/home/user\n"
    let before = String(repeating: line, count: 200_000)
    let isRight =
      try changed(before + "joe@example.com:x") == before + "joe@example.com:" + Self.hash
    #expect(isRight)
  }
}

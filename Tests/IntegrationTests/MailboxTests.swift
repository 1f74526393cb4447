import Foundation
import PrivateDovecot
import Testing

/// A program that changes the selected mailbox: the client is told as NOOP would tell it.
@Suite struct MailboxTests {
  @Test("New and expunged messages are announced before the tagged response")
  func changes() throws {
    let server = try Server()
    let client = try server.connect()
    let message = "Subject: one\r\n\r\nbody\r\n"
    #expect(try client.command("APPEND INBOX {\(message.utf8.count)+}\r\n\(message)").isOK)
    #expect(try client.command("SELECT INBOX").isOK)

    let added = try client.run(
      script: "printf 'Subject: two\\n\\nx\\n' > ~/Maildir/new/1.2.xexec; echo delivered")
    #expect(added.texts.first == "* OK delivered")
    #expect(added.texts.contains("* 2 EXISTS"), "\(added.lines)")
    #expect(added.outcome == "OK command exited successfully")

    let removed = try client.run(script: "rm ~/Maildir/cur/*xexec* ~/Maildir/new/*xexec*")
    #expect(removed.texts.contains("* 2 EXPUNGE"), "\(removed.lines)")
    #expect(removed.status == "NO")  // rm found the file in one of the folders only
    try client.expectInStep()
  }
}

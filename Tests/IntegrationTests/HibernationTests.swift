import PrivateDovecot
import Testing

/// Clients that idle are handed to a process for many, and come back to a new one.
@Suite struct HibernationTests {
  @Test("XEXEC works before and after it, and is announced as before")
  func hibernation() throws {
    let server = try Server { _, options in options.hibernates = true }
    let client = try server.connect()
    let capabilities = try ConfigurationTests.capabilities(client)
    #expect(try client.command("SELECT INBOX").isOK)
    for _ in 0..<2 {
      try client.expectXEXECWorks()
      let tag = client.makeTag()
      try client.sendLine("\(tag) IDLE")
      _ = try client.readUntilContinuation()
      expectSoon("the imap process has left") { server.dovecot.imapProcessIDs().isEmpty }
      try client.sendLine("DONE")
      #expect(try client.readResponses(untilTagged: tag).isOK)
      #expect(!server.dovecot.imapProcessIDs().isEmpty)
    }
    try client.expectXEXECWorks()
    #expect(try ConfigurationTests.capabilities(client) == capabilities)
    server.expectNoComplaints()
  }
}

import PrivateDovecot
import Testing

/// With NOTIFY (RFC 5465) the server speaks of other mailboxes at any time.
@Suite struct NotifyTests {
  @Test("What it says stands between the program's lines, and a prompt stays open")
  func between() throws {
    let server = try Server()
    let client = try server.connect()
    #expect(try client.command("CREATE Other").isOK)
    #expect(try client.command("SELECT INBOX").isOK)
    // with STATUS Dovecot knows how the mailbox was before
    let events = "MessageNew MessageExpunge"
    #expect(
      try client.command("NOTIFY SET STATUS (SELECTED (\(events))) (PERSONAL (\(events)))").isOK)
    let tag = try client.start(
      script: """
        printf 'Subject: hello\\n\\nbody\\n' >~/Maildir/.Other/new/1.2.xexec
        printf '\\005\\n'
        while read -r line && [ "$line" != end ]; do echo "<$line>"; printf '\\005\\n'; done
        exit 3
        """)
    let news = "* STATUS Other (MESSAGES 1 "
    var lines: [String] = []
    while !lines.contains(where: { $0.hasPrefix(news) }) {
      lines += try client.readUntilContinuation().map(\.text)
      try client.sendLine("line")
    }
    try client.sendLine("end")
    let reply = try client.readResponses(untilTagged: tag)
    reply.expectExit(3)
    lines = (lines + reply.texts).filter { !$0.hasPrefix(news) }
    let prompts = Array(repeating: ["+ OK", "* OK <line>"], count: lines.count / 2).joined()
    #expect(lines == prompts + ["+ OK"])
    try client.expectXEXECWorks()
    server.expectNoComplaints()
  }
}

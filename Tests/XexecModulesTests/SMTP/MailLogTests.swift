import Testing

@testable import xexec_modules

@Suite("The line of the mail log")
struct MailLogTests {
  @Test(
    "what a relay calls the message",
    arguments: [
      (["250 2.0.0 Ok: queued as 4D2F91C0B1"], "4D2F91C0B1"),
      (["250-2.0.0 Ok", "250 2.0.0 Ok: queued as ABC."], "ABC"),
      (["250 OK id=1rX2yZ-0001Ab-2c"], "1rX2yZ-0001Ab-2c"),
      (["250 2.0.0 0A1b2C Message accepted for delivery"], "0A1b2C"),
      (["250 ok 1700000000 qp 4711"], "qp 4711"), (["250 Ok"], nil), (["250 queued as"], nil),
    ] as [([String], String?)])
  func queueID(lines: [String], expected: String?) {
    #expect(SMTPReply(code: 250, lines: lines).queueID == expected)
  }

  @Test("sender, number of recipients, size, outcome; a name cannot pass for another part")
  func line() throws {
    let trace = MessageTrace(
      user: "a>, status=sent", sender: try Mailbox("a@b.c"), recipientCount: 2, size: 71)
    let start = "user=<a???status=sent>, sender=<a@b.c>, recipients=2, size=71, status="
    let reply = SMTPReply(code: 250, lines: ["250 Ok: queued as X,y"])
    #expect(trace.sent(reply) == start + "sent, queue-id=X?y")
    #expect(trace.sent(SMTPReply(code: 250, lines: ["250 Ok"])) == start + "sent")
    #expect(trace.failed(.noUser) == start + "not sent (exit status 67)")
    #expect(trace.failed(.unknownOutcome) == start + "unknown (exit status 74)")
  }
}

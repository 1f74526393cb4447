import Testing

@testable import xexec_modules

@Suite("What a relay says")
struct ConversationTests {
  @Test("a reply ends at its last line, and is safe to show")
  func reply() {
    var reader = SMTPReplyReader()
    #expect(reader.take(Array("250-one\r\n".utf8)) == nil)
    #expect(reader.take(Array("nonsense\r\n".utf8)) == nil)
    let octets = Array("250 \u{1B}[2Jtwo\0\u{9b}".utf8) + [0xFF, 0x0D, 0x0A]
    let reply = reader.take(octets)
    #expect(reply?.code == 250)
    #expect(reply?.lines == ["250-one", "nonsense", "250  [2Jtwo  \u{FFFD}"])
    #expect(reader.take(Array("550\r\n".utf8)) == SMTPReply(code: 550, lines: ["550"]))
    for text in ["25 x\r\n", "2501 x\r\n", "\r\n", "2\r\n", "", "x50 a\r\n"] {
      #expect(reader.take(Array(text.utf8)) == nil, "\(text.debugDescription)")
    }
  }

  @Test("a reply without an end takes no more memory, and it is said what is left out")
  func endless() {
    var reader = SMTPReplyReader()
    let long = Array("250-\(String(repeating: "x", count: 10_000))\r\n".utf8)
    for _ in 0..<1000 { #expect(reader.take(long) == nil) }
    let reply = reader.take(Array("250 end\r\n".utf8))
    #expect(reply?.lines.count == 52)
    #expect(reply?.lines.suffix(2) == ["(950 more lines)", "250 end"])
    #expect(reply?.lines.allSatisfy { $0.count <= 503 } == true)
  }

  /// Plays commands (`C:`) and replies; both ends of a conversation.
  private func play(_ lines: [String], recipients: Int = 1) -> Conversation {
    var conversation = Conversation(recipientCount: recipients)
    for line in lines {
      let octets = Array((line.hasPrefix("C: ") ? line.dropFirst(3) + "\r\n" : line + "\r\n").utf8)
      if line.hasPrefix("C: ") {
        conversation.sent(octets)
      } else {
        _ = conversation.received(octets)
      }
    }
    return conversation
  }

  private static let start = ["220 x", "C: EHLO y", "250-x", "250-Size 1000", "250 SMTPUTF8"]
  private static let envelope = start + ["C: MAIL FROM:<a@b>", "250 ok", "C: RCPT TO:<c@d>"]

  @Test("a message that is accepted")
  func accepted() {
    let conversation = play(Self.envelope + ["250 ok", "C: DATA", "354 go", "250 queued"])
    #expect(conversation.acceptance?.lines == ["250 queued"])
    #expect(conversation.refusal == nil && conversation.rejections.isEmpty)
    #expect(conversation.extensions == ["SIZE": "1000", "SMTPUTF8": ""])
    #expect(!conversation.isAuthenticated)
  }

  @Test("nothing but a positive reply to the whole message is an acceptance")
  func notAccepted() {
    for lines in [
      ["250 ok"], ["250 ok", "C: DATA"], ["250 ok", "C: DATA", "250 ok"],
      ["250 ok", "C: DATA", "354 go"], ["250 ok", "C: DATA", "354 go", "250-more"],
      ["250 ok", "C: DATA", "354 go", "354 go"], ["250 ok", "C: DATA", "354 go", "451 no"],
      ["250 ok", "C: DATA", "354 go", "C: QUIT", "250 bye"],
    ] {
      #expect(play(Self.envelope + lines).acceptance == nil, "\(lines)")
    }
    #expect(play(Self.envelope + ["250 ok", "C: DATA", "554 no"]).refusal?.stage == .data)
    #expect(
      play(Self.envelope + ["250 ok", "C: DATA", "354 go", "554 no"]).refusal?.stage == .message)
  }

  @Test("rejected recipients are told by their number, once all are answered")
  func rejections() {
    let lines = Self.envelope + ["250 ok", "C: RCPT TO:<e@f>", "550-no", "550 no"]
    let open = play(lines, recipients: 3)
    #expect(!open.isRefusedByRecipients)
    #expect(!play(lines + ["C: RCPT TO:<g@h>"], recipients: 3).isRefusedByRecipients)
    let closed = play(lines + ["C: RCPT TO:<g@h>", "250 ok"], recipients: 3)
    #expect(closed.isRefusedByRecipients)
    #expect(
      closed.rejections == [
        .init(recipient: 1, reply: SMTPReply(code: 550, lines: ["550-no", "550 no"]))
      ])
  }

  @Test("a response to a challenge is no command, whatever it looks like")
  func authentication() {
    let conversation = play(
      Self.start + ["C: AUTH LOGIN", "334 x", "C: DATA", "334 y", "C: QUIT", "235 ok"])
    #expect(conversation.isAuthenticated)
    #expect(conversation.stage == .authentication)
    let refused = play(Self.start + ["C: AUTH PLAIN x", "535 no", "C: QUIT", "221 bye"])
    #expect(refused.refusal?.reply.code == 535)
    #expect(refused.refusal?.stage == .authentication)
    #expect(!refused.isAuthenticated)
    // what libcurl tries next counts
    #expect(play(Self.start + ["C: AUTH PLAIN x", "535 no", "C: AUTH LOGIN"]).refusal == nil)
  }
}

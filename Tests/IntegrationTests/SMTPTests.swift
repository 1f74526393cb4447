import Foundation
import PrivateDovecot
import Testing

/// The module `smtp` through IMAP, with a real Postfix that delivers into the users' mailboxes.
@Suite(.enabled(if: PrivatePostfix.isPossible, "Postfix can only be started by root"))
struct SMTPTests {
  @Test(
    "A message of 25 MB arrives octet for octet in another user's INBOX, and imap stays small",
    arguments: [true, false])
  func large(synchronising: Bool) throws {
    let mail = try MailServer()
    let message = TestMessage.large(25_000_000)
    let client = try mail.server.connect()
    let imap = try #require(mail.server.dovecot.imapProcessIDs().first)
    let before = try ProcessUsage(of: imap).anonymousKilobytes
    var most = 0

    let tag = client.makeTag()
    let plus = synchronising ? "" : "+"
    try client.sendLine(
      "\(tag) XEXEC smtp \(Server.user) \(MailServer.other) {\(message.count)\(plus)}")
    if synchronising { #expect(try client.readLine() == Array("+ OK".utf8)) }
    for start in stride(from: 0, to: message.count, by: 1_000_000) {
      try client.send(Array(message[start..<min(start + 1_000_000, message.count)]))
      most = max(most, try ProcessUsage(of: imap).anonymousKilobytes)
    }
    try client.send("\r\n")
    let reply = try client.readResponses(untilTagged: tag, timeout: .seconds(120))
    #expect(reply.outcome == "OK command exited successfully", "\(reply.lines)")
    let text = try #require(reply.texts.first)
    #expect(text.hasPrefix("* OK Sent to 1 recipient: 250 2.0.0 Ok: queued as "), "\(text)")
    #expect(most < before + 2000, "\(before) kB, then \(most) kB")

    let arrived = try mail.waitForMessage(of: MailServer.other)
    #expect(arrived.count > message.count && arrived.suffix(message.count) == message[...])
    #expect(String(decoding: arrived.prefix(500), as: UTF8.self).contains("\(Server.user)"))
    try client.expectInStep()
  }
}

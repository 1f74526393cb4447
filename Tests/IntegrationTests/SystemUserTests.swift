import Foundation
import PrivateDovecot
import Testing

/// Users who are accounts of the system: Debian's Postfix gives their mail to local(8), which knows
/// nothing of Dovecot's lists unless it hands it on.
@Suite(.enabled(if: PrivatePostfix.isPossible, "Postfix can only be started by root"))
struct SystemUserTests {
  /// An account that every Debian has.
  private static let user = "daemon"

  @Test("With the lines of the snippet, local mail of a blacklisted sender goes to Junk")
  func blacklist() throws {
    let snippet = try PrivateDovecot.snippet("91-xexec-lists.conf")
    let server = try Server { folder, options in
      let program = try folder.addProgram(copying: PrivateDovecot.modulesProgram)
      options.users = [.init(name: Self.user, password: Server.password)]
      options.modules = [:]
      options.servesLMTP = true
      options.globalText = Self.withExample(snippet)
        .replacing("@programsdir@", with: (program as NSString).deletingLastPathComponent)
        .replacing("/var/spool/postfix/", with: "\(folder.path)/postfix/queue/")
      // the folder of the socket, which is Postfix's
      try folder.addFile(named: "postfix/queue/private/.keep", octets: [])
    }
    let transport = try #require(snippet.firstMatch(of: /postconf -e mailbox_transport=(\S+)/))
    let postfix = try PrivatePostfix(
      deliveringTo: server.dovecot,
      settings: [
        "mydestination": "$myhostname", "virtual_mailbox_domains": "",
        "mailbox_transport": String(transport.1),
      ])
    let client = try server.connect(as: Self.user)
    func expectMessages(_ count: Int, in mailbox: String) throws {
      let run = try SMTPRun(
        [SMTPRun.user, "\(Self.user.uppercased())@relay.example.org"], message: TestMessage.small,
        relay: postfix.port)
      #expect(run.status == 0, "\(run)")
      try expectSoon("\(count) messages in \(mailbox): \(postfix.logText())") {
        try client.command("STATUS \(mailbox) (MESSAGES)").texts
          == ["* STATUS \(mailbox) (MESSAGES \(count))"]
      }
    }
    try expectMessages(1, in: "INBOX")
    #expect(try client.command("XEXEC blacklist add \(SMTPRun.user)").isOK)
    try expectMessages(1, in: "Junk")
    try expectMessages(2, in: "Junk")
    // Postfix removes a message a moment after Dovecot has it
    expectSoon("nothing in the queue") { postfix.queueLength() == 0 }
    server.expectNoComplaints()
  }

  /// The snippet with its last lines, which are an example, switched on.
  private static func withExample(_ snippet: String) -> String {
    let example = snippet.split(separator: "\n").drop { !$0.hasPrefix("#auth_username_format") }
    return snippet + example.map { "\($0.dropFirst())\n" }.joined()
  }
}

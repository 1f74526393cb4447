import Foundation
import PrivateDovecot

/// The session with one server and all modules.
extension MailServer: Scene {
  var dovecots: [PrivateDovecot] { [dovecot] }

  var logText: String { dovecot.logText() + (postfix?.logText() ?? "") }

  private var success: String { "command exited successfully" }

  func play() throws {
    let session = try Session(port: dovecot.port)
    try session.command(
      "login \(Self.user) \(Self.password)", expecting: "Logged in")
    try settings(session)
    try session.command(
      "xexec average", answering: ["3", "10", "20", "33"], showing: ["Average: 21"],
      expecting: success)
    if postfix != nil {
      try mail(session)
    } else {
      say("(The module smtp is left out: its relay here is a Postfix, which only root can start.)")
    }
    try session.command("logout", expecting: "Logout completed")

    say("\nThe other user, and the first with the new password:")
    if postfix != nil { try readMail() }
    let again = try Session(port: dovecot.port)
    try again.command("login \(Self.user) \"correct horse\"", expecting: "Logged in")
    try again.command("logout", expecting: "Logout completed")
  }

  private func settings(_ session: Session) throws {
    try session.command(
      "xexec blacklist add joe@example.com", showing: ["joe@example.com"], expecting: success)
    try session.command(
      "xexec whitelist del joe@example.com", showing: ["joe@example.com"], expecting: success)
    try session.command(
      "xexec whitelist add @example.org", showing: ["@example.org"], expecting: success)
    try session.command(
      "xexec blacklist list", showing: ["joe@example.com"], expecting: success)
    try session.command(
      "xexec forwardmail myaccount@example.net keep", showing: ["myaccount@example.net"],
      expecting: success)
    try session.command("xexec forwardmail off", expecting: success)
    try session.command("xexec changepassword MyNewPassword", expecting: success)
    try session.command(
      "xexec changepassword", answering: ["correct horse", "correct horse"], expecting: success)
  }

  private func mail(_ session: Session) throws {
    try session.command(
      "xexec smtp \(Self.user) \(Self.friend)",
      literal: [
        "From: \(Self.user)", "To: \(Self.friend)", "Subject: Mail over IMAP", "",
        "Hello, this came by XEXEC.",
      ],
      showing: ["Sent to 1 recipient"], expecting: success)
  }

  private func readMail() throws {
    let session = try Session(port: dovecot.port)
    try session.command(
      "login \(Self.friend) \(Self.password)", expecting: "Logged in")
    let inbox = "\(dovecot.home(of: Self.friend))/Maildir"
    guard
      waitUntil(
        timeout: .seconds(60),
        {
          // Dovecot 2.4.5 puts mail into the second at once
          ["new", "cur"].contains {
            (try? FileManager.default.contentsOfDirectory(atPath: "\(inbox)/\($0)"))?.isEmpty
              == false
          }
        })
    else { throw Session.Surprise(description: "the message did not arrive") }
    try session.command("select inbox", showing: ["* 1 EXISTS"], expecting: "Select completed")
    try session.command(
      "fetch 1 body[header.fields (subject)]", showing: ["Subject: Mail over IMAP"],
      expecting: "Fetch completed")
    try session.command("logout", expecting: "Logout completed")
  }

  func keep() {
    let processID = dovecot.keepRunning(seconds: 3600)
    postfix?.keepRunning()
    say(
      """

      The server runs on, for an hour at most.
        host 127.0.0.1, port \(dovecot.port), user \(Self.user), password "correct horse"
      Connect by hand with "telnet 127.0.0.1 \(dovecot.port)" or "nc 127.0.0.1 \(dovecot.port)", \
      and type for example:
        001 login \(Self.user) "correct horse"
        002 xexec blacklist list
        003 xexec average
        004 logout
      The log:  \(dovecot.logFile)
      To stop:  kill \(processID)
      """)
  }
}

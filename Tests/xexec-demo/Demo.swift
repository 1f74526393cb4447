import Foundation
import PrivateDovecot

/// The demonstration: starts a mail server, plays the session, and leaves nothing unless told to.
struct Demo {
  /// Whether the server runs on after the session.
  let keepsRunning: Bool

  private let success = "command exited successfully"

  /// Runs it.
  ///
  /// - Returns: The exit status of the program; a message has been printed if it is not 0.
  func run() -> Int32 {
    let interruption = Interruption()
    do {
      var started: MailServer?
      _ = try interruption.watch {
        let server = try MailServer()
        started = server
        return server.dovecot
      }
      guard let server = started else { return 1 }
      do {
        try play(on: server)
      } catch {
        let log = server.dovecot.logText() + (server.postfix?.logText() ?? "")
        interruption.letGo { server.stop() }
        throw KitError(.system, "\(error)\nThe server's log:\n\(log)")
      }
      interruption.letGo {
        if keepsRunning {
          keep(server)
        } else {
          server.stop()
        }
      }
      return 0
    } catch {
      try? FileHandle.standardError.write(contentsOf: Data("xexec-demo: \(error)\n".utf8))
      return 1
    }
  }

  private func play(on server: MailServer) throws {
    let session = try Session(port: server.dovecot.port)
    try session.command(
      "login \(MailServer.user) \(MailServer.password)", expecting: "Logged in")
    try settings(session)
    try session.command(
      "xexec average", answering: ["3", "10", "20", "33"], showing: ["Average: 21"],
      expecting: success)
    if server.postfix != nil {
      try mail(session)
    } else {
      say("(The module smtp is left out: its relay here is a Postfix, which only root can start.)")
    }
    try session.command("logout", expecting: "Logout completed")

    say("\nThe other user, and the first with the new password:")
    if server.postfix != nil { try readMail(on: server) }
    let again = try Session(port: server.dovecot.port)
    try again.command("login \(MailServer.user) \"correct horse\"", expecting: "Logged in")
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
      "xexec smtp \(MailServer.user) \(MailServer.friend)",
      literal: [
        "From: \(MailServer.user)", "To: \(MailServer.friend)", "Subject: Mail over IMAP", "",
        "Hello, this came by XEXEC.",
      ],
      showing: ["Sent to 1 recipient"], expecting: success)
  }

  private func readMail(on server: MailServer) throws {
    let session = try Session(port: server.dovecot.port)
    try session.command(
      "login \(MailServer.friend) \(MailServer.password)", expecting: "Logged in")
    let inbox = "\(server.dovecot.home(of: MailServer.friend))/Maildir/new"
    guard
      waitUntil(
        timeout: .seconds(60),
        {
          (try? FileManager.default.contentsOfDirectory(atPath: inbox))?.isEmpty == false
        })
    else { throw Session.Surprise(description: "the message did not arrive") }
    try session.command("select inbox", showing: ["* 1 EXISTS"], expecting: "Select completed")
    try session.command(
      "fetch 1 body[header.fields (subject)]", showing: ["Subject: Mail over IMAP"],
      expecting: "Fetch completed")
    try session.command("logout", expecting: "Logout completed")
  }

  private func keep(_ server: MailServer) {
    let dovecot = server.dovecot
    let processID = dovecot.keepRunning(seconds: 3600)
    server.postfix?.keepRunning()
    say(
      """

      The server runs on, for an hour at most.
        host 127.0.0.1, port \(dovecot.port), user \(MailServer.user), password "correct horse"
      Connect by hand with "telnet 127.0.0.1 \(dovecot.port)" or "nc 127.0.0.1 \(dovecot.port)", \
      and type for example:
        001 login \(MailServer.user) "correct horse"
        002 xexec blacklist list
        003 xexec average
        004 logout
      The log:  \(dovecot.logFile)
      To stop:  kill \(processID)
      """)
  }
}

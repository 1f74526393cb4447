import Glibc

/// The mail log of the system: syslog(3), facility mail. A module's stdout and stderr go to the mail
/// user, and Dovecot's log knows nothing of messages.
enum MailLog {
  /// Writes a line, without an answer and whether somebody reads it or not.
  static func write(_ line: String) {
    openlog(ident, LOG_PID, Int32(LOG_MAIL))
    line.withCString { text in withVaList([text]) { vsyslog(LOG_INFO, "%s", $0) } }
    closelog()
  }

  /// syslog keeps the pointer.
  nonisolated(unsafe) private static let ident = strdup("xexec-smtp")!
}

/// The line of the mail log about one message: who has sent it, to how many, and what became of it.
/// Nothing of the message stands in it, and no recipient.
struct MessageTrace {
  let user: String
  let sender: Mailbox
  let recipientCount: Int
  /// Octets of the message as the client announced it.
  let size: Int

  /// The relay has it.
  func sent(_ reply: SMTPReply) -> String {
    "\(start), status=sent" + (reply.queueID.map { ", queue-id=\(Self.plain($0))" } ?? "")
  }

  /// It was not sent, or that is not known.
  func failed(_ status: Refusal.Status) -> String {
    let what = status == .unknownOutcome ? "unknown" : "not sent"
    return "\(start), status=\(what) (exit status \(status.rawValue))"
  }

  private var start: String {
    "user=<\(Self.plain(user))>, sender=<\(Self.plain(sender.text))>, "
      + "recipients=\(recipientCount), size=\(size)"
  }

  /// A word that cannot pass for another part of the line.
  private static func plain(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { "<>, ".unicodeScalars.contains($0) ? "?" : $0 }))
  }
}

extension SMTPReply {
  /// What the relay calls the message in its own log, if it says so: `queued as ID` (Postfix), `id=ID`
  /// (Exim), `ID Message accepted` (Sendmail, OpenSMTPD), `ok TIME qp NUMBER` (qmail).
  var queueID: String? {
    for line in lines {
      let words = line.split(separator: " ").map(String.init)
      for (index, word) in words.enumerated() {
        let next = index + 1 < words.count ? words[index + 1] : nil
        switch word.lowercased() {
        case "as" where index > 0 && words[index - 1].lowercased() == "queued":
          if let next { return Self.trimmed(next) }
        case "qp": if let next { return "qp \(next)" }
        case "message" where index > 0 && next == "accepted": return words[index - 1]
        case let text where text.hasPrefix("id="): return String(word.dropFirst(3))
        default: continue
        }
      }
    }
    return nil
  }

  private static func trimmed(_ word: String) -> String {
    String(word.reversed().drop { ".;,)".contains($0) }.reversed())
  }
}

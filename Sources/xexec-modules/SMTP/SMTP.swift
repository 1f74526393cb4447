import ArgumentParser
import Glibc

/// The module `smtp`: sends a mail message over the IMAP connection.
struct SMTP: ModuleCommand {
  static let configuration = CommandConfiguration(
    commandName: "smtp",
    abstract: "Hands a message to the mail relay.",
    discussion: """
      What the client sends:

        SENDER RECIPIENT ...   and the message as a literal
        (no words)             for a dialogue: sender, recipients, subject, text

      In Dovecot's configuration, with the path of this program:

        xexec6 = smtp:PATH smtp --relay smtp://127.0.0.1:25 --
        xexec6_stdin = literal
        xexec6_max_literal = 50M
        xexec6_timeout = 15m

      SENDER must be the user's login name, an address that --aliases lists for the user, or a \
      sub-address of one of these (--recipient-delimiter). Upper and lower case are the same. \
      The same holds for the addresses in the message's From and Sender fields, if it has them, \
      and for names there that are written as an address. If the user resends a message, \
      Resent-From and Resent-Sender are checked instead (--from-header).

      The message is passed on as it comes, without a copy on disk or in memory. Line ends become \
      CRLF, a line end is added if the last one is missing, and the fields Bcc and Resent-Bcc are \
      taken out. Nothing else is changed. A message with NUL, or with a CR that is not part of a \
      line end, is refused. The relay decides how long lines may be. It is not told beforehand \
      whether the message has octets of eight bits (BODY=8BITMIME): libcurl cannot announce that.

      Each message is a line in the system's mail log (syslog, facility mail). The line has the \
      user, the sender, the number of recipients, the size, the result, and the relay's queue id \
      if it tells one.

      All or nothing: if the relay refuses one recipient, nobody gets the message. "Sent" means \
      that the relay has taken the message over; the relay's own words follow.

      Exit status: 0 sent, 64 wrong words, 65 message or address refused, 66 message cut, 67 \
      recipient refused, 69 relay not reached, 70 error on this server, 74 not known whether it \
      was sent, 75 try again later, 76 relay does not speak SMTP, 77 not this user's sender, 78 \
      set up wrongly.
      """)

  @Option(help: "The relay: smtp://HOST:PORT, or smtps://HOST:PORT for TLS from the start.")
  var relay: RelayAddress

  @Option(
    help: """
      How STARTTLS is used with smtp://: required, try, or never. Only "required" checks the \
      relay's certificate. "try" does not protect against somebody between here and the relay.
      """)
  var starttls = Relay.StartTLS.try

  @Option(
    help: ArgumentHelp(
      """
      The certificates that are trusted, in PEM. Default: the system's. Needs smtps:// or \
      --starttls required.
      """, valueName: "file"))
  var caFile: String?

  @Option(
    help: ArgumentHelp(
      """
      How this server logs in to the relay: a line with the user, a line with the password. The \
      mail user must be able to read the file, but not everybody. Needs smtps:// or --starttls \
      required.
      """, valueName: "file"))
  var credentials: String?

  @Option(
    help: ArgumentHelp(
      """
      Who may send as whom: lines of "user: address, address". In front of the colon you can also \
      write a user's address, or @example.com for all users of a domain. Behind it @example.com \
      means every address of that domain. A line that starts with # is a comment. A line that \
      cannot be read is skipped, and Dovecot's log says so. The mail user must be able to read the \
      file.
      """, valueName: "file"))
  var aliases: String?

  @Option(
    help: ArgumentHelp(
      """
      The domain for users whose login name has none: a domain, or the path of a file with a \
      domain in its first line. If there is no /etc/mailname, the domain of the host name is taken.
      """, valueName: "domain"))
  var domain = MailDomain(argument: MailDomain.systemFile)!

  @Option(
    help: ArgumentHelp(
      """
      The characters that begin a sub-address, as in Postfix's recipient_delimiter: whoever may \
      send as joe@example.com may send as joe+news@example.com. Or none.
      """, valueName: "characters"))
  var recipientDelimiter = "+"

  @Option(
    help: """
      How the message's From and Sender fields are checked. "allowed" refuses addresses that the \
      user may not send as; a user may resend somebody else's message. With "strict" the user must \
      also have written what they resend. "any" does not check these fields.
      """)
  var fromHeader = FromHeader.allowed

  @Option(help: ArgumentHelp("The largest message.", valueName: "octets"))
  var maxSize = Octets(argument: "50M")!

  @Option(
    help: ArgumentHelp("How many recipients a message may have, at most 1000.", valueName: "number")
  )
  var maxRecipients = 100

  @Option(help: "What this server calls itself (EHLO). Default: its host name.")
  var hostname: String?

  @Option(
    help: ArgumentHelp("How long the relay may take for each step.", valueName: "seconds"))
  var timeout = 120

  @Option(
    help: ArgumentHelp(
      "How long the relay may take to confirm a message. If this is too short, it may be sent twice.",
      valueName: "seconds"))
  var finalTimeout = 600

  enum FromHeader: String, CaseIterable, ExpressibleByArgument {
    case allowed
    case strict
    case any
  }

  func validate() throws {
    if timeout < 1 || finalTimeout < 1 || timeout > 86400 || finalTimeout > 86400 {
      throw ValidationError("A timeout is a number of seconds from 1 to 86400.")
    }
    // libcurl reads at most 300 kB of replies
    if !(1...1000).contains(maxRecipients) {
      throw ValidationError("--max-recipients is a number from 1 to 1000.")
    }
    if let hostname, !Mailbox.isDomain(hostname) || !hostname.utf8.allSatisfy({ $0 < 0x80 }) {
      throw ValidationError("--hostname is no host name and no address in brackets.")
    }
    let areMarks = recipientDelimiter.allSatisfy { "!#$%&'*+-/=?^_`{|}~".contains($0) }
    if recipientDelimiter.isEmpty || !areMarks && recipientDelimiter != "none" {
      throw ValidationError("--recipient-delimiter is a mark such as + or -, or some, or none.")
    }
    let isVerified = relay.isImplicitTLS || starttls == .required
    if !isVerified && (credentials != nil || caFile != nil) {
      throw ValidationError(
        "--credentials and --ca-file need smtps:// or --starttls required.")
    }
  }

  func run(words: [String]) throws {
    let user = try MailUser.current(for: "a sender").name
    let policy = try policy(of: user)
    let literalSize = try MessageLiteral.size()
    if words.isEmpty && literalSize == nil {
      try Curl.load()
      var dialogue = MessageDialogue(policy: policy, maxRecipients: maxRecipients)
      let (envelope, message) = try dialogue.run()
      try send(envelope, MessageBody(message), Termination(), of: user)
      return
    }
    let envelope = try envelope(words, size: literalSize, policy)
    try Curl.load()
    let termination = Termination()
    let body = MessageBody(LiteralReader(size: envelope.size, termination: termination))
    if fromHeader != .any {
      try policy.checkHeader(Self.header(of: body), mayBeResent: fromHeader != .strict)
    }
    try send(envelope, body, termination, of: user)
  }

  private func policy(of user: String) throws(Refusal) -> SenderPolicy {
    var list: AliasFile?
    if let aliases {
      list = AliasFile(try SettingsFile.octets(of: aliases, what: "list of senders"))
    }
    let policy = try SenderPolicy(
      user: user, domain: user.contains("@") ? nil : domain.resolve(), aliases: list,
      recipientDelimiter: recipientDelimiter == "none" ? "" : recipientDelimiter)
    for fault in policy.faults.prefix(Self.maxLoggedFaults) {
      LogLine.warning("\(aliases ?? ""), line \(fault.line) is left out: \(fault.reason)").write()
    }
    return policy
  }

  /// How many faults of the list of senders are told of at a time.
  private static let maxLoggedFaults = 10

  /// Checks the client's words.
  private func envelope(
    _ words: [String], size: Int?, _ policy: SenderPolicy
  ) throws(Refusal) -> Submission.Envelope {
    guard words.count >= 2 else {
      throw Refusal(.usage, "Usage: SENDER RECIPIENT ... and the message as a literal.")
    }
    guard let size else {
      try MessageLiteral.checkMissing(words)
      throw Refusal(
        .usage,
        "The message is missing: it comes after the recipients, as a literal. Without any "
          + "words you are asked for everything.")
    }
    if words.count - 1 > maxRecipients { throw Self.tooManyRecipients(maxRecipients) }
    if size == 0 { throw MessageFault.empty.refusal }
    if size > maxSize.count {
      throw Refusal(
        .badData,
        "The message has \(size) octets, and \(maxSize.count) are allowed. Nothing was sent.",
        code: .limit)
    }
    let sender = try Self.mailbox(words[0], "The sender")
    try policy.checkSender(sender)
    var recipients: [Mailbox] = []
    for (index, word) in words.dropFirst().enumerated() {
      recipients.append(try Self.mailbox(word, "Recipient \(index + 1)"))
    }
    return .init(sender: sender, recipients: recipients, size: size)
  }

  private func send(
    _ envelope: Submission.Envelope, _ body: MessageBody, _ termination: Termination,
    of user: String
  ) throws {
    let relay = Relay(
      address: relay, startTLS: starttls, authorityFile: caFile,
      credentials: try credentials.map {
        try Credentials(
          text: SettingsFile.read($0, what: "file of credentials", isSecret: true), of: $0)
      }, hostname: hostname, timeout: timeout, finalTimeout: finalTimeout)
    signal(SIGPIPE, SIG_IGN)  // of the relay's connection, and of a client that is gone
    let count = envelope.recipients.count
    let trace = MessageTrace(
      user: user, sender: envelope.sender, recipientCount: count, size: envelope.size)
    let reply: SMTPReply
    do throws(Refusal) {
      reply = try Submission(to: relay, envelope, body: body, termination: termination).run()
    } catch {
      MailLog.write(trace.failed(error.status))
      throw error
    }
    MailLog.write(trace.sent(reply))
    for line in reply.lines {
      Output.write("Sent to \(count) \(count == 1 ? "recipient" : "recipients"): \(line)")
    }
  }

  private static func header(of body: MessageBody) throws(Refusal) -> ArraySlice<UInt8> {
    do throws(MessageFault) { return try body.header() } catch { throw error.refusal }
  }

  private static func mailbox(_ word: String, _ what: String) throws(Refusal) -> Mailbox {
    do throws(Mailbox.Fault) {
      return try Mailbox(word)
    } catch {
      throw Refusal(
        .badData, "\(what) is no mail address that can be used: \(error.reason). Nothing was sent.")
    }
  }

  static func tooManyRecipients(_ limit: Int) -> Refusal {
    Refusal(
      .badData, "At most \(limit) recipients are allowed. Nothing was sent.", code: .limit)
  }
}

extension Relay.StartTLS: ExpressibleByArgument {}

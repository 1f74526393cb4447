import Glibc

/// Asks for a message, line by line: for a person in a terminal, and for scripts, which may send
/// their answers in advance.
///
/// A wrong answer is asked for once more, so that a person need not start again. After three of them
/// it ends: a script's answers would be taken for others than they are.
struct MessageDialogue {
  /// The most that can be written this way, in octets. More goes into a literal.
  static let maxOctets = 1 << 20
  private static let maxWrongAnswers = 3

  let policy: SenderPolicy
  let maxRecipients: Int
  private var prompts = Prompts(ifUnanswered: "Nothing was sent.")
  private var wrongAnswers = 0

  init(policy: SenderPolicy, maxRecipients: Int) {
    self.policy = policy
    self.maxRecipients = maxRecipients
  }

  /// Asks for everything.
  ///
  /// - Throws: ``Refusal`` if there is no end to wrong answers, or an early one to the input.
  mutating func run() throws(Refusal) -> (Submission.Envelope, message: [UInt8]) {
    let sender = try askSender()
    let recipients = try askRecipients()
    let subject = try askSubject()
    let text = try askText()
    let draft = Draft(sender: sender, recipients: recipients, subject: subject, text: text)
    let message = draft.message(at: time(nil), identifier: UInt64.random(in: .min ... .max))
    return (.init(sender: sender, recipients: recipients, size: message.count), message)
  }

  private mutating func askSender() throws(Refusal) -> Mailbox {
    while true {
      let answer = try askWord("From (empty: \(policy.own.text))?")
      if answer.isEmpty { return policy.own }
      guard let sender = try mailbox(answer) else { continue }
      if policy.allows(sender) { return sender }
      try complain("You may not send mail as that.")
    }
  }

  private mutating func askRecipients() throws(Refusal) -> [Mailbox] {
    var recipients: [Mailbox] = []
    while true {
      let answer = try askWord(recipients.isEmpty ? "To?" : "To (empty: nobody else)?")
      if answer.isEmpty && !recipients.isEmpty { return recipients }
      if let recipient = try mailbox(answer) { recipients.append(recipient) }
      if recipients.count > maxRecipients { throw SMTP.tooManyRecipients(maxRecipients) }
    }
  }

  private mutating func askSubject() throws(Refusal) -> String {
    while true {
      let answer = String(
        validating: try prompts.ask("Subject?", limit: Self.maxOctets), as: UTF8.self)
      if let answer, answer.utf8.count <= 1000, !answer.unicodeScalars.contains(where: \.isControl)
      {
        return answer
      }
      try complain("That cannot be used: it is too long, no UTF-8, or holds a control character.")
    }
  }

  private mutating func askText() throws(Refusal) -> [UInt8] {
    var text: [UInt8] = []
    var label = "Text (a line with a single dot ends it)"
    while true {
      let line = try prompts.ask(label, limit: Self.maxOctets)
      if line == [UInt8(ascii: ".")] { return text }
      text += line
      text.append(0x0A)
      if text.count > Self.maxOctets {
        throw Refusal(
          .badData, "The text is longer than \(Self.maxOctets) octets. Nothing was sent.",
          code: .limit)
      }
      label = "Text"
    }
  }

  /// A word, without the blanks around it.
  private mutating func askWord(_ label: String) throws(Refusal) -> String {
    let answer = String(decoding: try prompts.ask(label, limit: Self.maxOctets), as: UTF8.self)
    return String(answer.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }

  /// Reads an answer as an address. It complains if it is none.
  private mutating func mailbox(_ answer: String) throws(Refusal) -> Mailbox? {
    do throws(Mailbox.Fault) {
      return try Mailbox(answer)
    } catch {
      try complain("That cannot be used: \(error.reason).")
      return nil
    }
  }

  private mutating func complain(_ text: String) throws(Refusal) {
    wrongAnswers += 1
    if wrongAnswers == Self.maxWrongAnswers {
      throw Refusal(.badData, "\(text) Too many answers were wrong. Nothing was sent.")
    }
    Output.write("\(text) Once more:")
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool { properties.generalCategory == .control }
}

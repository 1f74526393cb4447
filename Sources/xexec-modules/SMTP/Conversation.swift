/// What has been said between libcurl and the relay, as far as it matters for the outcome. libcurl
/// itself reports one error for many cases; this tells which recipient was refused with which words,
/// and whether the message was accepted.
struct Conversation {
  /// Where the conversation is: what the next reply answers.
  enum Stage: Equatable {
    case greeting
    case hello
    case startTLS
    case authentication
    case sender
    case recipient(Int)
    case data
    case message
    case quit
  }

  /// A recipient that the relay refused, by its number from 0.
  struct Rejection: Equatable {
    let recipient: Int
    let reply: SMTPReply
  }

  private let recipientCount: Int
  private var reader = SMTPReplyReader()
  private var awaitsSASL = false

  private(set) var stage = Stage.greeting
  /// The reply by which the relay refused to go on, and what it answered.
  private(set) var refusal: (stage: Stage, reply: SMTPReply)?
  /// The recipients that were refused.
  private(set) var rejections: [Rejection] = []
  /// The reply by which the relay took the message over.
  private(set) var acceptance: SMTPReply?
  /// The extensions that the relay offers, in upper case, with their parameters.
  private(set) var extensions: [String: String] = [:]
  private(set) var isAuthenticated = false

  init(recipientCount: Int) { self.recipientCount = recipientCount }

  /// Whether all recipients have been answered, and not all were taken.
  var isRefusedByRecipients: Bool {
    stage == .recipient(recipientCount - 1) && isAnswered && !rejections.isEmpty
  }

  /// Whether the last command has its reply.
  private var isAnswered = false

  /// Notes a command that goes to the relay.
  mutating func sent(_ command: some Collection<UInt8>) {
    isAnswered = false
    if awaitsSASL { return }  // a response of libcurl's, which may look like any command
    switch String(decoding: command.prefix { $0 > 0x20 }, as: UTF8.self) {
    case "EHLO", "HELO":
      stage = .hello
      extensions = [:]
    case "STARTTLS": stage = .startTLS
    case "AUTH": stage = .authentication
    case "MAIL": stage = .sender
    case "RCPT":
      if case .recipient(let number) = stage {
        stage = .recipient(number + 1)
      } else {
        stage = .recipient(0)
      }
    case "DATA": stage = .data
    case "QUIT": stage = .quit
    default: break
    }
    if stage != .quit { refusal = nil }
  }

  /// Notes a line that came from the relay.
  ///
  /// - Returns: Whether it ends a reply.
  mutating func received(_ line: some Collection<UInt8>) -> Bool {
    guard let reply = reader.take(line) else { return false }
    isAnswered = true
    awaitsSASL = stage == .authentication && reply.code == 334
    switch stage {
    case .hello where reply.isPositive: noteExtensions(reply)
    case .authentication where reply.isPositive: isAuthenticated = true
    case .recipient(let number) where !reply.isPositive:
      rejections.append(Rejection(recipient: number, reply: reply))
    case .data where reply.code == 354: stage = .message
    case .message where reply.isPositive: acceptance = reply
    case .quit: break
    case .data: refusal = (stage, reply)
    default: if !reply.isPositive && !awaitsSASL { refusal = (stage, reply) }
    }
    return true
  }

  private mutating func noteExtensions(_ reply: SMTPReply) {
    for line in reply.lines.dropFirst() {
      let words = line.dropFirst(4).split(separator: " ", maxSplits: 1)
      guard let name = words.first else { continue }
      extensions[name.uppercased()] = words.count > 1 ? String(words[1]) : ""
    }
  }
}

import CCurl

/// What the user is told when the relay has not taken a message over. A line of the relay's always
/// stands behind words of ours.
extension Refusal {
  /// It refused recipients, so that nobody gets the message.
  static func rejected(
    _ rejections: [Conversation.Rejection], of recipients: [Mailbox]
  ) -> Refusal {
    var lines = rejections.flatMap { rejection in
      let address = recipients[rejection.recipient].text
      return rejection.reply.lines.map { "Refused recipient \(address): \($0)" }
    }
    let isTemporary = rejections.allSatisfy(\.reply.isTemporary)
    lines.append(
      "The mail relay refused \(rejections.count) of \(recipients.count) recipients"
        + (isTemporary ? " for now. Nothing was sent; try again later." : ". Nothing was sent."))
    return Refusal(isTemporary ? .temporary : .noRecipient, lines.joined(separator: "\n"))
  }

  /// It refused something else.
  static func refused(at stage: Conversation.Stage, _ reply: SMTPReply) -> Refusal {
    var lines = reply.lines.map { "The mail relay said: \($0)" }
    let what =
      switch stage {
      case .greeting, .hello, .startTLS, .quit: "the connection"
      case .authentication: "this server's login"
      case .sender: "the sender"
      case .recipient: "a recipient"
      case .data, .message: "the message"
      }
    let status: Status
    switch (stage, reply.code / 100) {
    case (_, 4):
      lines.append(
        "The mail relay refused \(what) for now. Nothing was sent; try again later.")
      status = .temporary
    case (.authentication, 5):
      lines.append("[CONTACTADMIN] The mail relay refused \(what). Nothing was sent.")
      status = .misconfigured
    case (.greeting, 5), (.hello, 5), (.startTLS, 5):
      lines.append("The mail relay refused \(what). Nothing was sent.")
      status = .unavailable
    case (_, 5):
      lines.append("The mail relay refused \(what). Nothing was sent.")
      status = .badData
    default:
      lines.append("[CONTACTADMIN] The mail relay gave an answer out of place. Nothing was sent.")
      status = .badProtocol
    }
    return Refusal(status, lines.joined(separator: "\n"))
  }

  /// It was lost when it had all of the message.
  static let unknownOutcome = Refusal(
    .unknownOutcome,
    "The mail relay has got the whole message, but did not confirm "
      + "it. It is not known whether it was sent.")

  /// It stopped answering before.
  static let silentRelay = Refusal(
    .unavailable,
    "The mail relay does not answer. Nothing was sent; try again later.")

  /// It was not reached, or lost.
  static func failed(_ result: CURLcode, wasGreeted: Bool) -> Refusal {
    switch result {
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CONNECT_ERROR,
      CURLE_SSL_ISSUER_ERROR, CURLE_USE_SSL_FAILED:
      Refusal(
        .misconfigured,
        "[CONTACTADMIN] The connection to the mail relay cannot be made secure: "
          + "\(String(cString: xexec_curl_easy_strerror(result))). Nothing was sent.")
    case CURLE_LOGIN_DENIED:
      Refusal(
        .misconfigured,
        "[CONTACTADMIN] The mail relay does not let this server log in. Nothing was sent.")
    case CURLE_WEIRD_SERVER_REPLY:
      Refusal(
        .badProtocol,
        "[CONTACTADMIN] The mail relay gave an answer out of place. Nothing was sent.")
    case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT:
      Refusal(.internalError, "There is not enough memory. Nothing was sent; try again later.")
    default:
      Refusal(
        .unavailable,
        wasGreeted
          ? "The connection to the mail relay was lost. Nothing was sent; try again "
            + "later."
          : "The mail relay cannot be reached. Nothing was sent; try again later.")
    }
  }
}

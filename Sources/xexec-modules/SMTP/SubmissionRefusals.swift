import CCurl

/// What the user is told when the relay has not taken a message over, and the administrator if the
/// relay or the way to it is not as it should be. A line of the relay's always stands behind words
/// of ours.
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
    return Refusal(isTemporary ? .temporary : .noUser, lines.joined(separator: "\n"))
  }

  /// It refused something else.
  static func refused(
    at stage: Conversation.Stage, _ reply: SMTPReply, by relay: Relay
  ) -> Refusal {
    let what: String
    var isOfUser = false
    switch stage {
    case .greeting, .hello, .startTLS, .quit: what = "the connection"
    case .authentication: what = "this server's login"
    case .sender: (what, isOfUser) = ("the sender", true)
    case .recipient: (what, isOfUser) = ("a recipient", true)
    case .data, .message: (what, isOfUser) = ("the message", true)
    }
    let status: Status
    var end = "The mail relay refused \(what). Nothing was sent."
    switch reply.code / 100 {
    case 4:
      end = "The mail relay refused \(what) for now. Nothing was sent; try again later."
      status = .temporary
    case 5 where isOfUser: status = .badData
    case 5 where stage == .authentication: status = .misconfigured
    case 5: status = .unavailable
    default:
      end = "The mail relay gave an answer out of place. Nothing was sent."
      status = .badProtocol
      isOfUser = false
    }
    let said = reply.lines
    return Refusal(
      status, (said.map { "The mail relay said: \($0)" } + [end]).joined(separator: "\n"),
      log: isOfUser ? nil : relay.log("it refused \(what): \(said.joined(separator: "; "))"))
  }

  /// It was lost when it had all of the message.
  static func unknownOutcome(of relay: Relay) -> Refusal {
    Refusal(
      .unknownOutcome,
      "The mail relay has got the whole message, but did not confirm "
        + "it. It is not known whether it was sent.",
      log: relay.log("it was lost, or silent, when it had a whole message"))
  }

  /// It stopped answering before.
  static func silentRelay(_ relay: Relay) -> Refusal {
    Refusal(
      .unavailable, "The mail relay does not answer. Nothing was sent; try again later.",
      log: relay.log("no answer for \(relay.timeout) seconds"))
  }

  /// It was not reached, or lost.
  ///
  /// - Parameter detail: libcurl's words.
  static func failed(
    _ result: CURLcode, _ detail: String, of relay: Relay, wasGreeted: Bool
  ) -> Refusal {
    let (status, message): (Status, String) =
      switch result {
      case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CONNECT_ERROR,
        CURLE_SSL_ISSUER_ERROR, CURLE_USE_SSL_FAILED:
        (
          .misconfigured,
          "The connection to the mail relay cannot be made secure. Nothing was sent."
        )
      case CURLE_LOGIN_DENIED:
        (.misconfigured, "The mail relay does not let this server log in. Nothing was sent.")
      case CURLE_WEIRD_SERVER_REPLY:
        (.badProtocol, "The mail relay gave an answer out of place. Nothing was sent.")
      case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT:
        (.internalError, "There is not enough memory. Nothing was sent; try again later.")
      default:
        (
          .unavailable,
          wasGreeted
            ? "The connection to the mail relay was lost. Nothing was sent; try again later."
            : "The mail relay cannot be reached. Nothing was sent; try again later."
        )
      }
    return Refusal(status, message, log: relay.log(detail))
  }
}

extension Relay {
  fileprivate func log(_ text: String) -> LogLine { .error("relay \(address.url): \(text)") }
}

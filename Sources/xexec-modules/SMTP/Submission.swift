import CCurl
import Glibc

/// One message on its way to the relay. libcurl speaks SMTP: TLS, AUTH, dot-stuffing. This gives it
/// the message, and watches what the relay says.
///
/// Two things are not left to libcurl. The message's size is not announced in MAIL FROM: libcurl 7.88
/// compares the size it is given with what it has sent, dots that it has doubled included, and would
/// take a message for complete too early if both happen to be equal. The limit that the relay
/// announces is checked here instead. And a relay that stops answering is noticed by a clock that
/// does not run while the message's next octets are waited for.
final class Submission {
  /// What is sent, to whom.
  struct Envelope {
    let sender: Mailbox
    let recipients: [Mailbox]
    /// The octets of the message, as far as they are known before it is read.
    let size: Int
  }

  /// Why this side gave up.
  private enum Abortion {
    case message(MessageFault)
    case silence
    case termination
    case relay(Refusal)
  }

  /// How long QUIT may take when the message is on its way already, in seconds.
  private static let quitPatience = 2

  private let relay: Relay
  private let envelope: Envelope
  private let body: MessageBody
  private let termination: Termination
  private let handle: UnsafeMutableRawPointer
  /// Where libcurl writes what went wrong, more exactly than its result says.
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private var conversation: Conversation
  private var abortion: Abortion?
  /// When the relay last did something, or was given something to do.
  private var lastProgress = Submission.now()
  private var sent: curl_off_t = 0

  /// ``Curl/load()`` has to be called before.
  init(to relay: Relay, _ envelope: Envelope, body: MessageBody, termination: Termination) {
    guard let handle = xexec_curl_easy_init() else { fatalError("no memory for libcurl") }
    self.relay = relay
    self.envelope = envelope
    self.body = body
    self.termination = termination
    self.handle = handle
    conversation = Conversation(recipientCount: envelope.recipients.count)
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    xexec_curl_set_context(handle, CURLOPT_ERRORBUFFER, errorText)
  }

  deinit {
    xexec_curl_easy_cleanup(handle)
    errorText.deallocate()
  }

  /// Sends the message.
  ///
  /// - Returns: The reply by which the relay has taken it over.
  /// - Throws: ``Refusal``. It says if it is not known whether the relay has taken the message;
  ///   with any other it has not.
  func run() throws(Refusal) -> SMTPReply {
    var recipients: UnsafeMutablePointer<curl_slist>?
    defer { xexec_curl_slist_free_all(recipients) }
    for recipient in envelope.recipients {
      recipients = xexec_curl_slist_append(recipients, "<\(recipient.wireText)>")
    }
    relay.configure(handle)
    xexec_curl_set_text(handle, CURLOPT_MAIL_FROM, "<\(envelope.sender.wireText)>")
    xexec_curl_set_list(handle, CURLOPT_MAIL_RCPT, recipients)
    // so that all that are refused can be named
    xexec_curl_try_all_recipients(handle)
    xexec_curl_set_number(handle, CURLOPT_UPLOAD, 1)
    setCallbacks()
    let result = xexec_curl_easy_perform(handle)
    if let acceptance = conversation.acceptance { return acceptance }
    throw refusal(result)
  }

  private func setCallbacks() {
    let context = Unmanaged.passUnretained(self).toOpaque()
    for option in [
      CURLOPT_READDATA, CURLOPT_HEADERDATA, CURLOPT_DEBUGDATA, CURLOPT_XFERINFODATA,
      CURLOPT_PREREQDATA,
    ] { xexec_curl_set_context(handle, option, context) }
    xexec_curl_set_number(handle, CURLOPT_VERBOSE, 1)  // or there is no debug callback
    xexec_curl_set_number(handle, CURLOPT_NOPROGRESS, 0)
    xexec_curl_set_read(handle) { buffer, size, count, context in
      Submission.of(context).read(UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
    }
    xexec_curl_set_header(handle) { line, size, count, context in
      let line = UnsafeRawBufferPointer(start: line, count: size * count)
      return Submission.of(context).received(line) ? line.count : 0
    }
    xexec_curl_set_debug(handle) { _, type, text, count, context in
      if type == CURLINFO_HEADER_OUT {
        Submission.of(context).sent(UnsafeRawBufferPointer(start: text, count: count))
      }
      return 0
    }
    xexec_curl_set_progress(handle) { context, _, _, _, sent in
      Submission.of(context).mayGoOn(sent) ? 0 : 1
    }
    xexec_curl_set_before_request(handle) { context, _, _, _, _ in
      Submission.of(context).relayIsFit() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
    }
  }

  private static func of(_ context: UnsafeMutableRawPointer?) -> Submission {
    Unmanaged.fromOpaque(context!).takeUnretainedValue()
  }

  // MARK: What libcurl asks for and tells

  private func read(_ room: UnsafeMutableRawBufferPointer) -> Int {
    defer { lastProgress = Self.now() }
    do throws(MessageFault) {
      return try body.read(into: room)
    } catch {
      abortion = .message(error)
      return Int(CURL_READFUNC_ABORT)
    }
  }

  private func sent(_ command: UnsafeRawBufferPointer) {
    conversation.sent(command)
    lastProgress = Self.now()
  }

  /// - Returns: Whether to go on.
  private func received(_ line: UnsafeRawBufferPointer) -> Bool {
    if conversation.received(line) { lastProgress = Self.now() }
    return !conversation.isRefusedByRecipients
  }

  private func mayGoOn(_ sent: curl_off_t) -> Bool {
    if abortion != nil { return false }
    if sent != self.sent {
      self.sent = sent
      lastProgress = Self.now()
    }
    let patience =
      conversation.acceptance != nil
      ? Self.quitPatience : body.isComplete ? relay.finalTimeout : relay.timeout
    if Self.now() - lastProgress >= patience { abortion = .silence }
    if termination.isRequested { abortion = .termination }
    return abortion == nil
  }

  /// Looks at what the relay offers before anything is asked of it.
  private func relayIsFit() -> Bool {
    if relay.credentials != nil && !conversation.isAuthenticated {
      abortion = .relay(
        Refusal(
          .misconfigured, "The mail relay does not let this server log in. Nothing was sent.",
          log: .error("\(relay.address.url) offers no login that libcurl knows, see --credentials"))
      )
    } else if envelope.needsUTF8 && conversation.extensions["SMTPUTF8"] == nil {
      abortion = .relay(
        Refusal(
          .badData,
          "The mail relay takes no addresses with other letters than ASCII. Nothing was sent."))
    } else if let limit = conversation.extensions["SIZE"].flatMap({ Int($0) }), limit > 0,
      envelope.size > limit
    {
      abortion = .relay(
        Refusal(
          .badData,
          "The message has \(envelope.size) octets, and the mail relay takes at most \(limit). "
            + "Nothing was sent.", code: .limit))
    }
    return abortion == nil
  }

  /// Seconds on a clock that is never set.
  private static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec
  }

  // MARK: What became of it

  /// Why the message was not taken over, most certain cause first.
  private func refusal(_ result: CURLcode) -> Refusal {
    let detail = String(
      cString: errorText[0] == 0 ? xexec_curl_easy_strerror(result) : UnsafePointer(errorText))
    switch abortion {
    case .message(let fault): return fault.refusal
    case .relay(let refusal): return refusal
    case .silence, .termination, nil: break
    }
    if !conversation.rejections.isEmpty {
      return .rejected(conversation.rejections, of: envelope.recipients)
    }
    if let (stage, reply) = conversation.refusal {
      return .refused(at: stage, reply, by: relay)
    }
    if body.isComplete { return .unknownOutcome(of: relay) }
    switch abortion {
    case .silence: return .silentRelay(relay)
    case .termination: return MessageFault.terminated.refusal
    default:
      return .failed(result, detail, of: relay, wasGreeted: conversation.stage != .greeting)
    }
  }
}

extension Submission.Envelope {
  var needsUTF8: Bool { sender.needsUTF8 || recipients.contains(where: \.needsUTF8) }
}

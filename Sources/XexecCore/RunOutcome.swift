import CXexec

/// How a run ended, in words: for the client and for the log.
struct RunOutcome {
  /// Why the server ended the program.
  enum Reason {
    case timedOut
    case answerTooLong
    case literalNotLast
    case connectionClosed
  }

  let status: TerminationStatus?
  let reason: Reason?

  /// Whether the client broke the protocol: the reply stands behind `BAD` then.
  var isClientsFault: Bool { reason == .answerTooLong || reason == .literalNotLast }

  /// Appends the text of the tagged response, with a `NO` or `OK` of its own unless it is a `BAD`.
  func appendReply(to reply: inout OctetBuffer) {
    switch reason {
    case .timedOut:
      reply.append("NO [LIMIT] command timed out")
    case .answerTooLong:
      reply.append("Answer to a prompt is too long.")
    case .literalNotLast:
      reply.append("The literal is not the last argument.")
    case .connectionClosed:
      // who has only ended its sending side may read it
      reply.append("NO client has ended its input, and a prompt waits for it")
    case nil:
      appendStatus(to: &reply)
    }
  }

  private func appendStatus(to reply: inout OctetBuffer) {
    switch status ?? .unknown {
    case .exited(0):
      reply.append("OK command exited successfully")
    case .failed:
      reply.append("NO command failed")
    case .lost:
      reply.append("NO [UNAVAILABLE] connection to the service of this command was lost")
    case .unreachable:
      reply.append("NO [UNAVAILABLE] service of this command cannot be reached")
    case .unknown:
      reply.append("NO [SERVERBUG] command ended, but its exit status is unknown")
    case let status:
      reply.append("NO command failed (")
      status.describe(to: &reply)
      reply.append(")")
    }
  }

  /// Appends how it ended, for the log.
  func describe(to log: inout OctetBuffer) {
    switch reason {
    case .timedOut: log.append("timed out")
    case .answerTooLong: log.append("answer to a prompt too long")
    case .literalNotLast: log.append("literal not the last argument")
    case .connectionClosed: log.append("connection closed")
    case nil: break
    }
    if let status {
      if reason != nil { log.append(", ") }
      status.describe(to: &log)
    }
  }
}

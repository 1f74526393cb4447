/// Why a message cannot be sent to its end.
enum MessageFault: Error, Equatable {
  /// There is none.
  case empty
  /// The input ended before it was complete: the client is gone, or the server.
  case cut(received: Int, size: Int)
  /// There was more input than announced.
  case surplus(size: Int)
  /// The input could not be read.
  case unreadable
  /// This process is to end.
  case terminated
  /// It holds a NUL.
  case nul(line: Int)
  /// It holds a CR that is no part of CRLF.
  case bareCR(line: Int)
  /// Its header has no end.
  case headerTooLong(limit: Int)

  /// What the user is told.
  var refusal: Refusal {
    switch self {
    case .empty:
      Refusal(.badData, "The message is empty. Nothing was sent.")
    case .cut(let received, let size):
      Refusal(
        .cutInput,
        "The message ended after \(received) of \(size) octets. Nothing was sent.")
    case .surplus(let size):
      Refusal(.badData, "There is more input than the message's \(size) octets. Nothing was sent.")
    case .unreadable:
      Refusal(.internalError, "The message could not be read. Nothing was sent.")
    case .terminated:
      Refusal(.temporary, "The module was ended before the message was complete. Nothing was sent.")
    case .nul(let line):
      Refusal(
        .badData,
        "The message holds a NUL octet in line \(line), which mail cannot carry. "
          + "Nothing was sent.")
    case .bareCR(let line):
      Refusal(
        .badData,
        "The message holds a CR without LF in line \(line), which mail cannot carry. "
          + "Nothing was sent.")
    case .headerTooLong(let limit):
      Refusal(
        .badData, "The message's header is longer than \(limit) octets. Nothing was sent.",
        code: .limit)
    }
  }
}

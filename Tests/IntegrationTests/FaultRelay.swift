import Foundation
import PrivateDovecot
import Synchronization

/// A mail relay that misbehaves as a test wants it to: what a real one cannot be made to show.
final class FaultRelay: Sendable {
  /// What it does instead of a usual reply.
  enum Action: Sendable {
    /// Sends these octets.
    case say(String)
    /// Closes the connection.
    case hangUp
    /// Does nothing, until the other side closes.
    case silence
    /// Closes the connection when it has read so many octets of the message.
    case hangUpAfter(Int)
  }

  /// What it has seen of a connection.
  struct Record: Sendable {
    var commands: [String] = []
    /// The messages that were complete, as they stood on the wire: dots doubled, without the last.
    var messages: [[UInt8]] = []
    /// What came behind DATA, and never was complete.
    var cut: [UInt8] = []
  }

  let port: UInt16
  private let listener: Int32
  private let replies: [String: [Action]]
  private let records = Mutex<[Record]>([])

  /// Starts it.
  ///
  /// - Parameter replies: What it does at `CONNECT`, `EHLO`, `MAIL`, `RCPT`, `DATA`, `MESSAGE` (its
  ///   final dot) and `QUIT`: one action for each time, the last one for all further. What is not
  ///   there is answered as usual.
  init(_ replies: [String: [Action]] = [:]) throws {
    self.replies = replies
    (port, listener) = try Self.listen()
    let thread = Thread { [self, listener] in
      while true {
        let connection = accept(listener, nil, nil)
        if connection < 0 { break }
        records.withLock { $0.append(Record()) }
        serve(connection)
        close(connection)
      }
      close(listener)
    }
    thread.start()
  }

  /// Ends it.
  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  /// What the connections have brought so far.
  var seen: [Record] { records.withLock { $0 } }

  /// All that was accepted or not, as one.
  var all: Record {
    seen.reduce(into: Record()) {
      $0.commands += $1.commands
      $0.messages += $1.messages
      $0.cut += $1.cut
    }
  }

  private static func listen() throws -> (UInt16, Int32) {
    for _ in 0..<20 {
      let port = try findFreePort()
      let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      if bound == 0 && Glibc.listen(listener, 10) == 0 { return (port, listener) }
      close(listener)
    }
    throw KitError(.system, "no port to listen on")
  }

  private func note(_ change: (inout Record) -> Void) {
    records.withLock { change(&$0[$0.count - 1]) }
  }

  private func serve(_ connection: Int32) {
    var input = Input(connection)
    var times: [String: Int] = [:]

    /// Returns whether the connection goes on.
    func answer(_ what: String, usually text: String) -> Bool {
      let actions = replies[what] ?? [.say(text)]
      let time = times[what, default: 0]
      times[what] = time + 1
      switch actions[min(time, actions.count - 1)] {
      case .say(let text):
        return send(connection, text, text.utf8.count, Int32(MSG_NOSIGNAL)) == text.utf8.count
      case .hangUp, .hangUpAfter: return false
      case .silence:
        while input.line() != nil {}
        return false
      }
    }

    guard answer("CONNECT", usually: "220 fault ESMTP\r\n") else { return }
    while let line = input.line() {
      note { $0.commands.append(String(decoding: line, as: UTF8.self)) }
      let verb = String(decoding: line.prefix { $0 > 0x20 }, as: UTF8.self)
      switch verb {
      case "EHLO":
        guard answer("EHLO", usually: "250-fault\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n") else {
          return
        }
      case "DATA":
        guard answer("DATA", usually: "354 go on\r\n") else { return }
        if case .say(let text)? = replies["DATA"]?.first, !text.hasPrefix("354") { continue }
        var limit = Int.max
        if case .hangUpAfter(let count)? = replies["MESSAGE"]?.first { limit = count }
        guard let message = takeMessage(&input, limit: limit) else { return }
        note { $0.messages.append(message) }
        guard answer("MESSAGE", usually: "250 2.0.0 Ok: queued as FAULT\r\n") else { return }
      case "QUIT":
        _ = answer("QUIT", usually: "221 bye\r\n")
        return
      default:
        guard answer(verb, usually: "250 2.1.0 Ok\r\n") else { return }
      }
    }
  }

  private func takeMessage(_ input: inout Input, limit: Int) -> [UInt8]? {
    var message: [UInt8] = []
    while let line = input.line(), message.count < limit {
      if line == Array(".\r\n".utf8) { return message }
      message += line
    }
    let cut = message
    note { $0.cut = cut }
    return nil
  }

  /// Lines of a socket, with their ends.
  private struct Input {
    private let connection: Int32
    private var buffer: [UInt8] = []
    private var position = 0

    init(_ connection: Int32) { self.connection = connection }

    mutating func line() -> [UInt8]? {
      while true {
        if let end = buffer[position...].firstIndex(of: 0x0A) {
          defer { position = end + 1 }
          return Array(buffer[position...end])
        }
        buffer.removeFirst(position)
        position = 0
        let piece = [UInt8](unsafeUninitializedCapacity: 65536) { room, count in
          count = max(0, recv(connection, room.baseAddress, room.count, 0))
        }
        if piece.isEmpty { return nil }
        buffer += piece
      }
    }
  }
}

import Foundation
import Glibc
import Synchronization

/// A small SMTP server on a port of 127.0.0.1 that takes every message and keeps it, for what
/// Dovecot sends on (`submission_host`). It ends with ``stop()``, or when the object goes away.
public final class SMTPSink: Sendable {
  /// A message with its envelope.
  public struct Mail: Sendable {
    /// The address of `MAIL FROM`, without angle brackets; empty for the null sender.
    public let sender: String
    /// The addresses of `RCPT TO`, without angle brackets.
    public let recipients: [String]
    /// The message, lines ending in CRLF, as UTF-8 repaired where it is not.
    public let text: String
  }

  /// The port of 127.0.0.1.
  public let port: UInt16

  private let listener: Int32
  private let box: Box

  /// What the threads share. They keep this alive, and not the sink.
  private final class Box: Sendable {
    let mails = Mutex<[Mail]>([])
    let recipientReply: String

    init(recipientReply: String) { self.recipientReply = recipientReply }
  }

  /// Starts it.
  ///
  /// - Parameter recipientReply: The answer to every `RCPT`, to see what a refusal does.
  /// - Throws: ``KitError`` if there is no port.
  public init(recipientReply: String = "250 2.1.5 OK") throws {
    let box = Box(recipientReply: recipientReply)
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard listener >= 0 else { throw systemError("socket") }
    guard let port = listenAnywhere(listener)
    else {
      let error = systemError("SMTP sink")
      close(listener)
      throw error
    }
    (self.listener, self.box, self.port) = (listener, box, port)
    Thread.detachNewThread { Self.accept(from: listener, into: box) }
  }

  deinit { stop() }

  /// The messages so far.
  public var mails: [Mail] { box.mails.withLock { $0 } }

  /// Waits until so many messages have come.
  ///
  /// - Returns: All messages.
  /// - Throws: ``KitError`` of kind `timedOut`.
  public func waitForMails(count: Int, timeout: Duration = .seconds(30)) throws -> [Mail] {
    guard waitUntil(timeout: timeout, { mails.count >= count }) else {
      throw KitError(.timedOut, "\(mails.count) messages came by SMTP, not \(count)")
    }
    return mails
  }

  /// Takes no more connections. A second call does nothing.
  public func stop() {
    // the thread closes it
    shutdown(listener, Int32(SHUT_RDWR))
  }

  private static func accept(from listener: Int32, into box: Box) {
    while true {
      let connection = Glibc.accept(listener, nil, nil)
      if connection >= 0 {
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        Thread.detachNewThread {
          let stream = LineStream(StreamSocket(accepted: connection))
          // A client that goes, or breaks the protocol, has sent nothing.
          try? serve(stream, into: box)
          stream.close()
        }
      } else if errno != EINTR && errno != ECONNABORTED {
        break
      }
    }
    close(listener)
  }

  private static func serve(_ stream: LineStream, into box: Box) throws {
    func reply(_ text: String) throws {
      try stream.send(Array("\(text)\r\n".utf8), until: Deadline(in: .seconds(60)))
    }
    func line() throws -> [UInt8] { try stream.readLine(until: Deadline(in: .seconds(60))) }

    var sender: String?
    var recipients: [String] = []
    try reply("220 sink ESMTP")
    while true {
      let command = String(decoding: try line(), as: UTF8.self)
      switch command.prefix(4).uppercased() {
      case "EHLO":
        try reply("250-sink\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES")
      case "MAIL":
        sender = path(in: command)
        recipients = []
        try reply("250 2.1.0 OK")
      case "RCPT":
        if box.recipientReply.hasPrefix("2") { recipients.append(path(in: command)) }
        try reply(box.recipientReply)
      case "DATA" where sender == nil || recipients.isEmpty:
        try reply("503 5.5.1 No sender or recipient")
      case "DATA":
        try reply("354 Go on")
        let text = try message(readLine: line)
        box.mails.withLock {
          $0.append(Mail(sender: sender ?? "", recipients: recipients, text: text))
        }
        (sender, recipients) = (nil, [])
        try reply("250 2.0.0 OK")
      case "RSET":
        (sender, recipients) = (nil, [])
        try reply("250 2.0.0 OK")
      case "NOOP", "HELO":
        try reply("250 2.0.0 OK")
      case "QUIT":
        return try reply("221 2.0.0 Bye")
      default:
        try reply("502 5.5.2 Unknown command")
      }
    }
  }

  /// Reads lines up to the single dot, and takes the dots off that were put before others.
  private static func message(readLine: () throws -> [UInt8]) throws -> String {
    var octets: [UInt8] = []
    while true {
      let line = try readLine()
      let dot = UInt8(ascii: ".")
      if line == [dot] { return String(decoding: octets, as: UTF8.self) }
      octets += line.first == dot ? line.dropFirst() : line[...]
      octets += [0x0d, 0x0a]
    }
  }

  /// What stands between the first `<` and the last `>`.
  private static func path(in command: String) -> String {
    guard let start = command.firstIndex(of: "<"), let end = command.lastIndex(of: ">"), start < end
    else { return "" }
    return String(command[command.index(after: start)..<end])
  }
}

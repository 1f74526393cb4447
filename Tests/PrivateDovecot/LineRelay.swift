import Foundation
import Glibc

/// A relay in front of an IMAP server that changes the server's lines on their way to the client.
public final class LineRelay: Sendable {
  /// The port of 127.0.0.1 where it takes connections.
  public let port: UInt16

  private let listener: Int32

  /// Starts it.
  ///
  /// - Parameters:
  ///   - server: The port of the server.
  ///   - change: What becomes of a line. Lines come with their ends.
  /// - Throws: ``KitError`` if there is no port.
  public init(to server: UInt16, _ change: @escaping @Sendable ([UInt8]) -> [UInt8]) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard listener >= 0 else { throw systemError("socket") }
    guard let port = listenAnywhere(listener) else {
      let error = systemError("relay")
      close(listener)
      throw error
    }
    (self.listener, self.port) = (listener, port)
    Thread.detachNewThread {
      while case let connection = accept(listener, nil, nil), connection >= 0 {
        let client = StreamSocket(accepted: connection)
        guard let upstream = try? StreamSocket(port: server) else { continue }
        Thread.detachNewThread { Self.copy(from: client, to: upstream) { $0 } }
        Thread.detachNewThread { Self.copy(from: upstream, to: client, change) }
      }
      close(listener)
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  /// Hands on whole lines until one side has gone, and lets the other know.
  private static func copy(
    from source: StreamSocket, to target: StreamSocket, _ change: ([UInt8]) -> [UInt8]
  ) {
    var rest: [UInt8] = []
    let hour = Duration.seconds(3600)
    while let octets = try? source.receive(until: Deadline(in: hour)), !octets.isEmpty {
      rest += octets
      guard let end = rest.lastIndex(of: 0x0a) else { continue }
      let lines = rest[...end].split(separator: 0x0a, omittingEmptySubsequences: false).dropLast()
      rest.removeFirst(end + 1)
      let changed = lines.flatMap { change($0 + [0x0a]) }
      if (try? target.send(changed, until: Deadline(in: hour))) == nil { break }
    }
    target.shutdownWrite()
  }
}

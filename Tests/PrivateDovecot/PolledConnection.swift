import Glibc

/// A connection to a port of 127.0.0.1 that never waits: one thread can serve hundreds of them
/// with poll(2).
public final class PolledConnection {
  /// The descriptor to poll.
  public let descriptor: Int32

  private var output: [UInt8] = []
  private var input: [UInt8] = []

  /// Connects.
  ///
  /// - Throws: ``KitError`` if nobody listens, or this process has no descriptor left.
  public init(port: UInt16) throws {
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    descriptor = socket(AF_INET, type, 0)
    guard descriptor >= 0 else { throw systemError("socket") }
    var noDelay: Int32 = 1
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, socklen_t(MemoryLayout<Int32>.size))
    // Connecting on one machine does not wait, so the socket turns non-blocking only afterwards.
    guard withSocketAddress(port: port, { connect(descriptor, $0, $1) }) == 0 else {
      let error = systemError("connect to 127.0.0.1:\(port)")
      Glibc.close(descriptor)
      throw error
    }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
  }

  deinit { Glibc.close(descriptor) }

  /// The events of poll(2) to wait for.
  public var events: Int16 { Int16(output.isEmpty ? POLLIN : POLLIN | POLLOUT) }

  /// Sends what the socket takes, and keeps the rest for ``resume()``.
  ///
  /// - Throws: ``KitError`` of kind `connectionClosed` if the peer is gone.
  public func send(_ text: String) throws {
    output += Array(text.utf8)
    try resume()
  }

  /// Sends what could not be sent before; for when poll(2) says that the socket takes more.
  public func resume() throws {
    while !output.isEmpty {
      let count = Glibc.send(descriptor, output, output.count, Int32(MSG_NOSIGNAL))
      if count < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN { return }
        throw KitError(.connectionClosed, "send: \(String(cString: strerror(errno)))")
      }
      output.removeFirst(count)
    }
  }

  /// Reads what is there; for when poll(2) says that something is.
  ///
  /// - Returns: The lines that are complete now, without CRLF.
  /// - Throws: ``KitError`` of kind `connectionClosed` if the peer has closed or reset the
  ///   connection, and of kind `protocolViolation` if a line does not end in CRLF.
  public func receiveLines() throws -> [String] {
    var failure: Int32 = 0
    let chunk = [UInt8](unsafeUninitializedCapacity: 65536) { room, count in
      let received = recv(descriptor, room.baseAddress, room.count, 0)
      failure = received < 0 ? errno : 0
      count = max(received, 0)
    }
    if failure == EAGAIN || failure == EINTR { return [] }
    guard !chunk.isEmpty else {
      let how = failure == 0 ? "closed" : String(cString: strerror(failure))
      let rest = input.isEmpty ? "" : "; so far: \(quote(input))"
      throw KitError(.connectionClosed, "the server is gone: \(how)\(rest)")
    }
    input += chunk
    guard let end = input.lastIndex(of: 0x0a) else { return [] }
    defer { input.removeFirst(end + 1) }
    return try input[..<end].split(separator: 0x0a, omittingEmptySubsequences: false).map {
      guard $0.last == 0x0d else {
        throw KitError(.protocolViolation, "bare LF behind \(quote($0))")
      }
      return String(decoding: $0.dropLast(), as: UTF8.self)
    }
  }
}

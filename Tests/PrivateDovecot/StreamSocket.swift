import Glibc
import Synchronization

/// A connected stream socket on which every wait is bounded.
final class StreamSocket: Sendable {
  private let descriptor: Mutex<Int32?>

  /// Connects to a port of 127.0.0.1.
  ///
  /// - Parameters:
  ///   - port: The TCP port.
  ///   - receiveBufferSize: The octets that the kernel holds for this side to read, if not its
  ///     default.
  init(port: UInt16, receiveBufferSize: Int? = nil) throws {
    let descriptor = try Self.makeSocket(AF_INET)
    if var size = receiveBufferSize.map(Int32.init) {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    // What a test sends in one call is to be one packet, sent at once.
    var noDelay: Int32 = 1
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, socklen_t(MemoryLayout<Int32>.size))
    let connected = withSocketAddress(port: port) { connect(descriptor, $0, $1) }
    self.descriptor = Mutex(
      try Self.finish(descriptor, connected: connected, to: "127.0.0.1:\(port)"))
  }

  /// Connects to a UNIX socket.
  init(path: String) throws {
    let descriptor = try Self.makeSocket(AF_UNIX)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
      guard path.utf8.count < room.count else { return false }
      room.copyBytes(from: path.utf8)
      return true
    }
    guard fits else {
      close(descriptor)
      throw KitError(.system, "\(path): too long for a UNIX socket")
    }
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    self.descriptor = Mutex(try Self.finish(descriptor, connected: connected, to: path))
  }

  /// Takes over a connection that was accepted.
  init(accepted descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    self.descriptor = Mutex(descriptor)
  }

  deinit { shut() }

  /// Waits for octets.
  ///
  /// - Returns: At most 64 KiB; nothing at the end of the stream.
  /// - Throws: ``KitError`` at the deadline, or if the connection was reset.
  func receive(until deadline: Deadline) throws -> [UInt8] {
    let descriptor = try open()
    while true {
      try wait(descriptor, for: POLLIN, until: deadline)
      var failure: Int32 = 0
      let chunk = [UInt8](unsafeUninitializedCapacity: 65536) { room, count in
        let received = recv(descriptor, room.baseAddress, room.count, 0)
        failure = received < 0 ? errno : 0
        count = max(received, 0)
      }
      if failure == 0 { return chunk }
      try check(failure, "receive")
    }
  }

  /// Sends all of the octets, in one call if the socket takes them.
  func send(_ octets: [UInt8], until deadline: Deadline) throws {
    let descriptor = try open()
    var sent = 0
    while sent < octets.count {
      try wait(descriptor, for: POLLOUT, until: deadline)
      let count = octets[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 { sent += count } else { try check(errno, "send") }
    }
  }

  /// Tells the peer that nothing more will be sent. Reading goes on.
  func shutdownWrite() {
    descriptor.withLock { if let descriptor = $0 { shutdown(descriptor, Int32(SHUT_WR)) } }
  }

  /// Closes the socket; with a reset instead of the normal end if `reset` is set.
  func shut(reset: Bool = false) {
    descriptor.withLock { slot in
      guard let descriptor = slot.take() else { return }
      if reset {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
          descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
      }
      close(descriptor)
    }
  }

  private static func makeSocket(_ family: Int32) throws -> Int32 {
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(family, type, 0)
    guard descriptor >= 0 else { throw systemError("socket") }
    return descriptor
  }

  /// Connecting on one machine does not wait, so the socket turns non-blocking only afterwards.
  private static func finish(
    _ descriptor: Int32, connected: Int32, to peer: String
  ) throws -> Int32 {
    guard connected == 0 else {
      let error = systemError("connect to \(peer)")
      close(descriptor)
      throw error
    }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    return descriptor
  }

  private func open() throws -> Int32 {
    guard let descriptor = descriptor.withLock({ $0 }) else {
      throw KitError(.connectionClosed, "the connection was closed on this side")
    }
    return descriptor
  }

  private func wait(_ descriptor: Int32, for events: Int32, until deadline: Deadline) throws {
    var polled = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    while poll(&polled, 1, deadline.pollMilliseconds) <= 0 {
      if deadline.hasPassed {
        let what = events == POLLIN ? "nothing came in time" : "the peer did not read in time"
        throw KitError(.timedOut, what)
      }
    }
  }

  private func check(_ failure: Int32, _ what: String) throws {
    switch failure {
    case EAGAIN, EINTR: return
    case ECONNRESET, EPIPE: throw KitError(.connectionClosed, "\(what): the peer has reset")
    default: throw KitError(.system, "\(what): \(String(cString: strerror(failure)))")
    }
  }
}

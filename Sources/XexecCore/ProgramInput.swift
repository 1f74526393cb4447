import CXexec

/// A program's stdin: what waits to be written to it, and the literal that may be all of it.
struct ProgramInput {
  private var descriptor: FileDescriptor
  /// It is one direction of a connection, and not a pipe.
  private let isSocket: Bool
  /// Octets that are the server's own, ahead of the client's, and not written yet.
  private var requestLeft: Int
  private var literal: Literal
  /// It takes nothing at the moment.
  private(set) var isFull = false
  /// How many octets of the client's it has taken.
  private(set) var octetsOfClient = 0

  /// A literal of the client that is all of it.
  private enum Literal {
    case none
    case coming
    case complete
  }

  /// - Parameters:
  ///   - descriptor: Non-blocking; nil for a service that is not connected to yet.
  ///   - requestSize: How many octets the relay has that are not the client's.
  init(_ descriptor: FileDescriptor?, requestSize: Int = 0, takesLiteral: Bool) {
    isSocket = descriptor == nil
    self.descriptor = descriptor ?? FileDescriptor(owning: -1)
    requestLeft = requestSize
    literal = takesLiteral ? .coming : .none
  }

  /// There is a connection.
  mutating func connect(_ socket: FileDescriptor) { descriptor = socket }

  /// What becomes writable when there is room again; -1 while there is.
  var watched: Int32 { isFull ? descriptor.number : -1 }

  /// What must stay open when the program is ended: a program would take the end of a literal that is
  /// cut for the end of a whole one.
  var keptOpen: FileDescriptor? { literal == .coming ? descriptor : nil }

  /// Whether octets of the literal would be taken now.
  ///
  /// - Parameter isWanted: The program can still do something with them. If not they are taken, and
  ///   dropped.
  func takesLiteral(isWanted: Bool) -> Bool {
    literal == .coming && (!isWanted || (descriptor.isOpen && !isFull))
  }

  /// Takes octets of the literal, which the program wants. Returns how many it took.
  mutating func takeLiteral(
    _ octets: UnsafeBufferPointer<UInt8>, _ relay: inout Relay
  ) -> Int {
    let taken = write(octets, &relay)
    if !relay.stdinIsClosed { octetsOfClient += taken }
    return taken
  }

  /// The literal is complete, and nothing but the end of the line came behind it. Returns false if
  /// there was none.
  mutating func completeLiteral() -> Bool {
    if literal != .coming { return false }
    literal = .complete
    return true
  }

  /// Writes as much to the program as it takes now of what the relay has for it.
  mutating func write(waitingIn relay: inout Relay) {
    isFull = false
    while !isFull && !relay.octetsForProgram.isEmpty {
      let count = write(relay.octetsForProgram, &relay)
      if relay.stdinIsClosed { return }
      let ofRequest = min(count, requestLeft)
      requestLeft -= ofRequest
      octetsOfClient += count - ofRequest
      relay.programTook(count)
    }
  }

  /// The program reads an end of file behind a literal that is complete.
  mutating func endIfComplete(_ relay: inout Relay) {
    if literal != .complete || !relay.octetsForProgram.isEmpty { return }
    relay.programClosedStdin()
    if isSocket {
      shutdown(descriptor.number, Int32(SHUT_WR))
    } else {
      descriptor.close()
    }
  }

  /// Writes octets to the program. Returns how many it took; fewer than all only if its stdin is
  /// full. What it cannot take because it has closed its stdin counts as taken.
  ///
  /// SIGPIPE is ignored in every Dovecot process (lib-master/master-service.c).
  private mutating func write(
    _ octets: UnsafeBufferPointer<UInt8>, _ relay: inout Relay
  ) -> Int {
    guard let start = octets.baseAddress else { return 0 }
    var written = 0
    while written < octets.count {
      let count = CXexec.write(descriptor.number, start + written, octets.count - written)
      if count >= 0 {
        written += count
      } else if xexec_errno() == EAGAIN {
        isFull = true
        return written
      } else if xexec_errno() != EINTR {
        relay.programClosedStdin()
        return octets.count
      }
    }
    return written
  }
}

import Synchronization

/// Lines and octets over a socket, with compression once it is switched on. One thread may read
/// while another sends.
final class LineStream: Sendable {
  private struct Input {
    var buffer: [UInt8] = []
    /// How much of the buffer has been read.
    var position = 0
    var expander: DeflateStream?

    var rest: ArraySlice<UInt8> { buffer[position...] }

    mutating func take(_ count: Int) -> [UInt8] {
      defer { position += count }
      return Array(buffer[position..<position + count])
    }

    mutating func append(_ octets: [UInt8]) throws {
      buffer.removeFirst(position)
      position = 0
      buffer += try expander?.process(octets) ?? octets
    }
  }

  private let socket: StreamSocket
  private let input = Mutex(Input())
  private let compressor = Mutex<DeflateStream?>(nil)

  /// Makes a stream over a connected socket.
  init(_ socket: StreamSocket) {
    self.socket = socket
  }

  /// Sends octets as they are, or compressed and flushed.
  func send(_ octets: [UInt8], until deadline: Deadline) throws {
    try compressor.withLock { compressor in
      try socket.send(try compressor?.process(octets) ?? octets, until: deadline)
    }
  }

  /// Reads a line and checks its end.
  ///
  /// - Returns: The line without its CRLF.
  /// - Throws: ``KitError`` of kind `protocolViolation` if the line ends in a bare LF or holds CR
  ///   or NUL.
  func readLine(until deadline: Deadline) throws -> [UInt8] {
    try input.withLock { input in
      var searched = 0
      while true {
        if let end = input.rest.dropFirst(searched).firstIndex(of: 0x0a) {
          let line = input.take(end - input.position + 1).dropLast()
          guard line.last == 0x0d, !line.dropLast().contains(where: { $0 == 0x0d || $0 == 0 })
          else {
            throw KitError(.protocolViolation, "bare LF, CR or NUL in the line \(quote(line))")
          }
          return Array(line.dropLast())
        }
        searched = input.rest.count
        try receive(&input, until: deadline)
      }
    }
  }

  /// Reads a number of octets, whatever they are.
  func readOctets(_ count: Int, until deadline: Deadline) throws -> [UInt8] {
    try input.withLock { input in
      while input.rest.count < count { try receive(&input, until: deadline) }
      return input.take(count)
    }
  }

  /// Reads what comes until the peer closes or resets the connection.
  func readToEnd(until deadline: Deadline) throws -> [UInt8] {
    try input.withLock { input in
      do {
        while true { try receive(&input, until: deadline) }
      } catch let error as KitError where error.kind == .connectionClosed {
        return input.take(input.rest.count)
      }
    }
  }

  /// Switches both directions to raw deflate. What has been received but not read yet counts as
  /// compressed.
  func startDeflate() throws {
    compressor.withLock { $0 = DeflateStream.compressor() }
    try input.withLock { input in
      let received = input.take(input.rest.count)
      input.expander = DeflateStream.expander()
      try input.append(received)
    }
  }

  /// Tells the peer that nothing more will be sent.
  func shutdownWrite() { socket.shutdownWrite() }

  /// Closes the socket, with a reset if asked for.
  func close(reset: Bool = false) { socket.shut(reset: reset) }

  private func receive(_ input: inout Input, until deadline: Deadline) throws {
    do {
      let octets = try socket.receive(until: deadline)
      guard !octets.isEmpty else {
        throw KitError(.connectionClosed, "the peer has closed the connection")
      }
      try input.append(octets)
    } catch let error as KitError {
      guard !input.rest.isEmpty else { throw error }
      throw KitError(error.kind, "\(error.description); so far: \(quote(input.rest))")
    }
  }
}

/// Octets for a person to read: the first few hundred, with what is not printable escaped.
func quote(_ octets: some Collection<UInt8>) -> String {
  let shown = octets.prefix(400).map { octet in
    (0x20..<0x7f).contains(octet)
      ? String(UnicodeScalar(octet))
      : "\\x" + (octet < 16 ? "0" : "") + String(octet, radix: 16)
  }
  return "\"\(shown.joined())\"" + (octets.count > 400 ? "... (\(octets.count) octets)" : "")
}

import Synchronization

/// A small IMAP client for tests that have to see, and to send, exact octets.
///
/// Calls block. None waits longer than its timeout: it then throws a ``KitError`` of kind
/// `timedOut`. When the server closes the connection, reading throws the kind `connectionClosed`.
/// One thread may read while another sends; closing is for when neither does.
public final class IMAPConnection: Sendable {
  /// The greeting of the server, without CRLF.
  public let greeting: IMAPResponse

  /// How long a call waits unless told otherwise.
  public let timeout: Duration

  private let stream: LineStream
  private let server: (any AnyObject & Sendable)?
  private let nextTag = Atomic(1)

  /// Connects to a port of 127.0.0.1 and reads the greeting.
  ///
  /// - Parameters:
  ///   - port: The TCP port.
  ///   - timeout: How long every later call waits unless told otherwise.
  ///   - receiveBufferSize: The octets that the kernel takes for this side before the server has
  ///     to wait; `nil` for its default, which is large.
  ///   - server: An object that lives as long as the connection, such as the Dovecot it leads to.
  /// - Throws: ``KitError`` if nobody listens or the greeting is not `* OK`.
  public init(
    port: UInt16, timeout: Duration = .seconds(60), receiveBufferSize: Int? = nil,
    keeping server: (any AnyObject & Sendable)? = nil
  ) throws {
    self.timeout = timeout
    self.server = server
    stream = LineStream(try StreamSocket(port: port, receiveBufferSize: receiveBufferSize))
    greeting = IMAPResponse(octets: try stream.readLine(until: Deadline(in: timeout)))
    guard greeting.text.hasPrefix("* OK") else {
      throw KitError(.protocolViolation, "greeting: \(greeting)")
    }
  }

  /// Sends octets and nothing else, in one packet where they fit.
  public func send(_ octets: [UInt8]) throws {
    try stream.send(octets, until: Deadline(in: timeout))
  }

  /// Sends a text's UTF-8 octets and nothing else.
  public func send(_ text: String) throws {
    try send(Array(text.utf8))
  }

  /// Sends a text and CRLF.
  public func sendLine(_ text: String) throws {
    try send(Array(text.utf8) + [0x0d, 0x0a])
  }

  /// Sends octets and CRLF.
  public func sendLine(_ octets: [UInt8]) throws {
    try send(octets + [0x0d, 0x0a])
  }

  /// Reads one line.
  ///
  /// - Parameter timeout: How long to wait; `nil` for the connection's own.
  /// - Returns: Its octets without CRLF.
  /// - Throws: ``KitError`` of kind `protocolViolation` if the line ends in a bare LF or holds CR
  ///   or NUL.
  public func readLine(timeout: Duration? = nil) throws -> [UInt8] {
    try stream.readLine(until: Deadline(in: timeout ?? self.timeout))
  }

  /// Reads a number of octets, whatever they are.
  public func readOctets(_ count: Int, timeout: Duration? = nil) throws -> [UInt8] {
    try stream.readOctets(count, until: Deadline(in: timeout ?? self.timeout))
  }

  /// Reads one response with the literals in it.
  ///
  /// - Parameter timeout: How long to wait for all of it; `nil` for the connection's own.
  public func readResponse(timeout: Duration? = nil) throws -> IMAPResponse {
    try readResponse(until: Deadline(in: timeout ?? self.timeout))
  }

  /// Reads responses up to and including the tagged one.
  ///
  /// - Parameters:
  ///   - tag: The tag to wait for.
  ///   - timeout: How long to wait for all of them; `nil` for the connection's own.
  /// - Throws: ``KitError``; its text quotes what came before.
  public func readResponses(
    untilTagged tag: String, timeout: Duration? = nil
  ) throws -> IMAPReply {
    let deadline = Deadline(in: timeout ?? self.timeout)
    var untagged: [IMAPResponse] = []
    while true {
      do {
        let response = try readResponse(until: deadline)
        if response.isTagged(tag) { return IMAPReply(untagged: untagged, tagged: response) }
        untagged.append(response)
      } catch let error as KitError {
        let last = untagged.suffix(5).map { quote($0.octets) }.joined(separator: ", ")
        throw KitError(
          error.kind,
          "waiting for the tag \(tag): \(error.description); "
            + "\(untagged.count) responses before, the last: \(last)")
      }
    }
  }

  /// Reads up to and including the next continuation request (`+`).
  ///
  /// - Returns: The responses before it, and the request itself as the last.
  public func readUntilContinuation(timeout: Duration? = nil) throws -> [IMAPResponse] {
    let deadline = Deadline(in: timeout ?? self.timeout)
    var responses: [IMAPResponse] = []
    while responses.last?.isContinuation != true {
      responses.append(try readResponse(until: deadline))
    }
    return responses
  }

  /// Reads what comes until the server closes or resets the connection.
  ///
  /// - Returns: The octets that came; none if it closes at once.
  /// - Throws: ``KitError`` of kind `timedOut` if it stays open.
  public func readToEnd(timeout: Duration? = nil) throws -> [UInt8] {
    try stream.readToEnd(until: Deadline(in: timeout ?? self.timeout))
  }

  /// Sends a command and reads all of its responses.
  ///
  /// - Parameters:
  ///   - text: The command without tag and CRLF, for example `NOOP`.
  ///   - tag: The tag; `nil` for one that is new on this connection.
  ///   - timeout: How long to wait for the responses; `nil` for the connection's own.
  @discardableResult
  public func command(
    _ text: String, tag: String? = nil, timeout: Duration? = nil
  ) throws -> IMAPReply {
    let tag = tag ?? makeTag()
    try sendLine("\(tag) \(text)")
    return try readResponses(untilTagged: tag, timeout: timeout)
  }

  /// A tag that is new on this connection.
  public func makeTag() -> String {
    "a\(nextTag.wrappingAdd(1, ordering: .relaxed).oldValue)"
  }

  /// Logs in with LOGIN.
  ///
  /// - Throws: ``KitError`` of kind `refused` if the answer is not OK.
  @discardableResult
  public func login(_ user: String, _ password: String) throws -> IMAPReply {
    let quoted = [user, password].map { word in
      "\"" + word.map { "\\\"".contains($0) ? "\\\($0)" : "\($0)" }.joined() + "\""
    }
    return try expectOK(command("LOGIN \(quoted[0]) \(quoted[1])"))
  }

  /// Sends `COMPRESS DEFLATE` and compresses both directions from then on.
  ///
  /// - Throws: ``KitError`` of kind `refused` if the answer is not OK.
  public func compress() throws {
    try expectOK(command("COMPRESS DEFLATE"))
    try startDeflate()
  }

  /// Switches both directions to raw deflate (RFC 4978), without any command. Each send is flushed.
  public func startDeflate() throws {
    try stream.startDeflate()
  }

  /// Tells the server that nothing more will be sent; reading goes on.
  public func shutdownWrite() { stream.shutdownWrite() }

  /// Closes the connection, without LOGOUT. Closing twice does no harm.
  public func close() { stream.close() }

  /// Ends the connection with a TCP reset, as when the client's machine gives it up.
  public func reset() { stream.close(reset: true) }

  @discardableResult
  private func expectOK(_ reply: IMAPReply) throws -> IMAPReply {
    guard reply.isOK else { throw KitError(.refused, reply.tagged.text) }
    return reply
  }

  private func readResponse(until deadline: Deadline) throws -> IMAPResponse {
    var octets = try stream.readLine(until: deadline)
    var last = octets
    // Only the first line says whether the response is free text.
    let mayHoldLiterals = !IMAPResponse.isText(octets)
    while mayHoldLiterals, let size = IMAPResponse.literalSize(last) {
      octets += [0x0d, 0x0a]
      octets += try stream.readOctets(size, until: deadline)
      last = try stream.readLine(until: deadline)
      octets += last
    }
    return IMAPResponse(octets: octets)
  }
}

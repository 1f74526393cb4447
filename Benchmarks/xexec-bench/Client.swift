import CBench
import Glibc
import PrivateDovecot

/// An IMAP client that checks what it gets, and costs as little as it can.
final class Client {
  private let client: OpaquePointer

  /// Connects to a port of 127.0.0.1.
  init(port: UInt16) throws {
    guard let client = bench_client_new(port) else { throw Self.error("connect") }
    self.client = client
    try expect(beginning: "* OK ")
  }

  deinit { bench_client_free(client) }

  /// Logs in.
  func logIn() throws {
    try send("a LOGIN \(Servers.user.name) \(Servers.user.password)\r\n")
    try expect(beginning: "a OK ")
  }

  /// Logs out, and waits until the server has closed the connection.
  func logOut() throws {
    try send("z LOGOUT\r\n")
    try expect(beginning: "* BYE ")
    try expect(beginning: "z OK ")
    guard bench_client_expect_end(client) else { throw Self.error("LOGOUT") }
  }

  /// The shortest round trip there is.
  func noop() throws {
    try send("n NOOP\r\n")
    try expect(beginning: "n OK ")
  }

  /// Sends octets.
  func send(_ text: StaticString) throws {
    guard bench_client_send(client, text.utf8Start, text.utf8CodeUnitCount) else {
      throw Self.error("send")
    }
  }

  /// Sends octets.
  func send(_ text: String) throws {
    guard bench_client_send(client, text, text.utf8.count) else { throw Self.error("send") }
  }

  /// Receives a line, which must begin like this.
  func expect(beginning: StaticString) throws {
    var line: UnsafePointer<CChar>?
    let size = bench_client_line(client, &line)
    guard size >= 0, let line else { throw Self.error("waiting for \(beginning)") }
    let expected = beginning.utf8CodeUnitCount
    guard size >= expected, memcmp(line, beginning.utf8Start, expected) == 0 else {
      throw KitError(
        .protocolViolation, "not \"\(beginning)\": \(Self.text(line, size))")
    }
  }

  /// Receives a line.
  func receiveLine() throws -> String {
    var line: UnsafePointer<CChar>?
    let size = bench_client_line(client, &line)
    guard size >= 0, let line else { throw Self.error("waiting for a line") }
    return Self.text(line, size)
  }

  /// Receives octets, which must be those of the text.
  func expect(octets text: String) throws {
    guard bench_client_expect(client, text, text.utf8.count, UInt64(text.utf8.count)) else {
      throw Self.error("the octets that come")
    }
  }

  /// Receives as many lines, which must be these in turn.
  ///
  /// - Parameter meanwhile: Is called after every so many lines, while the server has more to send.
  func expect(
    lines: Lines, count: Int, every step: Int = .max, meanwhile: () throws -> Void = {}
  ) throws {
    // whole periods, after which the lines begin anew
    let step = max(1, step / Lines.period) * Lines.period
    var rest = count
    while rest > 0 {
      let now = min(rest, step)
      let size = UInt64(now * lines.lineSize)
      guard bench_client_expect(client, lines.octets, lines.size, size) else {
        throw Self.error("the lines that come")
      }
      rest -= now
      if rest > 0 { try meanwhile() }
    }
  }

  private static func text(_ line: UnsafePointer<CChar>, _ size: Int) -> String {
    let octets = UnsafeRawBufferPointer(start: line, count: size)
    return String(decoding: octets, as: UTF8.self)
  }

  private static func error(_ what: String) -> KitError {
    let code = errno
    let why = code == EBADMSG ? "not as they must be" : String(cString: strerror(code))
    return KitError(.protocolViolation, "\(what): \(why)")
  }
}

/// The lines of the benchmark; see `bench_lines.h`.
final class Lines {
  /// After so many lines they begin anew.
  static let period = Int(BENCH_PERIOD)

  /// All of them.
  let octets: UnsafePointer<CChar>
  /// What one has, with prefix and line end.
  let lineSize: Int
  /// What all have.
  var size: Int { lineSize * Self.period }

  /// Makes lines with a text of `length` octets, of which the last is for the line end.
  init(length: Int, prefix: String = "", lineEnd: String) {
    guard let octets = bench_lines_new(length, prefix, lineEnd) else {
      fatalError("no lines of \(length) octets")
    }
    self.octets = UnsafePointer(octets)
    lineSize = prefix.utf8.count + length - 1 + lineEnd.utf8.count
  }

  deinit { free(UnsafeMutablePointer(mutating: octets)) }
}

/// What something takes, in nanoseconds.
func time(_ body: () throws -> Void) rethrows -> Double {
  let start = bench_now()
  try body()
  return Double(bench_now() - start)
}

import CXexec
import Testing

@testable import XexecCore

/// Runs of programs behind a service, which the test plays from the other end of a socket.
@Suite("Run behind a service")
struct RunServiceTests {
  /// A service: a listener, and its end of the connection.
  final class Service {
    /// A folder, and a socket in it.
    let folder: String
    private let listener: FileDescriptor
    private(set) var descriptor = FileDescriptor(owning: -1)
    private(set) var read = Octets()

    var socket: String { folder + "/socket" }

    init(listening: Bool = true, backlog: Int32 = 5) throws {
      var path = Array("/tmp/xexec-test-XXXXXX".utf8CString)
      try #require(mkdtemp(&path) != nil)
      folder = path.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
      listener = FileDescriptor(
        owning: CXexec.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
      if !listening { return }
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) {
        $0.copyBytes(from: (folder + "/socket").utf8)
      }
      let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(
            listener.number, __CONST_SOCKADDR_ARG(__sockaddr__: $0),
            socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      try #require(bound == 0)
      try #require(listen(listener.number, backlog) == 0)
    }

    deinit {
      unlink(socket)
      rmdir(folder)
    }

    /// Lets the run connect.
    func accept(_ session: Session) throws {
      session.step([])
      descriptor = FileDescriptor(
        owning: CXexec.accept(listener.number, __SOCKADDR_ARG(__sockaddr__: nil), nil))
      try #require(descriptor.isOpen)
      try descriptor.setNonblocking()
    }

    func write(_ octets: Octets) {
      #expect(
        octets.array.withUnsafeBytes { CXexec.write(descriptor.number, $0.baseAddress, $0.count) }
          == octets.count)
    }

    /// Reads what is there. Returns false at the end of the stream.
    @discardableResult
    func receive() -> Bool {
      var block = [UInt8](repeating: 0, count: 65536)
      while true {
        let count = CXexec.read(descriptor.number, &block, block.count)
        if count <= 0 { return count < 0 && xexec_errno() == EAGAIN }
        read += Octets(block.prefix(count))
      }
    }

    func close() { descriptor.close() }
  }

  private static let request: Octets = """
    VERSION\tscript\t4\t0
    env_USER=marc
    env_XEXEC_MODULE=far
    -
    configured
    added


    """

  /// A run, not connected yet.
  private func withRun(
    limit: Octets = "0", literal: UInt64? = nil, _ body: (Session, Service) throws -> Void
  ) throws {
    let modules = table([
      ("xexec", "far:unix:%u configured"), ("xexec_timeout", limit), ("xexec_progress", "no"),
    ]).table
    let service = try Service()
    let request = CRequest(
      "far", ["added"], username: "marc", literalSize: literal,
      baseDirectory: Octets(service.folder))
    let host = RunHost()
    host.username = "socket"
    let run = try Run.start(request.request, in: modules, host: host.host)
    try withSession(run) { try body($0, service) }
  }

  /// A run that is connected, and has sent its request.
  private func withConnection(
    limit: Octets = "0", literal: UInt64? = nil, _ body: (Session, Service) throws -> Void
  ) throws {
    try withRun(limit: limit, literal: literal) { session, service in
      try service.accept(session)
      session.step([])
      service.receive()
      try body(session, service)
    }
  }

  private static let lost = "NO [UNAVAILABLE] connection to the service of this command was lost"

  // MARK: - The connection

  @Test("The address is expanded, and nothing is watched before there is a connection")
  func notConnected() throws {
    try withRun { session, service in
      for _ in 0..<2 {
        let watch = session.run.watch()
        #expect(
          [watch.stdout, watch.stderr, watch.stdin, watch.exit] == [-1, -1, -1, -1])
        #expect(
          !watch.client && !session.run.takesLiteral && !watch.finished && watch.lookup == nil)
        #expect(watch.timeout == 0)
      }
      try service.accept(session)
      #expect(session.run.watch().stdout >= 0)
      #expect(session.run.watch().stdin == -1)
      service.receive()
      #expect(service.read == Self.request)
    }
  }

  @Test("A service that is not reached is UNAVAILABLE, and the log has why")
  func unreachable() throws {
    let modules = table([("xexec", "far:unix:%u")]).table
    let host = RunHost()
    host.username = "no\n\u{9B}where"
    let request = CRequest("far", baseDirectory: "/nonexistent")
    try withSession(Run.start(request.request, in: modules, host: host.host)) { session in
      let outcome = try session.finish()
      #expect(outcome.reply == "NO [UNAVAILABLE] service of this command cannot be reached")
      #expect(outcome.log.hasPrefix("xexec: module far, unix:no???where: service unreachable, "))
      #expect(outcome.log.hasSuffix(" ms, 0 octets out, 0 octets in"))
      #expect(!outcome.isBad)
    }
    #expect(
      host.log == [
        .init(
          level: .error,
          text: "xexec: connecting to unix:no???where failed: No such file or directory")
      ])
  }

  @Test("The time runs while connecting")
  func timeOutWhileConnecting() throws {
    let modules = table([("xexec", "far:tcp:a.name:1"), ("xexec_timeout", "100ms")]).table
    let request = CRequest("far")
    try withSession(Run.start(request.request, in: modules, host: RunHost().host)) { session in
      let outcome = try session.finish()
      #expect(outcome.reply == "NO [LIMIT] command timed out")
      session.run.lookedUp(UnsafeBufferPointer(start: nil, count: 0), error: nil)
      session.step(.timeout)
      #expect(session.run.watch().finished)
      #expect(session.run.watch().lookup == nil)
    }
  }

  @Test("The client goes while connecting")
  func goneWhileConnecting() throws {
    try withRun(literal: 5) { session, _ in
      let outcome = session.cancel()
      #expect(outcome.log.contains(": connection closed, "))
      #expect(outcome.teardown == nil)
    }
  }

  @Test("A service that does not read gets the request when it does")
  func lateReader() throws {
    let modules = table([("xexec", "far:unix:socket")]).table
    let long = Octets("argument", times: 100_000)
    let service = try Service()
    let request = CRequest("far", [long], baseDirectory: Octets(service.folder))
    let host = RunHost()
    let run = try Run.start(request.request, in: modules, host: host.host)
    try withSession(run) { session in
      try service.accept(session)
      #expect(session.run.watch().stdin == session.run.watch().stdout)
      try session.carryOn(until: "the request has arrived") {
        service.receive()
        return session.run.watch().stdin == -1
      }
      service.receive()
      #expect(service.read == "VERSION\tscript\t4\t0\nenv_XEXEC_MODULE=far\n-\n" + long + "\n\n")
      service.write("+\n")
      service.close()
      // the request is the server's own talk
      #expect(try session.finish().log.hasSuffix(" 0 octets out, 0 octets in"))
    }
  }

  // MARK: - Results

  @Test(
    "The result is the end of what a service sends, and no output",
    arguments: [
      ("+\n", "", "OK command exited successfully", "exit status 0", 0),
      ("-\n", "", "NO command failed", "failed", 0),
      (
        "one\ntwo+\n", "* OK one\r\n* OK two\r\n", "OK command exited successfully",
        "exit status 0", 7
      ),
      ("+\n-\n+\n-\n", "* OK +\r\n* OK -\r\n* OK +\r\n", "NO command failed", "failed", 6),
      ("", "", lost, "connection to the service lost", 0),
      ("+", "* OK +\r\n", lost, "connection to the service lost", 1),
      ("text\n", "* OK text\r\n", lost, "connection to the service lost", 5),
    ] as [(Octets, Octets, String, String, Int)])
  func results(sent: Octets, received: Octets, reply: String, log: String, octets: Int) throws {
    // all at once, and octet by octet
    for isCut in [false, true] {
      try withConnection { session, service in
        for piece in isCut ? sent.array.map({ Octets([$0]) }) : [sent] where !piece.isEmpty {
          service.write(piece)
          if isCut { session.step(.stdout) }
        }
        service.close()
        let outcome = try session.finish()
        #expect(session.received == received)
        #expect(outcome.reply == reply)
        #expect(outcome.log.contains(": \(log), "), "\(outcome.log)")
        #expect(outcome.log.hasSuffix(" \(octets) octets out, 0 octets in"), "\(outcome.log)")
        #expect(outcome.teardown == nil && !outcome.isBad)
      }
    }
  }

  @Test("What may be the result is held back for a moment, and then is output")
  func held() throws {
    try withConnection { session, service in
      service.write("text\n+\n")
      session.step(.stdout)
      #expect(session.received == "* OK text\r\n")
      #expect((0...ServiceResult.holdPeriod).contains(Int(session.run.watch().timeout)))
      try session.carryOn(untilReceived: "* OK +\r\n")
      #expect(session.run.watch().timeout == -1)
      service.write("+\n")
      service.close()
      #expect(try session.finish().reply == "OK command exited successfully")
      #expect(session.received == "* OK text\r\n* OK +\r\n")
    }
  }

  @Test("A result behind a line that looks like one is held back for its own time")
  func heldAnew() throws {
    try withConnection { session, service in
      service.write("+\n")
      session.step(.stdout)
      poll(nil, 0, Int32(ServiceResult.holdPeriod) / 2)
      let before = Clock.now()
      service.write("+\n")
      session.step(.stdout)
      let timeout = Int(session.run.watch().timeout)
      #expect(timeout >= ServiceResult.holdPeriod - (Clock.now() - before))
      #expect(session.received == "* OK +\r\n")
    }
  }

  // MARK: - The conversation

  @Test("Prompts work, and what the client answers is counted")
  func prompts() throws {
    try withConnection { session, service in
      service.write("\u{5}Name?\n")
      try session.carryOn(untilReceived: "+ Name?\r\n")
      #expect(session.run.takesAnswer)
      session.unread = "joe\r\n"
      session.answer()
      service.receive()
      #expect(service.read == Self.request + "joe\n")
      service.write("\u{5}-\n")
      try session.carryOn(untilReceived: "+ -\r\n")
      session.unread = "two\r\na NOOP\r\n"
      session.answer()
      service.write("-\n")
      service.close()
      let outcome = try session.finish()
      #expect(outcome.reply == "NO command failed")
      #expect(outcome.log.hasSuffix(" 10 octets out, 8 octets in"), "\(outcome.log)")
      #expect(!session.run.takesAnswer)
      #expect(session.unread == "a NOOP\r\n")
    }
  }

  @Test("The literal comes behind the request, and then the end of the stream")
  func literal() throws {
    try withRun(literal: 400_000) { session, service in
      #expect(!session.run.takesLiteral)
      #expect(session.literal("early") == 0)
      try service.accept(session)
      let text = Octets("some text\n", times: 40_000)
      var sent = 0
      while sent < text.count {
        sent += session.literal(Octets(text.array[sent...]))
        if sent == text.count { break }
        #expect(session.run.watch().stdin == session.run.watch().stdout)
        try session.carryOn(until: "room in the socket") {
          #expect(service.receive())
          return session.run.takesLiteral
        }
      }
      #expect(service.receive(), "no end of the stream before the literal is complete")
      session.run.completeLiteral()
      #expect(!service.receive())
      let isWhole = service.read.string.hasSuffix("\n\n" + text.string)
      #expect(isWhole)
      // the other direction is still open
      service.write("done\n+\n")
      service.close()
      let outcome = try session.finish()
      #expect(session.received == "* OK done\r\n")
      #expect(outcome.reply == "OK command exited successfully")
      #expect(outcome.log.hasSuffix(" 5 octets out, 400000 octets in"), "\(outcome.log)")
    }
  }

  @Test("An empty literal waits for the request to be sent")
  func emptyLiteral() throws {
    try withRun(literal: 0) { session, service in
      try service.accept(session)
      session.run.completeLiteral()
      #expect(!service.receive())
      #expect(service.read.string.contains("XEXEC_LITERAL_SIZE=0\n"))
      #expect(service.read.string.hasSuffix("\nadded\n\n"))
    }
  }

  @Test(
    "A service that closes at once drops the literal, and its result counts", .serialized,
    arguments: [("+\n", "OK command exited successfully"), ("", lost)] as [(Octets, String)])
  func closesAtOnce(result: Octets, reply: String) throws {
    try withRun(literal: 1_000_000) { session, service in
      try service.accept(session)
      service.receive()
      if !result.isEmpty { service.write(result) }
      service.close()
      #expect(session.literal(Octets("x", times: 500_000)) == 500_000)
      try session.carryOnUntilFinished()
      #expect(session.literal(Octets("x", times: 500_000)) == 500_000)
      session.run.completeLiteral()
      let outcome = try session.finish()
      #expect(outcome.reply == reply)
      #expect(outcome.log.hasSuffix(" 0 octets out, 0 octets in"), "\(outcome.log)")
    }
  }

  // MARK: - Endings

  @Test("At the time limit the connection's output is shown, and no more is waited for")
  func timeLimit() throws {
    try withConnection(limit: "200ms") { session, service in
      service.write("said")
      let outcome = try session.finish()
      #expect(session.received == "* OK said\r\n")
      #expect(outcome.reply == "NO [LIMIT] command timed out")
      #expect(outcome.log.contains(": timed out, "))
      #expect(outcome.teardown == nil)
    }
  }

  @Test("The time stands still while a prompt waits, and while the literal is waited for")
  func standsStill() throws {
    try withConnection(limit: "200ms") { session, service in
      service.write("\u{5}\n")
      try session.carryOn(untilReceived: "+ OK\r\n")
      poll(nil, 0, 300)
      #expect(session.run.watch().timeout == -1)
    }
    try withConnection(limit: "200ms", literal: 5) { session, _ in
      poll(nil, 0, 300)
      #expect(session.run.watch().timeout == -1)
      session.step(.timeout)
      #expect(!session.run.watch().finished)
    }
  }

  @Test("Something behind the literal, and an answer that is too long, close the connection")
  func clientsFault() throws {
    try withConnection(literal: 5) { session, service in
      #expect(session.literal("12345") == 5)
      session.run.literalNotLast()
      let outcome = try session.finish()
      #expect(outcome.isBad)
      #expect(outcome.reply == "The literal is not the last argument.")
    }
    try withConnection { session, service in
      service.write("\u{5}\n")
      try session.carryOn(untilReceived: "+ OK\r\n")
      session.run.answerTooLong()
      let outcome = try session.finish()
      #expect(outcome.isBad)
      #expect(outcome.reply == "Answer to a prompt is too long.")
    }
  }

  @Test("The client goes: nothing is left to be ended")
  func cancelled() throws {
    try withConnection(literal: 5) { session, service in
      #expect(session.literal("123") == 3)
      let outcome = session.cancel()
      #expect(outcome.log.contains(": connection closed, "))
      #expect(outcome.teardown == nil)
    }
  }

  @Test("A flood comes in blocks, whole")
  func flood() throws {
    try withConnection { session, service in
      let line = Octets("x", times: 999) + "\n"
      var written = 0
      try session.carryOn(until: "it is written") {
        while written < 3000, wait(for: [(service.descriptor.number, POLLOUT)], timeout: 0)[0] {
          service.write(line)
          written += 1
        }
        return written == 3000
      }
      service.write("+\n")
      service.close()
      try session.finish()
      #expect(session.received == Octets("* OK " + Octets("x", times: 999) + "\r\n", times: 3000))
      #expect(try #require(session.sent.max()) <= 2 * 65_536)
    }
  }
}

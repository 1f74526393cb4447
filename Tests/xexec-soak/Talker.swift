import Glibc
import PrivateDovecot

/// One connection: it sends a command, checks every line that comes, and answers the prompts.
final class Talker {
  /// Where it is between two commands, or when it has ended.
  enum State: Equatable {
    /// It waits for the server.
    case busy
    /// It can send a command.
    case idle
    /// The connection has ended after LOGOUT.
    case gone
    /// Something was not as it must be.
    case failed(String)
  }

  /// Where it is.
  private(set) var state = State.busy
  /// How many runs it has finished.
  private(set) var runs = 0
  /// How many prompts it has answered in them.
  private(set) var prompts = 0

  private let number: Int
  /// Not there any more after a failure: Dovecot then ends the program.
  private var connection: PolledConnection?
  private var steps: ArraySlice<Exchange.Step> = []
  private var promptsNow = 0
  private var isLeaving = false
  private var lastProgress = ContinuousClock.now

  /// How long the server may leave a client without the line that must come. Five hundred clients
  /// on a slow machine wait for seconds; an answer that is lost never comes.
  private static let patience = Duration.seconds(180)

  /// Connects, and logs in as soon as the greeting is there.
  init(number: Int, port: UInt16, user: String, password: String) throws {
    self.number = number
    connection = try PolledConnection(port: port)
    steps = [
      .init("* OK ", isBeginning: true, answer: "login LOGIN \(user) \(password)\r\n"),
      .init("login OK ", isBeginning: true),
    ]
  }

  /// What to poll for; nothing when it has failed.
  var polled: pollfd? {
    connection.map { pollfd(fd: $0.descriptor, events: $0.events, revents: 0) }
  }

  /// Sends the next XEXEC.
  func startRun() {
    let exchange = Exchange(connection: number, run: runs)
    promptsNow = exchange.prompts
    start(exchange.command, exchange.steps)
  }

  /// Sends LOGOUT.
  func leave() {
    isLeaving = true
    start(
      "x LOGOUT\r\n",
      [.init("* BYE ", isBeginning: true), .init("x OK ", isBeginning: true)])
  }

  /// Deals with what poll(2) has found.
  func handle(_ events: Int16) {
    attempt { connection in
      if events & Int16(POLLOUT) != 0 { try connection.resume() }
      guard events & ~Int16(POLLOUT) != 0 else { return }
      for line in try connection.receiveLines() { try take(line, connection) }
    }
  }

  /// Fails if the server lets the client wait for too long.
  func checkPatience() {
    guard state == .busy, lastProgress.duration(to: .now) > Self.patience else { return }
    fail("the server said nothing for \(Self.patience.components.seconds) s")
  }

  private func start(_ command: String, _ steps: [Exchange.Step]) {
    self.steps = steps[...]
    state = .busy
    lastProgress = .now
    attempt { try $0.send(command) }
  }

  private func take(_ line: String, _ connection: PolledConnection) throws {
    guard let step = steps.first, step.accepts(line) else {
      throw KitError(.protocolViolation, "this came instead: \(line)")
    }
    lastProgress = .now
    steps.removeFirst()
    if let answer = step.answer { try connection.send(answer) }
    if steps.isEmpty { finish() }
  }

  private func finish() {
    if promptsNow > 0 { runs += 1 }
    prompts += promptsNow
    promptsNow = 0
    state = isLeaving ? .gone : .idle
  }

  private func attempt(_ body: (PolledConnection) throws -> Void) {
    guard let connection else { return }
    do {
      try body(connection)
    } catch {
      fail("\(error)")
    }
  }

  private func fail(_ what: String) {
    let expected = steps.first.map { "; expected \"\($0.line)\"" } ?? ""
    state = .failed(String("connection \(number), run \(runs): \(what)\(expected)".prefix(300)))
    connection = nil
  }
}

import CXexec
import Testing

@testable import XexecCore

/// A run, and an ioloop for it.
final class Session {
  let run: Run
  /// What the client has received.
  private(set) var received = Octets()
  /// The octets that each step sent.
  private(set) var sent: [Int] = []
  /// What the client has sent and nobody has taken.
  var unread = Octets()
  private(set) var outcome: Outcome?

  struct Outcome {
    let reply: String
    let isBad: Bool
    let log: String
    let teardown: Teardown?

    init(_ end: RunWords.End) {
      reply = String(cString: end.reply)
      isBad = end.isBad
      log = String(cString: end.log)
      teardown = end.teardown
    }

    /// What stands behind `pid` in the log.
    var pid: Int32 {
      let words = log.split(whereSeparator: { " ,:".contains($0) })
      guard let word = words.firstIndex(of: "pid") else { return 0 }
      return Int32(words[word + 1]) ?? 0
    }
  }

  init(_ run: Run) {
    ignoreSIGPIPE()
    self.run = run
  }

  /// Waits for events, at most so long, and carries on after them.
  func pass(atMost: Int = patience) {
    let watch = run.watch()
    let timeout = watch.timeout < 0 ? atMost : min(atMost, Int(watch.timeout))
    let ready = wait(
      for: [
        (watch.stdout, POLLIN), (watch.stderr, POLLIN), (watch.stdin, POLLOUT),
        (watch.exit, POLLIN),
      ], timeout: timeout)

    var events: RunEvents = ready.contains(true) ? [] : .timeout
    let all: [RunEvents] = [.stdout, .stderr, .stdin, .exit]
    for (event, isReady) in zip(all, ready) where isReady { events.formUnion(event) }
    step(events)
    answer()
  }

  func step(_ events: RunEvents, hasRoom: Bool = true) {
    run.step(events: events, hasRoom: hasRoom) { responses in
      received += Octets(responses)
      sent.append(responses.count)
    }
  }

  /// Waits until stderr is read as well, whatever the program has said before.
  func waitForStderr() throws {
    try waitUntil("stderr is read") {
      step(.timeout)
      return !run.holdsStderr
    }
  }

  /// Offers what the client has sent, as long as a prompt waits for it.
  func answer() {
    while run.takesAnswer {
      let taken = unread.withBuffer { run.answer($0) }
      if taken == 0 { return }
      unread.array.removeFirst(taken)
    }
  }

  /// Offers octets of the literal. Returns how many were taken.
  func literal(_ octets: Octets) -> Int { octets.withBuffer { run.takeLiteral($0) } }

  /// Carries on until something is so.
  func carryOn(until what: String, _ isSo: () -> Bool) throws {
    let deadline = Clock.now() + patience
    while !isSo() {
      if Clock.now() > deadline {
        Issue.record("waited in vain: \(what); received: \(received)")
        throw OutOfPatience()
      }
      if run.watch().finished {
        Issue.record("the run has finished before: \(what); received: \(received)")
        throw OutOfPatience()
      }
      pass(atMost: 100)
    }
  }

  func carryOn(untilReceived response: Octets) throws {
    try carryOn(until: "\(response)") { received.contains(response) }
  }

  /// Carries on until the run is finished.
  func carryOnUntilFinished() throws {
    let deadline = Clock.now() + patience
    while !run.watch().finished {
      if Clock.now() > deadline {
        Issue.record("the run does not finish; received: \(received)")
        throw OutOfPatience()
      }
      pass(atMost: 1000)
    }
  }

  /// Carries on until the run is finished, and asks how it ended.
  @discardableResult
  func finish() throws -> Outcome {
    try carryOnUntilFinished()
    let outcome = Outcome(run.finish())
    self.outcome = outcome
    return outcome
  }

  func cancel() -> Outcome {
    let outcome = Outcome(run.cancel())
    self.outcome = outcome
    return outcome
  }

  /// Leaves nothing behind, whatever became of the test.
  fileprivate func cleanUp() { endGroup((outcome ?? cancel()).pid) }
}

/// Ends all that a run has started after `body`.
@discardableResult
func withSession<Result>(_ run: Run, _ body: (Session) throws -> Result) throws -> Result {
  let session = Session(run)
  defer { session.cleanUp() }
  return try body(session)
}

/// Starts `entry`, and ends all of it after `body`.
@discardableResult
func withSession<Result>(
  entry: Octets, _ arguments: [Octets] = [], limit: Octets = "0", progress: Octets = "no",
  stderr: Octets = "client", host: RunHost = RunHost(), _ body: (Session) throws -> Result
) throws -> Result {
  let modules = table([
    ("xexec", entry), ("xexec_timeout", limit), ("xexec_progress", progress),
    ("xexec_stderr", stderr),
  ])
  try #require(modules.reports.isEmpty)
  let name = try #require(modules.table.modules.first).name.octets
  let request = CRequest(name, arguments)
  let run = try Run.start(request.request, in: modules.table, host: host.host)
  return try withSession(run, body)
}

/// Starts a shell script, and ends all of it after `body`.
@discardableResult
func withScript<Result>(
  _ script: Octets, limit: Octets = "0", progress: Octets = "no", stderr: Octets = "client",
  host: RunHost = RunHost(), _ body: (Session) throws -> Result
) throws -> Result {
  try withSession(
    entry: "sh:/bin/sh -c", [script], limit: limit, progress: progress, stderr: stderr, host: host,
    body)
}

/// Starts a shell script with a literal of so many octets as its stdin, in an empty folder, and ends
/// all of it after `body`, which gets the folder too.
func withLiteral(
  _ script: Octets, limit: Octets = "0", literal size: UInt64,
  _ body: (Session, _ home: String) throws -> Void
) throws {
  var path = Array("/tmp/xexec-test-XXXXXX".utf8CString)
  try #require(mkdtemp(&path) != nil)
  let home = path.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  defer {
    for file in ["go", "whole"] { unlink("\(home)/\(file)") }
    rmdir(home)
  }
  let modules = table([
    ("xexec", "sh:/bin/sh -c"), ("xexec_timeout", limit), ("xexec_progress", "no"),
  ]).table
  let request = CRequest("sh", [script], home: Octets(home), literalSize: size)
  let host = RunHost()
  try withSession(Run.start(request.request, in: modules, host: host.host)) { try body($0, home) }
}

/// What the client receives of a script that needs nothing from it, with the reply behind.
func conversation(_ script: Octets) throws -> Octets {
  try withScript(script) { session in
    let outcome = try session.finish()
    return session.received + Octets(outcome.reply)
  }
}

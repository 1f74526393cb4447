import CXexec
import Synchronization
import Testing

@testable import XexecCore

// MARK: - Octets

/// Octets that can be written as a literal and are readable when a test fails.
struct Octets: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  var array: [UInt8]

  init(_ octets: some Sequence<UInt8> = []) { array = Array(octets) }
  init(stringLiteral text: String) { array = Array(text.utf8) }
  init(_ text: String) { array = Array(text.utf8) }

  /// A part of it that repeats.
  init(_ text: Octets, times: Int) {
    array = Array(repeatElement(text.array, count: times).joined())
  }

  /// Octets that are no text.
  static func raw(_ octets: UInt8...) -> Octets { Octets(octets) }

  static func + (left: Octets, right: Octets) -> Octets { Octets(left.array + right.array) }
  static func += (left: inout Octets, right: Octets) { left.array += right.array }

  var count: Int { array.count }
  var isEmpty: Bool { array.isEmpty }
  var string: String { String(decoding: array, as: UTF8.self) }

  func contains(_ part: Octets) -> Bool { string.contains(part.string) }

  /// The responses among them, each with its CRLF.
  var responses: [Octets] {
    var lines: [Octets] = []
    var start = 0
    for (index, octet) in array.enumerated() where octet == 0x0A {
      lines.append(Octets(array[start...index]))
      start = index + 1
    }
    if start < array.count { lines.append(Octets(array[start...])) }
    return lines
  }

  var description: String {
    let shown = array.prefix(400).map { octet -> String in
      switch octet {
      case 0x0A: "\\n"
      case 0x0D: "\\r"
      case 0x20...0x7E where octet != UInt8(ascii: "\\"): String(UnicodeScalar(octet))
      default: "\\x" + (octet < 16 ? "0" : "") + String(octet, radix: 16)
      }
    }
    return shown.joined() + (count > 400 ? "... (\(count) octets)" : "")
  }

  func withBuffer<Result, Failure>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // in Swift 6.0 what is thrown in there comes out without its type
    try array.withUnsafeBufferPointer { buffer in
      Swift.Result { () throws(Failure) in try body(buffer) }
    }.get()
  }

  /// A copy with a NUL behind it.
  var cString: OwnedCString {
    (array + [0]).withUnsafeBytes {
      OwnedCString(copying: $0.baseAddress!.assumingMemoryBound(to: CChar.self))
    }
  }
}

extension OwnedCString {
  var octets: Octets { Octets(XexecCore.octets(of: start)) }
}

/// What `body` appends to an empty buffer.
func appended(_ body: (inout OctetBuffer) throws -> Void) rethrows -> Octets {
  var buffer = OctetBuffer()
  try body(&buffer)
  return Octets(buffer.octets)
}

// MARK: - Chance

/// SplitMix64: the same numbers for the same seed, everywhere.
struct Chance: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Cuts octets into pieces of up to `longest`; there may be empty ones among them.
  mutating func cut(_ octets: Octets, longest: Int) -> [Octets] {
    var pieces: [Octets] = []
    var rest = octets.array[...]
    while !rest.isEmpty {
      let length = Int.random(in: 0...longest, using: &self)
      pieces.append(Octets(rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    return pieces
  }
}

// MARK: - Settings

private func staticCString(_ text: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

/// Dovecot's part when settings are read: knows milliseconds, seconds and minutes, and keeps what
/// is reported.
final class SettingsHost {
  struct Report: Equatable {
    let key: String
    let reason: String
  }
  private(set) var reports: [Report] = []

  static let timeError = "not a time"

  var host: xexec_settings_host {
    xexec_settings_host(
      context: Unmanaged.passUnretained(self).toOpaque(),
      parse_time: { _, value, milliseconds, error in
        guard let time = SettingsHost.parse(String(cString: value!)) else {
          error!.pointee = staticCString("not a time")
          return false
        }
        milliseconds!.pointee = time
        return true
      },
      parse_size: { _, value, size, error in
        guard let octets = UInt64(String(cString: value!)) else {
          error!.pointee = staticCString("not a size")
          return false
        }
        size!.pointee = octets
        return true
      },
      bad_setting: { context, key, reason in
        Unmanaged<SettingsHost>.fromOpaque(context!).takeUnretainedValue().reports.append(
          Report(key: String(cString: key!), reason: String(cString: reason!)))
      },
      warn: { context, message in
        Unmanaged<SettingsHost>.fromOpaque(context!).takeUnretainedValue().reports.append(
          Report(key: "", reason: String(cString: message!)))
      })
  }

  private static func parse(_ text: String) -> UInt32? {
    let digits = text.prefix { $0.isNumber }
    guard let number = UInt32(digits) else { return nil }
    switch text.dropFirst(digits.count) {
    case "ms": return number
    case "s": return number * 1000
    case "m": return number * 60_000
    case "": return number == 0 ? 0 : nil
    default: return nil
    }
  }
}

typealias Setting = (key: String, value: Octets)

/// Settings as C has them; they go when this goes.
final class CSettings {
  private let strings: [(key: OwnedCString, value: OwnedCString)]
  let array: [xexec_setting]

  init(_ settings: [Setting]) {
    strings = settings.map { (Octets($0.key).cString, $0.value.cString) }
    array = strings.map { xexec_setting(key: $0.key.start, value: $0.value.start) }
  }
}

/// Reads settings. They are gone when the table is looked at.
func table(_ settings: [Setting]) -> (table: ModuleTable, reports: [SettingsHost.Report]) {
  let host = SettingsHost()
  let strings = CSettings(settings)
  let table = strings.array.withUnsafeBufferPointer {
    NumberedSettings.table($0, host: host.host)
  }
  withExtendedLifetime(strings) {}
  return (table, host.reports)
}

// MARK: - Requests

extension RunEvents {
  static let all = RunEvents(rawValue: 0x3F)
}

/// Dovecot's part of a run: `%u` stands for the user, `%{none}` cannot be expanded. Keeps what is
/// logged.
final class RunHost: @unchecked Sendable {
  struct Line: Equatable {
    let level: LogLevel
    let text: String
  }

  var username: Octets = "some one"
  private(set) var log: [Line] = []
  /// What was sent to the client.
  private(set) var sent = Octets()
  /// Is told of each seat, which are numbers from 1; nil if there are none.
  var takesSeats: ((Int) -> Void)?
  private var seats = 0
  private var expanded: [OwnedCString] = []

  var errors: [String] { log.filter { $0.level == .error }.map(\.text) }

  init() {
    // a run may outlive the test's own reference
    RunHost.all.withLock { $0.append(self) }
  }

  private static let all = Mutex<[RunHost]>([])

  var host: xexec_run_host {
    xexec_run_host(
      context: Unmanaged.passUnretained(self).toOpaque(),
      send: { context, data, size in
        #expect(size > 0, "nothing is not sent")
        Unmanaged<RunHost>.fromOpaque(context!).takeUnretainedValue().sent += Octets(
          UnsafeRawBufferPointer(start: data, count: size))
      },
      expand: { context, word, error in
        let host = Unmanaged<RunHost>.fromOpaque(context!).takeUnretainedValue()
        guard let result = host.expand(Octets(octets(of: word!))) else {
          error!.pointee = staticCString("unknown variable")
          return nil
        }
        return result.start
      },
      log: { context, level, message in
        Unmanaged<RunHost>.fromOpaque(context!).takeUnretainedValue().log.append(
          Line(level: LogLevel(rawValue: UInt8(level.rawValue))!, text: String(cString: message!)))
      },
      take_seat: { context in
        let host = Unmanaged<RunHost>.fromOpaque(context!).takeUnretainedValue()
        guard let takesSeats = host.takesSeats else { return nil }
        host.seats += 1
        takesSeats(host.seats)
        return UnsafeMutableRawPointer(bitPattern: host.seats)
      })
  }

  private func expand(_ word: Octets) -> OwnedCString? {
    if word.contains("%{none}") { return nil }
    var result: [UInt8] = []
    var rest = word.array[...]
    while let octet = rest.popFirst() {
      if octet == UInt8(ascii: "%") && rest.first == UInt8(ascii: "u") {
        rest.removeFirst()
        result += username.array
      } else {
        result.append(octet)
      }
    }
    expanded.append(Octets(result).cString)
    return expanded.last
  }
}

/// A request as C has it; its strings go when this goes.
final class CRequest {
  private var strings: [OwnedCString] = []
  private let list: UnsafeMutablePointer<xexec_arg>
  private(set) var request = xexec_request()

  init(
    _ module: Octets?, _ arguments: [Octets] = [], username: Octets? = nil, home: Octets? = nil,
    localIP: Octets? = nil, remoteIP: Octets? = nil, literalSize: UInt64? = nil,
    isSynchronizing: Bool = false, tag: Octets? = "a1", baseDirectory: Octets? = nil,
    clientSocket: Int32 = -1
  ) {
    list = .allocate(capacity: arguments.count + 2)
    var count = 0
    func add(_ type: xexec_arg_type, _ octets: Octets?, size: UInt64) {
      (list + count).initialize(to: xexec_arg(type: type, octets: keep(octets), size: size))
      count += 1
    }
    if let module { add(XEXEC_ARG_ATOM, module, size: UInt64(module.count)) }
    for argument in arguments { add(XEXEC_ARG_STRING, argument, size: UInt64(argument.count)) }
    if let literalSize {
      add(isSynchronizing ? XEXEC_ARG_LITERAL : XEXEC_ARG_LITERAL_NONSYNC, nil, size: literalSize)
    }
    request = xexec_request(
      tag: keep(tag), args: list, args_count: count,
      client_in: clientSocket, client_out: clientSocket, username: keep(username),
      home: keep(home), local_ip: keep(localIP), remote_ip: keep(remoteIP),
      base_directory: keep(baseDirectory))
  }

  deinit { list.deallocate() }

  private func keep(_ string: Octets?) -> UnsafePointer<CChar>? {
    guard let string else { return nil }
    strings.append(string.cString)
    return strings.last?.start
  }
}

// MARK: - Processes

/// The core relies on SIGPIPE being ignored, as it is in every Dovecot process.
private let sigpipeIsIgnored: Void = {
  // SIG_IGN is a macro that Swift does not see
  let ignore = unsafeBitCast(1, to: (@convention(c) (Int32) -> Void)?.self)
  _ = signal(SIGPIPE, ignore)
}()

func ignoreSIGPIPE() { sigpipeIsIgnored }

/// How long anything may take that should take no time. Generous: machines are slow and shared.
let patience = 30_000

struct OutOfPatience: Error {}

/// Waits until something is so.
func waitUntil(_ what: String, _ isSo: () throws -> Bool) throws {
  let deadline = Clock.now() + patience
  while try !isSo() {
    if Clock.now() > deadline {
      Issue.record("waited in vain: \(what)")
      throw OutOfPatience()
    }
    poll(nil, 0, 10)
  }
}

/// Waits for events of poll(2). Returns which descriptors have any; those below 0 never have.
func wait(for descriptors: [(number: Int32, events: Int32)], timeout: Int) -> [Bool] {
  var polled = descriptors.map { pollfd(fd: $0.number, events: Int16($0.events), revents: 0) }
  poll(&polled, nfds_t(polled.count), Int32(timeout))
  return polled.map { $0.revents != 0 }
}

/// Whether there is any process in the group of this leader.
func groupExists(_ leader: Int32) -> Bool {
  // 0 and -1 would mean other processes altogether
  leader > 1 && kill(-leader, 0) == 0
}

/// Ends what a test leaves of a process group. (What it has orphaned may be a zombie for a while.)
func endGroup(_ leader: Int32) {
  guard leader > 1 else { return }
  kill(-leader, SIGKILL)
  while waitpid(leader, nil, 0) < 0 && xexec_errno() == EINTR {}
}

// MARK: - Runs

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

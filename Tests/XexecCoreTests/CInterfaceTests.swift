import CXexec
import Testing

@testable import XexecCore

/// The functions of xexec_core.h, called as the C side calls them.
@Suite("C interface")
struct CInterfaceTests {
  private func withModules<Result>(
    _ settings: [Setting], _ body: (OpaquePointer) throws -> Result
  ) throws -> Result {
    let host = SettingsHost()
    var callbacks = host.host
    let modules: OpaquePointer?
    do {
      let strings = CSettings(settings)
      modules = strings.array.withUnsafeBufferPointer {
        xexec_core_modules_new($0.baseAddress, $0.count, &callbacks)
      }
      withExtendedLifetime(strings) {}
    }
    withExtendedLifetime(host) {}
    let pointer = try #require(modules)
    defer { xexec_core_modules_free(pointer) }
    return try body(pointer)
  }

  private func start(
    _ modules: OpaquePointer, _ module: Octets?, _ arguments: [Octets] = [],
    _ host: RunHost = RunHost()
  ) throws -> OpaquePointer {
    ignoreSIGPIPE()
    let client = try ClientSocket()
    var callbacks = host.host
    let request = CRequest(module, arguments, clientSocket: client.server)
    var copy = request.request
    let run = try #require(xexec_core_run_start(modules, &copy, &callbacks))
    // the client's end stays open as long as the test
    withExtendedLifetime((host, request)) {}
    clients.append(client)
    return run
  }

  private let clients = Clients()

  private final class Clients {
    private var all: [ClientSocket] = []
    func append(_ client: ClientSocket) { all.append(client) }
  }

  private func watch(_ run: OpaquePointer) -> xexec_watch {
    var watch = xexec_watch()
    xexec_core_run_watch(run, &watch)
    return watch
  }

  /// What `send` was called with.
  private final class Client {
    var received = Octets()

    static let send: xexec_send_t = { context, data, size in
      let client = Unmanaged<Client>.fromOpaque(context!).takeUnretainedValue()
      client.received += Octets(UnsafeRawBufferPointer(start: data, count: size))
    }

    var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }
  }

  /// Waits for events as the ioloop does, and carries on after them.
  private func pass(_ run: OpaquePointer, _ client: Client) {
    let watch = watch(run)
    let events = [
      XEXEC_EVENT_STDOUT, XEXEC_EVENT_STDERR, XEXEC_EVENT_STDIN, XEXEC_EVENT_EXIT,
    ]
    let ready = wait(
      for: [
        (watch.stdout_fd, POLLIN), (watch.stderr_fd, POLLIN), (watch.stdin_fd, POLLOUT),
        (watch.exit_fd, POLLIN),
      ], timeout: watch.timeout < 0 ? 1000 : min(1000, Int(watch.timeout)))
    var mask = ready.contains(true) ? 0 : XEXEC_EVENT_TIMEOUT.rawValue
    for (event, isReady) in zip(events, ready) where isReady { mask |= event.rawValue }
    xexec_core_run_step(run, UInt32(mask), true, Client.send, client.context)
  }

  private func carryOn(
    _ run: OpaquePointer, _ client: Client, until isSo: (xexec_watch) -> Bool
  ) throws {
    let deadline = Clock.now() + patience
    while !isSo(watch(run)) {
      try #require(Clock.now() < deadline)
      pass(run, client)
    }
  }

  @Test("No settings make no modules")
  func noModules() throws {
    try withModules([]) { #expect(xexec_core_capabilities_count($0) == 0) }
    var callbacks = SettingsHost().host
    let modules = xexec_core_modules_new(nil, 0, &callbacks)
    #expect(xexec_core_capabilities_count(modules) == 0)
    xexec_core_modules_free(modules)
  }

  @Test("Each module has a capability, in the order of the keys")
  func capabilities() throws {
    try withModules([
      ("xexec3", "third:/x"), ("quota", "x"), ("xexec", "first:/x"), ("xexec2", "bad"),
    ]) { modules in
      let capabilities = (0..<xexec_core_capabilities_count(modules)).map {
        String(cString: xexec_core_capability(modules, $0))
      }
      #expect(capabilities == ["XEXEC", "XEXEC=FIRST", "XEXEC=THIRD"])
    }
  }

  @Test("A capability stays where it is as long as the modules")
  func stableCapability() throws {
    try withModules([("xexec", "a:/x"), ("xexec2", "b:/x")]) { modules in
      let first = xexec_core_capability(modules, 0)
      _ = xexec_core_capability(modules, 1)
      #expect(xexec_core_capability(modules, 0) == first)
    }
  }

  @Test("A refusal is BAD or has a NO of its own")
  func refusals() throws {
    try withModules([("xexec", "a:/bin/true"), ("xexec2", "gone:/does/not/exist")]) {
      modules throws in
      func refusal(_ module: Octets?, _ arguments: [Octets] = []) throws -> String {
        let run = try start(modules, module, arguments)
        defer { xexec_core_run_free(run) }
        let watch = watch(run)
        #expect(watch.finished && !watch.client && watch.hangup_fd == -1 && watch.pid == 0)
        var outcome = xexec_outcome()
        xexec_core_run_finish(run, &outcome)
        #expect(outcome.log == nil && outcome.teardown == nil)
        return (outcome.bad ? "BAD " : "") + String(cString: outcome.reply)
      }
      #expect(try refusal(nil).hasPrefix("BAD "))
      #expect(try refusal("a b").hasPrefix("BAD "))
      #expect(try refusal("b").hasPrefix("NO [NONEXISTENT] "))
      #expect(try refusal("a", [Octets("x", times: 300_000)]).hasPrefix("NO [LIMIT] "))
      #expect(try refusal("gone") == "NO [SERVERBUG] command could not be started")
    }
  }

  @Test("A run goes from its start to its reply")
  func run() throws {
    let script: Octets = "echo out; printf '\\005Name\\n'; read x; echo \"<$x>\" >&2; exit 3"
    try withModules([("xexec", "sh:/bin/sh -c")]) { modules in
      let run = try start(modules, "SH", [script])
      defer { xexec_core_run_free(run) }
      let client = Client()
      try carryOn(run, client) { $0.client || $0.finished }
      #expect(client.received == "* OK out\r\n+ Name\r\n")
      #expect(watch(run).timeout == -1)

      let line = Octets("me\r\na NOOP\r\n")
      #expect(xexec_core_run_client_sent(run, nil, 0) == 0)
      #expect(line.withBuffer { xexec_core_run_client_sent(run, $0.baseAddress, $0.count) } == 4)
      #expect(!watch(run).client)
      #expect((1...60_000).contains(watch(run).timeout))

      try carryOn(run, client) { $0.finished }
      #expect(client.received == "* OK out\r\n+ Name\r\n* NO <me>\r\n")
      var outcome = xexec_outcome()
      xexec_core_run_finish(run, &outcome)
      #expect(String(cString: outcome.reply) == "NO command failed (exit status 3)")
      #expect(!outcome.bad)
      #expect(String(cString: outcome.log).hasPrefix("xexec: module sh, pid "))
      #expect(outcome.teardown == nil)
    }
  }

  @Test("send is not called with nothing")
  func noEmptySend() throws {
    try withModules([("xexec", "sh:/bin/sh -c")]) { modules in
      let run = try start(modules, "sh", ["read x"])
      let noSend: xexec_send_t = { _, _, _ in Issue.record("send was called") }
      for events in UInt32(0)...31 { xexec_core_run_step(run, events, true, noSend, nil) }
      var outcome = xexec_outcome()
      xexec_core_run_cancel(run, &outcome)
      xexec_core_run_free(run)
      if let teardown = outcome.teardown { xexec_core_teardown_wait(teardown) }
    }
  }

  @Test("An answer that is too long makes a BAD")
  func answerTooLong() throws {
    try withModules([("xexec", "sh:/bin/sh -c")]) { modules in
      let script: Octets = "printf '\\005\\n'; read x; exec sleep 60"
      let run = try start(modules, "sh", [script])
      defer { xexec_core_run_free(run) }
      let client = Client()
      try carryOn(run, client) { $0.client || $0.finished }
      #expect(xexec_core_run_client_sent_too_much(run))
      try carryOn(run, client) { $0.finished }
      var outcome = xexec_outcome()
      xexec_core_run_finish(run, &outcome)
      #expect(outcome.bad)
      #expect(!String(cString: outcome.reply).hasPrefix("NO"))
      if let teardown = outcome.teardown { xexec_core_teardown_wait(teardown) }
    }
  }

  @Test("A teardown outlives its run, and step tells when it is over", arguments: [true, false])
  func teardown(waiting: Bool) throws {
    try withModules([("xexec", "sh:/bin/sh -c")]) { modules in
      let script: Octets = "sleep 60 & sleep 60 & echo ready; wait"
      let run = try start(modules, "sh", [script])
      let client = Client()
      try carryOn(run, client) { _ in client.received == "* OK ready\r\n" }
      var outcome = xexec_outcome()
      xexec_core_run_cancel(run, &outcome)
      let words = String(cString: outcome.log).split(whereSeparator: { " :".contains($0) })
      let pid = Int32(words[4]) ?? 0
      #expect(groupExists(pid))
      xexec_core_run_free(run)

      let teardown = try #require(outcome.teardown)
      if waiting {
        xexec_core_teardown_wait(teardown)
      } else {
        var pause = xexec_core_teardown_step(teardown)
        #expect(pause > 0)
        let deadline = Clock.now() + patience
        while pause >= 0 {
          try #require(Clock.now() < deadline)
          poll(nil, 0, pause)
          pause = xexec_core_teardown_step(teardown)
        }
        #expect(pause == -1)
      }
      #expect(!groupExists(pid))
    }
  }

  @Test("Modules may go while a run goes on")
  func modulesGo() throws {
    let run = try withModules([("xexec", "sh:/bin/sh -c")]) { modules in
      try start(modules, "sh", ["sleep 0.1; echo done"])
    }
    defer { xexec_core_run_free(run) }
    let client = Client()
    try carryOn(run, client) { $0.finished }
    var outcome = xexec_outcome()
    xexec_core_run_finish(run, &outcome)
    #expect(client.received == "* OK done\r\n")
    #expect(String(cString: outcome.log).hasPrefix("xexec: module sh, "))
  }
}

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

  private let ownedPrograms = OwnedPrograms()
  private var programs: OpaquePointer? { ownedPrograms.pointer }

  private final class OwnedPrograms {
    let pointer = xexec_core_programs_new { _ in }
    deinit { xexec_core_programs_free(pointer) }
  }

  private let host = RunHost()
  private let clients = Clients()

  private final class Clients {
    private var all: [ClientSocket] = []
    func append(_ client: ClientSocket) { all.append(client) }
  }

  private func start(
    _ modules: OpaquePointer, _ module: Octets?, _ arguments: [Octets] = []
  ) throws -> OpaquePointer {
    ignoreSIGPIPE()
    let client = try ClientSocket()
    var callbacks = host.host
    let request = CRequest(module, arguments, clientSocket: client.server)
    var copy = request.request
    let run = try #require(xexec_core_run_start(programs, modules, &copy, &callbacks))
    // the client's end stays open as long as the test
    withExtendedLifetime(request) {}
    clients.append(client)
    return run
  }

  private func watch(_ run: OpaquePointer, waiting: Int = 0) -> xexec_watch {
    var watch = xexec_watch()
    xexec_core_run_watch(run, waiting, &watch)
    return watch
  }

  private func finish(_ run: OpaquePointer) -> xexec_outcome {
    var outcome = xexec_outcome()
    xexec_core_run_finish(run, &outcome)
    return outcome
  }

  /// Waits as the ioloop does, and carries on.
  private func carryOn(_ run: OpaquePointer, until isSo: (xexec_watch) -> Bool) throws {
    let deadline = Clock.now() + patience
    while true {
      let watch = watch(run)
      if isSo(watch) { return }
      try #require(Clock.now() < deadline)
      _ = wait(
        for: [(watch.fd, POLLIN)],
        timeout: watch.timeout < 0 ? 1000 : min(1000, Int(watch.timeout)))
      xexec_core_run_step(run, 0)
    }
  }

  private func waitForPrograms() throws {
    try waitUntil("the end of all programs") { xexec_core_programs_look_after(programs) == -1 }
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
        #expect(watch.finished && !watch.client && watch.fd == -1 && watch.pid == 0)
        let outcome = finish(run)
        #expect(!outcome.has_run)
        return (outcome.bad ? "BAD " : "") + String(cString: outcome.reply)
      }
      #expect(try refusal(nil).hasPrefix("BAD "))
      #expect(try refusal("a b").hasPrefix("BAD "))
      #expect(try refusal("b").hasPrefix("NO [NONEXISTENT] "))
      #expect(try refusal("a", [Octets("x", times: 300_000)]).hasPrefix("NO [LIMIT] "))
      #expect(try refusal("gone") == "NO [SERVERBUG] command could not be started")
    }
  }

  @Test("Whether literals are left to the client shows in the first argument")
  func takesLiteral() throws {
    try withModules([("xexec", "send:/x"), ("xexec_stdin", "literal"), ("xexec2", "a:/x")]) {
      modules in
      func takes(_ module: Octets?, _ arguments: [Octets] = []) -> Bool {
        let request = CRequest(module, arguments)
        return withExtendedLifetime(request) {
          xexec_core_modules_take_literal(modules, request.request.args)
        }
      }
      #expect(takes("send") && takes("SEND", ["x"]))
      #expect(!takes(nil, ["send"]) && !takes("sen") && !takes("send\0x"))
    }
  }

  @Test("A run goes from its start to its reply")
  func run() throws {
    let script: Octets = "echo out; printf '\\005Name\\n'; read x; echo \"<$x>\" >&2; exit 3"
    try withModules([("xexec", "sh:/bin/sh -c")]) { modules in
      let run = try start(modules, "SH", [script])
      try carryOn(run) { $0.client || $0.finished }
      #expect(host.sent == "* OK out\r\n+ Name\r\n")
      #expect(watch(run).timeout == -1)

      let line = Octets("me\r\na NOOP\r\n")
      #expect(xexec_core_run_client_sent(run, nil, 0) == 0)
      #expect(line.withBuffer { xexec_core_run_client_sent(run, $0.baseAddress, $0.count) } == 4)
      #expect(!watch(run).client)
      #expect((1...60_000).contains(watch(run).timeout))

      try carryOn(run) { $0.finished }
      #expect(host.sent == "* OK out\r\n+ Name\r\n* NO <me>\r\n")
      let outcome = finish(run)
      #expect(String(cString: outcome.reply) == "NO command failed (exit status 3)")
      #expect(outcome.has_run && !outcome.bad)
      #expect(host.log == [], "the client does not wait for the log")
      xexec_core_run_free(run)
      #expect(host.log.count == 1)
      #expect(host.log[0].level == .info)
      #expect(host.log[0].text.hasPrefix("xexec: module sh, pid "))
      #expect(xexec_core_programs_look_after(programs) == -1)
    }
  }

  @Test("A step without anything to do does no harm, and sends nothing")
  func noEmptySend() throws {
    try withModules([("xexec", "sh:/bin/sh -c")]) { modules in
      let run = try start(modules, "sh", ["read x"])
      for _ in 0..<10 { xexec_core_run_step(run, 0) }
      xexec_core_run_cancel(run)
      xexec_core_run_free(run)
      #expect(host.sent == "")
      try waitForPrograms()
    }
  }

  @Test("An answer that is too long makes a BAD")
  func answerTooLong() throws {
    try withModules([("xexec", "sh:/bin/sh -c")]) { modules in
      let script: Octets = "printf '\\005\\n'; read x; exec sleep 60"
      let run = try start(modules, "sh", [script])
      try carryOn(run) { $0.client || $0.finished }
      #expect(xexec_core_run_client_sent_too_much(run))
      try carryOn(run) { $0.finished }
      let outcome = finish(run)
      #expect(outcome.bad)
      #expect(!String(cString: outcome.reply).hasPrefix("NO"))
      xexec_core_run_free(run)
      try waitForPrograms()
    }
  }

  @Test("What is left of a program outlives its run", arguments: [true, false])
  func outlives(waiting: Bool) throws {
    try withModules([("xexec", "sh:/bin/sh -c")]) { modules in
      let run = try start(modules, "sh", ["sleep 60 & sleep 60 & echo ready; wait"])
      try carryOn(run) { _ in host.sent == "* OK ready\r\n" }
      let pid = watch(run).pid
      xexec_core_run_cancel(run)
      #expect(groupExists(pid))
      xexec_core_run_free(run)

      if waiting {
        xexec_core_programs_end(programs)
      } else {
        // on a busy machine they are gone before this is asked
        #expect(xexec_core_programs_look_after(programs) > 0 || !groupExists(pid))
        try waitForPrograms()
      }
      #expect(!groupExists(pid))
    }
  }

  @Test("Modules may go while a run goes on")
  func modulesGo() throws {
    let run = try withModules([("xexec", "sh:/bin/sh -c")]) { modules in
      try start(modules, "sh", ["sleep 0.1; echo done"])
    }
    try carryOn(run) { $0.finished }
    _ = finish(run)
    xexec_core_run_free(run)
    #expect(host.sent == "* OK done\r\n")
    #expect(host.log.first?.text.hasPrefix("xexec: module sh, ") == true)
  }
}

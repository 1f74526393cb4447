import CXexec
import Testing

@testable import XexecCore

/// A connection whose one end is the server's.
final class ClientSocket {
  let server: Int32
  private let descriptors: [FileDescriptor]

  init() throws {
    var ends: (Int32, Int32) = (-1, -1)
    let made = withUnsafeMutablePointer(to: &ends) {
      $0.withMemoryRebound(to: Int32.self, capacity: 2) {
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, $0)
      }
    }
    try #require(made == 0)
    server = ends.0
    descriptors = [FileDescriptor(owning: ends.0), FileDescriptor(owning: ends.1)]
  }

  func halfClose() { shutdown(descriptors[1].number, Int32(SHUT_WR)) }
  func close() { descriptors[1].close() }
}

@Suite("A command, from its line to its tagged response")
struct ClientCommandTests {
  private let client: ClientSocket
  private let host = RunHost()

  init() throws {
    ignoreSIGPIPE()
    client = try ClientSocket()
  }

  private func command(
    _ module: Octets = "sh", _ arguments: [Octets] = [], literal: UInt64? = nil,
    isSynchronizing: Bool = false
  ) -> ClientCommand {
    let modules = table([
      ("xexec", "sh:/bin/sh -c"), ("xexec_stdin", "literal"), ("xexec_progress", "text"),
    ]).table
    let request = CRequest(
      module, arguments, literalSize: literal, isSynchronizing: isSynchronizing,
      clientSocket: client.server)
    return ClientCommand(request.request, in: modules, host: host.host)
  }

  private func send(_ octets: Octets, to command: ClientCommand) -> Int {
    octets.withBuffer { command.clientSent($0) }
  }

  /// Steps, as long as something is so, and returns what the client receives.
  private func carryOn(
    _ command: ClientCommand, while isSo: (xexec_watch) -> Bool = { !$0.finished }
  ) throws -> Octets {
    var received = Octets()
    let deadline = Clock.now() + patience
    command.step(events: 0, hasRoom: true) { received += Octets($0) }
    while isSo(command.watch()) {
      try #require(Clock.now() < deadline)
      let watch = command.watch()
      _ = XexecCoreTests.wait(
        for: [(watch.stdout_fd, POLLIN), (watch.stderr_fd, POLLIN), (watch.exit_fd, POLLIN)],
        timeout: 100)
      command.step(events: 0x1F, hasRoom: true) { received += Octets($0) }
    }
    return received
  }

  private func leave(_ command: ClientCommand) { wait(for: command.cancel()) }

  private func wait(for outcome: xexec_outcome) {
    if let teardown = outcome.teardown { xexec_core_teardown_wait(teardown) }
  }

  private func end(_ command: ClientCommand) -> String {
    let outcome = command.finish()
    wait(for: outcome)
    return (outcome.bad ? "BAD " : "") + String(cString: outcome.reply)
  }

  @Test("A literal that the client waits to send is asked for once, when the program takes it")
  func asks() throws {
    let command = command("sh", ["cat"], literal: 3, isSynchronizing: true)
    #expect(!command.watch().client)
    command.step(events: 0, hasRoom: false) { _ in Issue.record("there was no room") }
    #expect(try carryOn(command, while: { !$0.client }) == "+ OK\r\n")
    #expect(send("ab\n", to: command) == 3)
    #expect(send("\r\nx NOOP\r\n", to: command) == 2)
    #expect(try carryOn(command) == "* OK ab\r\n")
    #expect(end(command) == "OK command exited successfully")
    #expect(send("x NOOP\r\n", to: command) == 0)
  }

  @Test("A program that has ended is not waited for by a client that has not been asked")
  func endsBeforeAsking() throws {
    let command = command("sh", ["exit 3"], literal: 3, isSynchronizing: true)
    _ = XexecCoreTests.wait(for: [(command.watch().exit_fd, POLLIN)], timeout: patience)
    command.step(events: UInt32(XEXEC_EVENT_EXIT.rawValue), hasRoom: false) { _ in }
    #expect(try carryOn(command) == "")
    #expect(end(command) == "NO command failed (exit status 3)")
  }

  @Test("Of a literal on its way all is read, whatever has become of the program")
  func skipsRest() throws {
    let command = command("sh", ["exit 3"], literal: 200_000)
    _ = try carryOn(command, while: { $0.exit_fd >= 0 })
    let text = Octets("x", times: 100_000)
    #expect(command.watch().client && !command.watch().finished)
    #expect(send(text, to: command) == 100_000)
    #expect(send(text, to: command) == 100_000)
    #expect(!command.watch().finished)
    #expect(send("\r\n", to: command) == 2)
    #expect(try carryOn(command) == "")
    #expect(!command.watch().client)
    #expect(end(command) == "NO command failed (exit status 3)")
  }

  @Test("What stands behind a literal ends the program, and is skipped")
  func notLast() throws {
    let command = command("sh", ["cat; exec sleep 60"], literal: 2)
    #expect(send("ab {2+}\r\n", to: command) == 9)
    #expect(send("\r\n\r\nx NOOP\r\n", to: command) == 4)
    _ = try carryOn(command)
    #expect(end(command) == "BAD The literal is not the last argument.")
  }

  @Test("A refused command skips a literal that is on its way, and does not ask for one")
  func refused() {
    let onItsWay = command("none", literal: 3)
    #expect(onItsWay.watch().client && !onItsWay.watch().finished)
    #expect(onItsWay.watch().timeout == -1 && onItsWay.watch().hangup_fd == -1)
    onItsWay.step(events: 0x1F, hasRoom: true) { _ in Issue.record("nothing is sent") }
    #expect(send("abc", to: onItsWay) == 3)
    #expect(!onItsWay.watch().finished)
    #expect(send("\r\nx", to: onItsWay) == 2)
    #expect(onItsWay.watch().finished)
    #expect(end(onItsWay) == "NO [NONEXISTENT] no such module")
    #expect(onItsWay.cancel().log == nil)

    let waiting = command("none", literal: 3, isSynchronizing: true)
    #expect(waiting.watch().finished && !waiting.watch().client)
    #expect(send("abc", to: waiting) == 0)
  }

  @Test("Arguments that are no strings are BAD, and nothing is looked for")
  func noStrings() {
    let request = CRequest("none", clientSocket: client.server)
    var copy = request.request
    copy.args_are_strings = false
    let command = ClientCommand(copy, in: table([]).table, host: host.host)
    #expect(end(command) == "BAD Invalid arguments.")
    #expect(host.log == [])
  }

  @Test("A connection that cannot be watched is logged, and nothing is started")
  func notWatched() {
    let request = CRequest("sh", ["exit 0"])
    let command = ClientCommand(
      request.request, in: table([("xexec", "sh:/bin/sh -c")]).table, host: host.host)
    #expect(end(command) == "NO [SERVERBUG] command could not be started")
    #expect(host.errors == ["xexec: the client cannot be watched: Bad file descriptor"])
  }

  @Test("Too much without a line's end is an answer that is too long, or octets of a literal")
  func tooMuch() throws {
    let prompting = command("sh", ["printf '\\005\\n'; read x"])
    _ = try carryOn(prompting, while: { !$0.client })
    #expect(prompting.clientSentTooMuch())
    _ = try carryOn(prompting)
    #expect(end(prompting) == "BAD Answer to a prompt is too long.")
    let literal = command("sh", ["cat"], literal: 5)
    #expect(!literal.clientSentTooMuch())
    leave(literal)
  }

  @Test("A client that has ended its sending side may go on reading, but not within a literal")
  func ended() throws {
    let prompting = command("sh", ["printf '\\005\\n'; read x"])
    _ = try carryOn(prompting, while: { !$0.client })
    #expect(prompting.clientEnded())
    _ = try carryOn(prompting)
    #expect(end(prompting) == "NO client has ended its input, and a prompt waits for it")
    let literal = command("sh", ["cat"], literal: 5)
    #expect(!literal.clientEnded())
    leave(literal)
  }

  @Test("A half of the connection that is closed is told once, the whole of it each time")
  func hangup() throws {
    let command = command("sh", ["exec sleep 60"])
    func look() -> xexec_hangup {
      _ = XexecCoreTests.wait(for: [(command.watch().hangup_fd, POLLIN)], timeout: 100)
      return command.look()
    }
    #expect(command.look() == XEXEC_HANGUP_NONE)
    client.halfClose()
    #expect(look() == XEXEC_HANGUP_HALF)
    #expect(try carryOn(command, while: { _ in false }) == "* OK Still working\r\n")
    #expect(command.look() == XEXEC_HANGUP_NONE)
    client.close()
    #expect(look() == XEXEC_HANGUP_FULL)
    #expect(look() == XEXEC_HANGUP_FULL)
    leave(command)
  }
}

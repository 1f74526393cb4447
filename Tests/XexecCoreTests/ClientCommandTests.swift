import CXexec
import Testing

@testable import XexecCore

@Suite("A command, from its line to its tagged response")
struct ClientCommandTests {
  private let client: ClientSocket
  private let host = RunHost()
  private let programs = Programs { _ in }

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
    return ClientCommand(request.request, in: modules, of: programs, host: host.host)
  }

  private func send(_ octets: Octets, to command: ClientCommand) -> Int {
    octets.withBuffer { command.clientSent($0) }
  }

  /// Steps, as long as something is so, and returns what the client receives.
  private func carryOn(
    _ command: ClientCommand, while isSo: (xexec_watch) -> Bool = { !$0.finished }
  ) throws -> Octets {
    let before = host.sent.count
    let deadline = Clock.now() + patience
    command.step(waiting: 0)
    while true {
      let watch = command.watch()
      if !isSo(watch) { break }
      try #require(Clock.now() < deadline)
      let timeout = watch.timeout < 0 ? 100 : min(100, Int(watch.timeout))
      _ = XexecCoreTests.wait(for: [(watch.fd, POLLIN)], timeout: timeout)
      command.step(waiting: 0)
    }
    return Octets(host.sent.array.dropFirst(before))
  }

  private func leave(_ command: ClientCommand) {
    command.cancel()
    command.close()
    programs.end()
  }

  private func end(_ command: ClientCommand) -> String {
    let outcome = command.finish()
    defer {
      command.close()
      programs.end()
    }
    return (outcome.bad ? "BAD " : "") + String(cString: outcome.reply)
  }

  @Test("A literal that the client waits to send is asked for once, when the program takes it")
  func asks() throws {
    let command = command("sh", ["cat"], literal: 3, isSynchronizing: true)
    #expect(!command.watch().client)
    command.step(waiting: .max)
    #expect(host.sent == "", "there was no room")
    #expect(try carryOn(command, while: { !$0.client }) == "+ OK\r\n")
    #expect(send("ab\n", to: command) == 3)
    #expect(send("\r\nx NOOP\r\n", to: command) == 2)
    #expect(try carryOn(command) == "* OK ab\r\n")
    #expect(send("x NOOP\r\n", to: command) == 0)
    #expect(end(command) == "OK command exited successfully")
  }

  @Test("A program that has ended is not waited for by a client that has not been asked")
  func endsBeforeAsking() throws {
    let command = command("sh", ["exit 3"], literal: 3, isSynchronizing: true)
    try waitUntil("the exit") {
      command.step(waiting: .max)
      return command.watch(waiting: .max).pid == 0
    }
    #expect(try carryOn(command) == "")
    #expect(end(command) == "NO command failed (exit status 3)")
  }

  @Test("Of a literal on its way all is read, whatever has become of the program")
  func skipsRest() throws {
    let command = command("sh", ["exit 3"], literal: 200_000)
    _ = try carryOn(command, while: { $0.pid != 0 })
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
    #expect(onItsWay.watch().timeout == -1 && onItsWay.watch().fd == -1)
    #expect(!onItsWay.watch(waiting: .max).client)
    onItsWay.step(waiting: 0)
    #expect(host.sent == "")
    #expect(send("abc", to: onItsWay) == 3)
    #expect(!onItsWay.watch().finished)
    #expect(send("\r\nx", to: onItsWay) == 2)
    #expect(onItsWay.watch().finished)
    #expect(end(onItsWay) == "NO [NONEXISTENT] no such module")
    #expect(host.log == [.init(level: .info, text: "xexec: module none: no such module")])

    let waiting = command("none", literal: 3, isSynchronizing: true)
    #expect(waiting.watch().finished && !waiting.watch().client)
    #expect(send("abc", to: waiting) == 0)
    #expect(end(waiting) == "NO [NONEXISTENT] no such module")
  }

  @Test("Arguments that are no strings are BAD, and nothing is looked for")
  func noStrings() {
    let request = CRequest("none", ["a\0b"], clientSocket: client.server)
    let command = ClientCommand(
      request.request, in: table([]).table, of: programs, host: host.host)
    #expect(end(command) == "BAD Invalid arguments.")
    #expect(host.log == [])
  }

  @Test("A connection that cannot be watched is logged, and nothing is started")
  func notWatched() {
    let request = CRequest("sh", ["exit 0"])
    let command = ClientCommand(
      request.request, in: table([("xexec", "sh:/bin/sh -c")]).table, of: programs,
      host: host.host)
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

  @Test("A half of the connection that is closed is told once, the whole of it for good")
  func hangup() throws {
    let command = command("sh", ["exec sleep 60"])
    func isReady(_ timeout: Int = 100) -> [Bool] {
      let watch = command.watch()
      return XexecCoreTests.wait(
        for: [(watch.hangup_fd, POLLIN), (watch.fd, POLLIN)], timeout: timeout)
    }
    command.step(waiting: 0)
    #expect(isReady(0) == [false, false])
    client.halfClose()
    #expect(isReady() == [true, true])
    command.step(waiting: 0)
    #expect(host.sent == "* OK Still working\r\n")
    #expect(isReady(0) == [false, false])
    #expect(!command.watch().gone)
    client.close()
    #expect(isReady() == [true, true])
    command.step(waiting: 0)
    #expect(command.watch().gone)
    leave(command)
  }

  @Test("While a prompt waits the end of the input is read, and not looked for")
  func hangupWhileReading() throws {
    let command = command("sh", ["printf '\\005\\n'; read x"])
    _ = try carryOn(command, while: { !$0.client })
    client.halfClose()
    #expect(XexecCoreTests.wait(for: [(command.watch().fd, POLLIN)], timeout: 50) == [false])
    // not so while there is no room for what would come of it
    #expect(!command.watch(waiting: .max).client)
    #expect(
      XexecCoreTests.wait(for: [(command.watch(waiting: .max).fd, POLLIN)], timeout: 100) == [true]
    )
    leave(command)
  }

  @Test("As long as its output waits, a command of a client whose input has ended is not over")
  func drained() throws {
    let command = command("sh", ["exit 0"])
    _ = try carryOn(command)
    // who still sends can be sent the rest later
    #expect(command.watch(waiting: 8191).finished && command.watch(waiting: 8191).has_room)
    #expect(!command.watch(waiting: 8192).finished && !command.watch(waiting: 8192).has_room)
    client.halfClose()
    #expect(command.clientEnded())
    #expect(!command.watch(waiting: 1).finished && !command.watch(waiting: 1).has_room)
    #expect(command.watch(waiting: 0).finished && command.watch(waiting: 0).has_room)
    // nor while the tagged response could not be written
    client.fill()
    #expect(!command.watch(waiting: 0).finished && !command.watch(waiting: 0).has_room)
    client.drain()
    #expect(end(command) == "OK command exited successfully")
  }

  @Test("Without room neither output nor the client is waited for, but the program's end is")
  func held() throws {
    let command = command("sh", ["echo out; read x <&1; exit 3"])
    command.step(waiting: .max)
    let watch = command.watch(waiting: .max)
    #expect(XexecCoreTests.wait(for: [(watch.fd, POLLIN)], timeout: 200) == [true])
    command.step(waiting: .max)
    #expect(host.sent == "")
    #expect(try carryOn(command) == "* OK out\r\n")
    #expect(end(command) == "NO command failed (exit status 3)")
  }
}

extension ClientCommand {
  fileprivate func watch() -> xexec_watch { watch(waiting: 0) }
}

import CXexec
import Synchronization
import Testing

@testable import XexecCore

/// What outlives a command, and what a process ends when it leaves.
@Suite("All programs of a process")
struct ProgramsTests {
  private let client: ClientSocket
  private let host = RunHost()

  init() throws {
    ignoreSIGPIPE()
    client = try ClientSocket()
  }

  /// A command whose program is at work.
  private func command(_ script: Octets, of programs: Programs) throws -> (
    command: ClientCommand, pid: pid_t
  ) {
    let request = CRequest("sh", [script], clientSocket: client.server)
    let command = ClientCommand(
      request.request, in: table([("xexec", "sh:/bin/sh -c")]).table, of: programs,
      host: host.host)
    let before = host.sent.count
    try waitUntil("the program") {
      _ = command.watch(waiting: 0)
      command.step(waiting: 0)
      return host.sent.count > before
    }
    return (command, command.watch(waiting: 0).pid)
  }

  private static let stubborn: Octets = "trap '' TERM; sleep 60 & echo on; wait"

  @Test("The connection counts once more until all of the group is gone")
  func counts() throws {
    let programs = Programs { seat in
      ProgramsTests.counted.withLock { $0.append("free \(Int(bitPattern: seat))") }
    }
    host.takesSeats = { seat in ProgramsTests.counted.withLock { $0.append("take \(seat)") } }
    let (first, pid) = try command(ProgramsTests.stubborn, of: programs)
    let (second, other) = try command("sleep 60 & echo on; wait", of: programs)
    defer { endGroup(pid) }
    #expect(programs.lookAfter(now: Clock.now()) == nil)
    first.cancel()
    second.cancel()
    first.close()
    second.close()
    #expect(programs.lookAfter(now: Clock.now()).map { (1...100).contains($0) } == true)
    // the one does not wait for the other
    try waitUntil("the end of the second") {
      _ = programs.lookAfter(now: Clock.now())
      return ProgramsTests.counted.withLock { $0.count } == 3
    }
    #expect(!groupExists(other) && groupExists(pid))
    var late = Clock.now() + Teardown.gracePeriod
    try waitUntil("the end of the first") {
      late += 100
      return programs.lookAfter(now: late) == nil
    }
    #expect(ProgramsTests.counted.withLock { $0 } == ["take 1", "take 2", "free 2", "free 1"])
  }

  /// A function of C knows nothing of its test.
  private static let counted = Mutex<[String]>([])

  @Test("A program that has ended with its command leaves no seat behind")
  func noSeat() throws {
    let programs = Programs { _ in Issue.record("nothing was taken") }
    host.takesSeats = { _ in Issue.record("nothing is left") }
    let (ended, pid) = try command("echo on", of: programs)
    try waitUntil("the exit") { !groupExists(pid) || kill(pid, 0) == 0 && isZombie(pid) }
    ended.cancel()
    ended.close()
    #expect(programs.lookAfter(now: Clock.now()) == nil)
  }

  private func isZombie(_ pid: pid_t) -> Bool {
    var information = siginfo_t()
    return waitid(P_PID, id_t(pid), &information, Int32(WEXITED | WNOHANG | WNOWAIT)) == 0
      && information.si_signo == SIGCHLD
  }

  @Test("At the end of the process all programs end, in the time of one, and nothing is logged")
  func end() throws {
    let programs = Programs { _ in }
    let script: Octets = "trap 'sleep 0.3; exit' TERM; echo on; while :; do sleep 0.05; done"
    let commands = try (0..<4).map { _ in try command(script, of: programs) }
    // one is over, and one has left something behind
    commands[0].command.cancel()
    commands[0].command.close()
    #expect(host.log.count == 1)
    let before = Clock.now()
    programs.end()
    #expect(Clock.now() - before < 4 * 300)
    for command in commands { #expect(!groupExists(command.pid)) }
    for command in commands.dropFirst() { command.command.close() }
    #expect(host.log.count == 1)
    programs.end()
  }

  @Test("Commands come and go in any order")
  func order() throws {
    let programs = Programs { _ in }
    let commands = try (0..<4).map { _ in try command("echo on; exec sleep 60", of: programs) }
    for index in [2, 3, 0] {
      commands[index].command.cancel()
      commands[index].command.close()
    }
    programs.end()
    for command in commands { #expect(!groupExists(command.pid)) }
  }
}

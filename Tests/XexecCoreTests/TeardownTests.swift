import CXexec
import Testing

@testable import XexecCore

/// The times here are made up, so that nobody has to wait for them.
@Suite("Teardown")
struct TeardownTests {
  /// Starts a shell script, and waits for its first line.
  private func start(_ script: Octets) throws -> SpawnedProgram {
    ignoreSIGPIPE()
    let module = try #require(table([("xexec", "m:/x")]).table.modules.first)
    let program = try SpawnedProgram(
      arguments: ["/bin/sh", "-c", script].map { (word: Octets) in word.cString },
      environment: ProgramEnvironment(request: CRequest("m").request, module: module), home: nil)
    let isReady = wait(for: [(program.stdout.number, POLLIN)], timeout: patience) == [true]
    if !isReady { endGroup(program.group.leader) }
    try #require(isReady)
    return program
  }

  private func withProgram(
    _ script: Octets, _ body: (SpawnedProgram) throws -> Void
  ) throws {
    let program = try start(script)
    defer { endGroup(program.group.leader) }
    try body(program)
  }

  private func outputs(of program: SpawnedProgram) -> [FileDescriptor] {
    [program.stdout, program.stderr]
  }

  /// A program that takes no notice of SIGTERM, and a child of it.
  private static let stubborn: Octets = "trap '' TERM; sleep 60 & echo ready; wait"

  @Test("A program that obeys SIGTERM is over as soon as it is gone, its children too")
  func obedient() throws {
    try withProgram("sleep 60 & sleep 60 & echo ready; wait") { program in
      let teardown = Teardown(program.group, outputs: outputs(of: program), stdin: nil, now: 1000)
      try waitUntil("the end") { teardown.step(now: 1000) == nil }
      #expect(teardown.isOver)
      #expect(teardown.leaderIsReaped)
      #expect(!groupExists(program.group.leader))
    }
  }

  @Test("SIGKILL comes 5 seconds after SIGTERM, and not before")
  func stubbornProgram() throws {
    try withProgram(Self.stubborn) { program in
      let teardown = Teardown(program.group, outputs: outputs(of: program), stdin: nil, now: 1000)
      #expect(teardown.untilDue(now: 1000) == 5000)
      for now in [1000, 1001, 3000, 5999] {
        #expect(teardown.untilDue(now: now) == 6000 - now)
        teardown.killIfDue(now: now)
        #expect(teardown.step(now: now) != nil)
      }
      poll(nil, 0, 100)
      #expect(teardown.step(now: 5999) != nil)
      #expect(!teardown.leaderIsReaped)

      try waitUntil("the end") { teardown.step(now: 6000) == nil }
      try waitUntil("the end of the group") { !groupExists(program.group.leader) }
    }
  }

  @Test("A child that takes no notice of SIGTERM is killed, though the leader has gone")
  func stubbornChild() throws {
    try withProgram("(trap '' TERM; echo ready; sleep 60) & wait") { program in
      let teardown = Teardown(program.group, outputs: outputs(of: program), stdin: nil, now: 0)
      try waitUntil("the leader") {
        #expect(teardown.step(now: 4999) != nil)
        return teardown.leaderIsReaped
      }
      #expect(!teardown.isOver)
      try waitUntil("the end") { teardown.step(now: 5000) == nil }
      try waitUntil("the end of the group") { !groupExists(program.group.leader) }
    }
  }

  @Test("A leader that somebody else has waited for is not waited for again")
  func reapedLeader() throws {
    try withProgram("echo ready") { program in
      _ = wait(for: [(program.exit.number, POLLIN)], timeout: patience)
      #expect(program.group.reapLeader() == .exited(0))
      let teardown = Teardown(program.group, outputs: [], stdin: nil, now: 0)
      #expect(!teardown.isOver)
      teardown.leaderIsReaped = true
      #expect(teardown.isOver)
      #expect(teardown.step(now: 0) == nil)
    }
  }

  @Test("The case is hopeless a second after SIGKILL, and not without it")
  func hopeless() throws {
    try withProgram(Self.stubborn) { program in
      let teardown = Teardown(program.group, outputs: outputs(of: program), stdin: nil, now: 0)
      #expect(!teardown.isHopeless(now: 100_000))
      teardown.killIfDue(now: 5000)
      #expect(teardown.untilDue(now: 5000) == 1000)
      #expect(!teardown.isHopeless(now: 5999))
      #expect(teardown.isHopeless(now: 6000))
      #expect(teardown.untilDue(now: 7000) == 0)
    }
  }

  @Test("The pauses between looks grow from short to a tenth of a second")
  func pauses() throws {
    try withProgram(Self.stubborn) { program in
      let teardown = Teardown(program.group, outputs: outputs(of: program), stdin: nil, now: 0)
      let pauses = (0..<12).compactMap { _ in teardown.step(now: 0) }
      try #require(pauses.count == 12)
      #expect(pauses == pauses.sorted())
      #expect(pauses[0] <= 10)
      #expect(pauses.last == 100)
    }
  }

  @Test("What a program says while it tidies up neither kills nor stops it")
  func lastWords() throws {
    // more than its pipes hold; and it is to end by itself, not by a signal
    let script: Octets = """
      trap 'head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; exit 3' TERM
      echo ready
      while :; do sleep 0.05; done
      """
    try withProgram(script) { program in
      let teardown = Teardown(program.group, outputs: outputs(of: program), stdin: nil, now: 0)
      try waitUntil("the exit") {
        if wait(for: [(program.exit.number, POLLIN)], timeout: 0) == [true] { return true }
        #expect(teardown.step(now: 0) != nil)
        return false
      }
      let status = program.group.reapLeader()
      #expect(status == .exited(3) || teardown.leaderIsReaped)
      teardown.leaderIsReaped = true
      try waitUntil("the end") { teardown.step(now: 0) == nil }
    }
  }

  @Test("wait() returns when all of the group is gone")
  func waits() throws {
    try withProgram("sleep 60 & echo ready; wait") { program in
      let before = Clock.now()
      let teardown = Teardown(program.group, outputs: outputs(of: program), stdin: nil, now: before)
      teardown.wait()
      #expect(teardown.isOver)
      #expect(!groupExists(program.group.leader))
      // whoever reaps orphans may take a while
      #expect(Clock.now() - before < patience)
    }
  }

  @Test("wait() waits no longer than the rest of the grace period")
  func waitsForStubborn() throws {
    try withProgram(Self.stubborn) { program in
      let before = Clock.now()
      // all but half a second has passed
      let teardown = Teardown(
        program.group, outputs: outputs(of: program), stdin: nil,
        now: before - Teardown.gracePeriod + 500)
      teardown.wait()
      #expect(Clock.now() - before >= 500)
      #expect(Clock.now() - before < patience)
      #expect(teardown.isOver)
      // the children are dead, and may have to be reaped yet
      try waitUntil("the end of the group") { !groupExists(program.group.leader) }
    }
  }
}

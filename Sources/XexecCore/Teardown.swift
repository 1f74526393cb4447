import CXexec

/// The end of a process group: SIGTERM, time to obey, SIGKILL.
final class Teardown {
  /// How long a group may take to obey SIGTERM, in milliseconds.
  static let gracePeriod = 5000
  /// How long SIGKILL may take until whoever waits for it gives up.
  private static let killPeriod = 1000
  private static let shortestPause = 2
  private static let longestPause = 100

  private let group: ProcessGroup
  /// The server's ends of the group's output. They stay open until the end: a shell script that
  /// tidies up must not die of SIGPIPE when it says so.
  private let outputs: [FileDescriptor]
  /// Kept open where its end must not be taken for the end of a whole input: a message that is cut
  /// must not be sent.
  private let stdin: FileDescriptor?
  private let killAt: Int
  private var pause = Teardown.shortestPause
  private var giveUpAt: Int { killAt + Teardown.killPeriod }
  private var killed = false
  /// Whether somebody has waited for the leader of the group.
  var leaderIsReaped = false

  /// Sends SIGTERM to the group, and SIGCONT: one that is stopped has to go on to obey.
  ///
  /// - Parameters:
  ///   - outputs: the non-blocking pipes that the group writes to.
  ///   - stdin: its stdin, if the group must not read the end of it.
  init(_ group: ProcessGroup, outputs: [FileDescriptor], stdin: FileDescriptor?, now: Int) {
    self.group = group
    self.outputs = outputs
    self.stdin = stdin
    killAt = now + Teardown.gracePeriod
    group.signal(SIGTERM)
    group.signal(SIGCONT)
  }

  /// Milliseconds until the next thing is due: SIGKILL, or giving up.
  func untilDue(now: Int) -> Int {
    max(0, (killed ? giveUpAt : killAt) - now)
  }

  /// Sends SIGKILL to the group if it is due.
  func killIfDue(now: Int) {
    if killed || now < killAt { return }
    killed = true
    group.signal(SIGKILL)
  }

  /// Whether SIGKILL has been of no avail: a set-user-ID program, or one that hangs in the kernel.
  func isHopeless(now: Int) -> Bool { killed && now >= giveUpAt }

  /// Whether nothing is left of the group. After SIGKILL the others are gone, or zombies that their
  /// new parent has not waited for yet.
  var isOver: Bool { leaderIsReaped && (killed || !group.exists) }

  /// Looks after a group that nobody else watches. Returns the milliseconds until it is to be
  /// looked at again, or nil when nothing is left of it.
  @_optimize(size)
  func step(now: Int) -> Int? {
    if !leaderIsReaped { leaderIsReaped = group.reapLeader() != nil }
    if isOver { return nil }
    for output in outputs { output.discard() }
    killIfDue(now: now)
    pause = min(pause * 2, Teardown.longestPause)
    return pause
  }

  /// Blocks until nothing is left of the group, or the case is hopeless.
  @_optimize(size)
  func wait() {
    while true {
      let now = Clock.now()
      guard let pause = step(now: now) else { return }
      if isHopeless(now: now) { return }
      poll(nil, 0, Int32(pause))
    }
  }
}

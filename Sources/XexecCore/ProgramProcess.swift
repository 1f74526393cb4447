import CXexec

/// A program that is a process of this machine: its exit, and how it is ended.
final class ProgramProcess {
  private let group: ProcessGroup
  private let exit: FileDescriptor
  /// `exit` tells of an exit that cannot be waited for yet: the program is traced.
  private var exitIsAhead = false
  /// Its end, once it is being ended.
  private(set) var teardown: Teardown?

  /// Where no descriptor tells of the exit, it is looked for this often: milliseconds.
  static let pollInterval = 20

  init(_ group: ProcessGroup, exit: FileDescriptor) {
    self.group = group
    self.exit = exit
  }

  /// The process that is to be waited for.
  var id: pid_t { group.leader }

  /// What becomes readable at the exit, or -1 if it has to be looked for.
  var exitDescriptor: Int32 { exitIsAhead ? -1 : exit.number }

  /// Looks for the exit, which must not have been seen before. Returns the status, or nil.
  func lookForExit() -> TerminationStatus? { group.reapLeader() }

  /// The descriptor has told of an exit, and there was none yet.
  func exitIsToCome() { exitIsAhead = true }

  /// Ends it.
  ///
  /// - Parameters:
  ///   - outputs: The non-blocking pipes that it writes to.
  ///   - stdin: Its stdin, if it must not read the end of it.
  func end(outputs: [FileDescriptor], stdin: FileDescriptor?, now: Int) {
    teardown = Teardown(group, outputs: outputs, stdin: stdin, now: now)
  }

  /// Somebody has waited for it.
  func isReaped() { teardown?.leaderIsReaped = true }

  /// Milliseconds until it is to be looked at, although nothing tells of its exit; nil if there is no
  /// need.
  var untilLook: Int? { !exit.isOpen || exitIsAhead ? Self.pollInterval : nil }
}

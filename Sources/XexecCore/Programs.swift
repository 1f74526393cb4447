import CXexec

/// All that one process has started: its commands, and the groups of processes that have outlived
/// theirs.
final class Programs {
  private let freeSeat: @convention(c) (UnsafeMutableRawPointer?) -> Void
  /// Not what is forked from it, which may exit as well.
  private let process = getpid()
  private let takesHangup = xexec_is_default_action(SIGHUP)
  /// The first of those that are not closed.
  private var commands: ClientCommand?
  private var escorts: Escort?

  /// A group that is looked after until it is gone.
  private final class Escort {
    let teardown: Teardown
    /// What is kept until then.
    let seat: UnsafeMutableRawPointer?
    var dueAt: Int
    var next: Escort?

    init(_ teardown: Teardown, _ seat: UnsafeMutableRawPointer?, dueAt: Int, next: Escort?) {
      self.teardown = teardown
      self.seat = seat
      self.dueAt = dueAt
      self.next = next
    }
  }

  /// - Parameter freeSeat: Is called with what was kept for a group when that is gone.
  @_optimize(size)
  init(freeSeat: @convention(c) @escaping (UnsafeMutableRawPointer?) -> Void) {
    self.freeSeat = freeSeat
    // that would end the process at once, and SIGTERM does when its clients are gone
    if takesHangup { signal(SIGHUP) { _ in kill(getpid(), SIGTERM) } }
  }

  @_optimize(size)
  deinit {
    if takesHangup { xexec_set_default_action(SIGHUP) }
  }

  // MARK: - Commands

  func add(_ command: ClientCommand) {
    command.next = commands
    commands = command
  }

  @_optimize(size)
  func remove(_ command: ClientCommand) {
    if commands === command {
      commands = command.next
    } else {
      var other = commands
      // no "!==": in Embedded Swift it takes no optionals before 6.3
      while let current = other, !(current.next === command) { other = current.next }
      other?.next = command.next
    }
    command.next = nil
  }

  // MARK: - What outlives them

  /// Looks after a group from now on, and keeps a seat until it is gone.
  func escort(_ teardown: Teardown, seat: UnsafeMutableRawPointer?) {
    escorts = Escort(teardown, seat, dueAt: Clock.now(), next: escorts)
  }

  /// Looks after all of them. Returns the milliseconds until this has to be done again, or nil when
  /// nothing is left.
  @_optimize(size)
  func lookAfter(now: Int) -> Int? {
    var due: Int?
    var previous: Escort?
    var next = escorts
    while let escort = next {
      next = escort.next
      if now >= escort.dueAt {
        if let pause = escort.teardown.step(now: now) {
          escort.dueAt = now + pause
        } else {
          if let seat = escort.seat { freeSeat(seat) }
          if let previous { previous.next = next } else { escorts = next }
          continue
        }
      }
      due = min(due ?? escort.dueAt, escort.dueAt)
      previous = escort
    }
    return due.map { $0 - now }
  }

  // MARK: - The end

  /// The process leaves: ends all programs, and waits until they are gone, or cannot be ended.
  @_optimize(size) @inline(never)
  func end() {
    if getpid() != process { return }
    // all are told before the first is waited for
    while let command = commands {
      remove(command)
      command.depart()
    }
    while let escort = escorts {
      escort.teardown.wait()
      if let seat = escort.seat { freeSeat(seat) }
      escorts = escort.next
    }
  }
}

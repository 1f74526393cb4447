import CXexec

/// The descriptors that a run waits for, as one: an epoll(7) of its own, which can be watched like any
/// descriptor.
final class Readiness {
  /// Readable when ``events()`` has something to tell.
  let descriptor: FileDescriptor
  private var stdout = Slot()
  private var stderr = Slot()
  private var stdin = Slot()
  private var exit = Slot()
  private var hangup = Slot()
  private var isEmpty = true

  /// A descriptor, and the events that it tells of.
  private struct Slot {
    var number: Int32 = -1
    var reading: RunEvents = []
    var writing: RunEvents = []
  }

  /// - Throws: The errno, if the system has none left.
  init() throws(Errno) {
    descriptor = FileDescriptor(owning: epoll_create1(Int32(EPOLL_CLOEXEC)))
    if !descriptor.isOpen { throw Errno.last }
  }

  /// Waits for what a run waits for, and for a `hangup` of its client unless that is -1.
  @_optimize(size)
  func wait(for watch: RunWatch, hangup: Int32) {
    isEmpty = false
    // one descriptor has one entry. it may have changed its slot, so that entries go first.
    let isShared = watch.stdin >= 0 && watch.stdin == watch.stdout
    let stdin = isShared ? -1 : watch.stdin
    remove(&self.stdin, unless: stdin)
    remove(&stdout, unless: watch.stdout)
    remove(&stderr, unless: watch.stderr)
    remove(&exit, unless: watch.exit)
    remove(&self.hangup, unless: hangup)
    set(&stdout, Slot(number: watch.stdout, reading: .stdout, writing: isShared ? .stdin : []))
    set(&self.stdin, Slot(number: stdin, writing: .stdin))
    set(&stderr, Slot(number: watch.stderr, reading: .stderr))
    set(&exit, Slot(number: watch.exit, reading: .exit))
    set(&self.hangup, Slot(number: hangup, reading: .hangup))
  }

  /// Forgets the program's stdin, which may be closed now.
  func forgetStdin() { remove(&stdin, unless: -1) }

  private func remove(_ slot: inout Slot, unless number: Int32) {
    if slot.number < 0 || slot.number == number { return }
    epoll_ctl(descriptor.number, EPOLL_CTL_DEL, slot.number, nil)
    slot = Slot()
  }

  @inline(never)
  private func set(_ slot: inout Slot, _ wanted: Slot) {
    if wanted.number < 0 || (slot.number >= 0 && slot.writing == wanted.writing) { return }
    var event = epoll_event()
    if !wanted.reading.isEmpty { event.events |= EPOLLIN.rawValue }
    if !wanted.writing.isEmpty { event.events |= EPOLLOUT.rawValue }
    event.data.u32 = UInt32(wanted.reading.rawValue) << 8 | UInt32(wanted.writing.rawValue)
    epoll_ctl(
      descriptor.number, slot.number < 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, wanted.number, &event)
    slot = wanted
  }

  /// What has happened. An end, or an error, is there to be read and to be written to.
  func events() -> RunEvents {
    var events: RunEvents = []
    if isEmpty { return events }
    withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 5) { found in
      let count = epoll_wait(descriptor.number, found.baseAddress!, 5, 0)
      for index in 0..<max(0, Int(count)) {
        let event = found[index]
        let isEnd = event.events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
        if isEnd || event.events & EPOLLIN.rawValue != 0 {
          events.formUnion(RunEvents(rawValue: UInt8(truncatingIfNeeded: event.data.u32 >> 8)))
        }
        if isEnd || event.events & EPOLLOUT.rawValue != 0 {
          events.formUnion(RunEvents(rawValue: UInt8(truncatingIfNeeded: event.data.u32)))
        }
      }
    }
    return events
  }
}

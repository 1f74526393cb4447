import CXexec
import Testing

@testable import XexecCore

/// The core relies on SIGPIPE being ignored, as it is in every Dovecot process.
private let sigpipeIsIgnored: Void = {
  // SIG_IGN is a macro that Swift does not see
  let ignore = unsafeBitCast(1, to: (@convention(c) (Int32) -> Void)?.self)
  _ = signal(SIGPIPE, ignore)
}()

func ignoreSIGPIPE() { sigpipeIsIgnored }

/// How long anything may take that should take no time. Generous: machines are slow and shared.
let patience = 30_000

struct OutOfPatience: Error {}

/// Waits until something is so.
func waitUntil(_ what: String, _ isSo: () throws -> Bool) throws {
  let deadline = Clock.now() + patience
  while try !isSo() {
    if Clock.now() > deadline {
      Issue.record("waited in vain: \(what)")
      throw OutOfPatience()
    }
    poll(nil, 0, 10)
  }
}

/// Waits for events of poll(2). Returns which descriptors have any; those below 0 never have.
func wait(for descriptors: [(number: Int32, events: Int32)], timeout: Int) -> [Bool] {
  var polled = descriptors.map { pollfd(fd: $0.number, events: Int16($0.events), revents: 0) }
  poll(&polled, nfds_t(polled.count), Int32(timeout))
  return polled.map { $0.revents != 0 }
}

/// Whether there is any process in the group of this leader.
func groupExists(_ leader: Int32) -> Bool {
  // 0 and -1 would mean other processes altogether
  leader > 1 && kill(-leader, 0) == 0
}

/// Ends what a test leaves of a process group. (What it has orphaned may be a zombie for a while.)
func endGroup(_ leader: Int32) {
  guard leader > 1 else { return }
  kill(-leader, SIGKILL)
  while waitpid(leader, nil, 0) < 0 && xexec_errno() == EINTR {}
}

import CXexec

/// A program's process and the process group that it leads.
struct ProcessGroup {
  /// The process id of the leader, which is the id of the group too.
  let leader: pid_t

  /// Sends a signal to every process of the group.
  func signal(_ signal: Int32) {
    kill(-leader, signal)
  }

  /// Whether there is any process left in the group, a zombie included.
  ///
  /// Once the leader has been waited for, its number is kept from being used again only by what is
  /// left of the group. Linux gives out process ids in turn, so that a group which was seen alive a
  /// moment ago cannot have been replaced by another one.
  var exists: Bool {
    kill(-leader, 0) == 0 || xexec_errno() == EPERM
  }

  /// The status of the leader if it has exited, and nil if it has not. Must not be asked again
  /// after that.
  func reapLeader() -> TerminationStatus? {
    var status: Int32 = 0
    while true {
      let pid = waitpid(leader, &status, WNOHANG)
      if pid == leader { return TerminationStatus(waitStatus: status) }
      if pid == 0 { return nil }
      if xexec_errno() != EINTR { return .unknown }
    }
  }
}

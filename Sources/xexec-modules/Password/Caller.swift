import Glibc

/// The process at the other end of a service's socket.
enum Caller {
  /// The account that it had when it connected.
  ///
  /// - Parameter descriptor: The socket, which is a program's stdin.
  /// - Returns: nil if it is no local socket.
  static func account(of descriptor: Int32 = STDIN_FILENO) -> uid_t? {
    var credentials: (process: pid_t, user: uid_t, group: gid_t) = (0, 0, 0)
    var size = socklen_t(MemoryLayout.size(ofValue: credentials))
    let result = getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size)
    // of a TCP connection it knows nothing, and says so by process 0
    return result == 0 && credentials.process != 0 ? credentials.user : nil
  }

  /// Whether an account is the one of this name in the system's list.
  static func isAccount(_ account: uid_t, named name: String) -> Bool {
    guard let entry = getpwnam(name) else { return false }
    return entry.pointee.pw_uid == account
  }
}

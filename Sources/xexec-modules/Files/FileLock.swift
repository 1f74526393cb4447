import Glibc

/// An exclusive lock that all who change a file take: flock(2) on a file beside it. It goes when its
/// owner does, however that ends, so that nobody has to tidy up.
final class FileLock {
  private let descriptor: Int32

  /// Takes the lock, and waits for whoever holds it.
  ///
  /// - Parameters:
  ///   - path: The lock file. It is made if it is not there, and stays.
  ///   - timeout: How long to wait, in milliseconds.
  /// - Throws: ``SystemError``; with code `EWOULDBLOCK` if somebody else still holds it.
  convenience init(path: String, mode: mode_t = 0o600, timeout: Int = 10_000) throws(SystemError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode)
    if descriptor < 0 { throw SystemError("open", path) }
    try self.init(descriptor, path: path, timeout: timeout)
  }

  /// Takes the lock of an open file, which is closed with it.
  init(_ descriptor: Int32, path: String, timeout: Int) throws(SystemError) {
    self.descriptor = descriptor
    var left = timeout
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      if errno != EWOULDBLOCK || left <= 0 {
        throw SystemError("flock", path)  // deinit closes it
      }
      usleep(20_000)
      left -= 20
    }
  }

  deinit { close(descriptor) }
}

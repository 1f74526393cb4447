import Glibc

/// The lock that all who change a passwd-file take: flock(2) on a file beside it.
///
/// Who can open a file can hold its lock for ever. So the lock file is one that belongs to the
/// account that this runs as, or to the owner of the folder, and that no other may open. Whatever
/// else has its name (`flock` of root's made it, somebody gave it another mode) is replaced.
enum PasswdFileLock {
  /// Takes the lock, and waits for whoever holds it.
  ///
  /// - Parameters:
  ///   - path: The lock file. It is made if it is not there, and stays.
  ///   - timeout: How long to wait, in milliseconds.
  /// - Throws: ``SystemError``; with code `EWOULDBLOCK` if somebody else still holds it.
  static func take(_ path: String, timeout: Int = 10_000) throws(SystemError) -> FileLock {
    // a second round if it was replaced, a third if somebody else replaced it meanwhile
    for _ in 0..<5 {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
      if descriptor < 0 {
        let error = SystemError("open", path)
        // not even a file that cannot be opened is there: the folder is not for this account
        if !exists(path) { throw error }
        try replace(path)
        continue
      }
      giveToFolder(of: path, descriptor)
      if isOurs(descriptor, path) {
        let lock = try FileLock(descriptor, path: path, timeout: timeout)
        if isSame(descriptor, path) { return lock }
      } else {
        // an administrator who has not read how this is done may be at work
        let lock = try? FileLock(descriptor, path: path, timeout: timeout)
        try replace(path)
        withExtendedLifetime(lock) {}
      }
    }
    throw SystemError("flock", path, code: EWOULDBLOCK)
  }

  /// Takes away what is no lock file. All who do this come one after the other, by the lock of the
  /// folder, so that nobody takes away what another has just made. If that lock is held, this goes
  /// on without: better that than that nobody can change a password.
  private static func replace(_ path: String) throws(SystemError) {
    let folder = open(parent(of: path), O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    let lock = folder < 0 ? nil : try? FileLock(folder, path: path, timeout: 1000)
    defer { withExtendedLifetime(lock) {} }
    var status = stat()
    if lstat(path, &status) != 0 || isOurs(status, path) { return }
    let result = status.st_mode & S_IFMT == S_IFDIR ? rmdir(path) : unlink(path)
    if result != 0 && errno != ENOENT { throw SystemError("unlink", path) }
  }

  private static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// What root has just made is the folder's owner's, as it would be if that account had made it.
  private static func giveToFolder(of path: String, _ descriptor: Int32) {
    var file = stat()
    var folder = stat()
    guard geteuid() == 0, fstat(descriptor, &file) == 0, stat(parent(of: path), &folder) == 0,
      file.st_uid == 0, folder.st_uid != 0, file.st_mode & 0o077 == 0
    else { return }
    _ = fchown(descriptor, folder.st_uid, folder.st_gid)
  }

  private static func isOurs(_ descriptor: Int32, _ path: String) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && isOurs(status, path)
  }

  private static func isOurs(_ file: stat, _ path: String) -> Bool {
    var folder = stat()
    return stat(parent(of: path), &folder) == 0
      && file.st_mode & S_IFMT == S_IFREG && file.st_mode & 0o077 == 0 && file.st_nlink == 1
      && (file.st_uid == geteuid() || file.st_uid == folder.st_uid)
  }

  /// Whether a file that was opened is the one that is there now.
  private static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
    var opened = stat()
    var now = stat()
    return fstat(descriptor, &opened) == 0 && lstat(path, &now) == 0
      && opened.st_dev == now.st_dev && opened.st_ino == now.st_ino
  }

  private static func parent(of path: String) -> String {
    let end = path.lastIndex(of: "/") ?? path.startIndex
    return end == path.startIndex ? "/" : String(path[..<end])
  }
}

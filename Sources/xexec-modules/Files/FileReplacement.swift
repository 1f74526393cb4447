import Glibc

/// Replaces a file as a whole: readers see the old one or the new one, and a power cut or a kill in
/// the middle leaves the old one.
enum FileReplacement {
  /// Writes the octets to a new file beside the old one, syncs it, and renames it.
  ///
  /// The name of the new file is always the same: only the holder of the ``FileLock`` may be here,
  /// and what a killed one left is overwritten.
  ///
  /// - Parameters:
  ///   - path: The file. It need not exist.
  ///   - mode: Its permissions if it did not exist; else owner, group and permissions stay.
  ///   - temporary: The new file until it is complete, in the same folder; nil for `path` and `.new`.
  ///   - modified: Its time of modification; nil for now.
  /// - Throws: ``SystemError``. The old file is untouched then.
  static func replace(
    _ path: String, with octets: [UInt8], mode: mode_t, temporary: String? = nil,
    modified: timespec? = nil
  ) throws(SystemError) {
    let temporary = temporary ?? path + ".new"
    var isDone = false
    if unlink(temporary) != 0 && errno != ENOENT { throw SystemError("unlink", temporary) }
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if descriptor < 0 { throw SystemError("open", temporary) }
    defer {
      close(descriptor)
      if !isDone { unlink(temporary) }
    }

    try write(octets, to: descriptor, temporary)
    try copyOwner(of: path, to: descriptor, temporary, mode: mode)
    if let modified, futimens(descriptor, [modified, modified]) != 0 {
      throw SystemError("futimens", temporary)
    }
    if fsync(descriptor) != 0 { throw SystemError("fsync", temporary) }
    if rename(temporary, path) != 0 { throw SystemError("rename", path) }
    isDone = true
    syncFolder(of: path)
  }

  private static func write(
    _ octets: [UInt8], to descriptor: Int32, _ temporary: String
  ) throws(SystemError) {
    var written = 0
    while written < octets.count {
      let count = octets.withUnsafeBytes {
        let rest = UnsafeRawBufferPointer(rebasing: $0[written...])
        return Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
      if count >= 0 {
        written += count
      } else if errno != EINTR {
        throw SystemError("write", temporary)
      }
    }
  }

  /// Gives the new file the owner, group and permissions of the old one.
  private static func copyOwner(
    of path: String, to descriptor: Int32, _ temporary: String, mode: mode_t
  ) throws(SystemError) {
    var old = stat()
    var new = stat()
    if fstat(descriptor, &new) != 0 { throw SystemError("fstat", temporary) }
    if stat(path, &old) != 0 {
      if errno != ENOENT { throw SystemError("stat", path) }
      if fchmod(descriptor, mode) != 0 { throw SystemError("fchmod", temporary) }
      return
    }
    if (old.st_uid != new.st_uid || old.st_gid != new.st_gid)
      && fchown(descriptor, old.st_uid, old.st_gid) != 0
    {
      throw SystemError("fchown", temporary)
    }
    if fchmod(descriptor, old.st_mode & 0o7777) != 0 { throw SystemError("fchmod", temporary) }
  }

  /// The rename itself has to survive a power cut too.
  private static func syncFolder(of path: String) {
    let end = path.lastIndex(of: "/") ?? path.startIndex
    let folder = open(end == path.startIndex ? "/" : String(path[..<end]), O_RDONLY | O_CLOEXEC)
    if folder < 0 { return }
    fsync(folder)
    close(folder)
  }
}

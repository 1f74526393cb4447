import Glibc

/// A passwd-file on disk: read, and replaced as a whole under a lock.
struct PasswdFileStore {
  /// Where the file itself lies.
  private let path: String

  /// How long to wait for the lock, in milliseconds.
  private let patience: Int

  /// - Parameters:
  ///   - path: An absolute path. A symbolic link leads to the file, and stays.
  ///   - patience: How long to wait for the lock, in milliseconds.
  /// - Throws: ``ServerFault`` if there is no such file.
  init(path: String, patience: Int = 10_000) throws(ServerFault) {
    self.patience = patience
    guard let resolved = realpath(path, nil) else {
      throw ServerFault("the passwd-file: \(SystemError("realpath"))")
    }
    self.path = String(cString: resolved)
    free(resolved)
  }

  /// The password of a user as it is now. It throws if another could not be set.
  ///
  /// - Parameter name: As it stands in the file.
  func entry(of name: [UInt8]) throws -> [UInt8] {
    do {
      let file = try read().file
      return Array(file.octets[try file.password(of: name)])
    } catch {
      throw explain(error)
    }
  }

  /// Sets the password of a user. All that others have done to the file until then is kept, if they
  /// take the lock.
  ///
  /// - Parameters:
  ///   - hash: Without colon and line end.
  ///   - expected: What has to be there; nil for anything.
  /// - Returns: What was there. If that is not what is expected, nothing is changed.
  @discardableResult
  func setPassword(
    of name: [UInt8], to hash: [UInt8], inPlaceOf expected: [UInt8]? = nil
  ) throws -> [UInt8] {
    do {
      // hidden names, which no path that was made of a user's name can be
      let lock = try PasswdFileLock.take(hidden(".flock"), timeout: patience)
      defer { withExtendedLifetime(lock) {} }
      var (file, modified) = try read()
      let old = Array(file.octets[try file.password(of: name)])
      if expected != nil && old != expected { return old }
      try file.setPassword(of: name, to: hash)
      // Auth reads the file anew when its size or the second of its time differ
      // (auth/db-passwd-file.c). Hashes have one size: two changes in a second would be one to it.
      try FileReplacement.replace(
        path, with: file.octets, mode: 0o600, temporary: hidden(".new"),
        modified: timespec(tv_sec: max(time(nil), modified + 1), tv_nsec: 0))
      return old
    } catch {
      throw explain(error)
    }
  }

  /// Waits until auth goes by the file as it is now, for a second at most.
  ///
  /// Auth looks at it once in each second of the clock (auth/db-passwd-file.c): after a login in
  /// this one it could let the old password in, and not the new one, until the next.
  func waitForAuth() {
    var now = timespec()  // time(2) may be some ms behind
    clock_gettime(CLOCK_REALTIME, &now)
    var next = timespec(tv_sec: now.tv_sec + 1, tv_nsec: 10_000_000)
    while clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &next, nil) == EINTR {}
  }

  private func hidden(_ suffix: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    return "\(path.dropLast(name.count)).\(name)\(suffix)"
  }

  private func read() throws(SystemError) -> (file: PasswdFile, modified: time_t) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    if descriptor < 0 { throw SystemError("open") }
    defer { close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw SystemError("fstat") }
    if status.st_mode & S_IFMT != S_IFREG { throw SystemError("open", code: EINVAL) }

    var octets: [UInt8] = []
    // one copy of it, with room for a longer hash
    octets.reserveCapacity(Int(status.st_size) + 1024)
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count > 0 { octets += chunk[..<count] }
      if count == 0 { return (PasswdFile(octets), status.st_mtim.tv_sec) }
      if count < 0 && errno != EINTR { throw SystemError("read") }
    }
  }

  private func explain(_ error: any Error) -> any Error {
    switch error {
    case PasswdFile.Problem.noEntry, PasswdFile.Problem.noPassword:
      Refusal(.notPermitted, "The password of this account is not kept here.")
    case PasswdFile.Problem.severalEntries:
      ServerFault(
        user: ServerFault.notHere,
        "the user stands in the passwd-file more than once")
    case PasswdFile.Problem.damaged:
      ServerFault(
        user: ServerFault.notHere,
        "there is a NUL in the user's line of the passwd-file")
    case let error as SystemError where error.code == EWOULDBLOCK:
      ServerFault("the lock of the passwd-file is held by somebody else")
    default: ServerFault("the passwd-file: \(error)")
    }
  }
}

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
  /// - Throws: ``Refusal`` if there is no such file.
  init(path: String, patience: Int = 10_000) throws(Refusal) {
    self.patience = patience
    guard let resolved = realpath(path, nil) else {
      throw Refusal(Self.failure, because: SystemError("open", path))
    }
    self.path = String(cString: resolved)
    free(resolved)
  }

  /// The password of a user as it is now. It throws if another could not be set.
  ///
  /// - Parameters:
  ///   - name: As it stands in the file.
  ///   - others: How the user could be named there by mistake, and by which format.
  func entry(of name: [UInt8], orUnder others: [(format: String, name: [UInt8])] = [])
    throws(Refusal) -> [UInt8]
  {
    let file: PasswdFile
    do throws(SystemError) { file = try read().file } catch { throw explain(error) }
    do throws(PasswdFile.Problem) {
      return Array(file.octets[try file.password(of: name)])
    } catch {
      throw explain(
        error, name,
        foundBy: others.first { $0.name != name && file.hasLine(of: $0.name) }?.format)
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
  ) throws(Refusal) -> [UInt8] {
    var file: PasswdFile
    let modified: time_t
    let lock: FileLock
    do throws(SystemError) {
      // hidden names, which no path that was made of a user's name can be
      lock = try PasswdFileLock.take(hidden(".flock"), timeout: patience)
      (file, modified) = try read()
    } catch {
      throw explain(error)
    }
    defer { withExtendedLifetime(lock) {} }
    let old: [UInt8]
    do throws(PasswdFile.Problem) {
      old = Array(file.octets[try file.password(of: name)])
      if expected != nil && old != expected { return old }
      try file.setPassword(of: name, to: hash)
    } catch {
      throw explain(error, name)
    }
    do throws(SystemError) {
      // Auth reads the file anew when its size or the second of its time differ
      // (auth/db-passwd-file.c). Hashes have one size: two changes in a second would be one to it.
      try FileReplacement.replace(
        path, with: file.octets, mode: 0o600, temporary: hidden(".new"),
        modified: timespec(tv_sec: max(time(nil), modified + 1), tv_nsec: 0))
    } catch {
      throw explain(error)
    }
    return old
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
    if descriptor < 0 { throw SystemError("open", path) }
    defer { close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw SystemError("fstat", path) }
    if status.st_mode & S_IFMT != S_IFREG { throw SystemError("open", path, code: EINVAL) }

    var octets: [UInt8] = []
    // one copy of it, with room for a longer hash
    octets.reserveCapacity(Int(status.st_size) + 1024)
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count > 0 { octets += chunk[..<count] }
      if count == 0 { return (PasswdFile(octets), status.st_mtim.tv_sec) }
      if count < 0 && errno != EINTR { throw SystemError("read", path) }
    }
  }

  private static let failure = "The password cannot be changed now"

  private func explain(_ error: SystemError) -> Refusal { Refusal(Self.failure, because: error) }

  /// - Parameter format: By which the user would be found.
  private func explain(
    _ problem: PasswdFile.Problem, _ name: [UInt8], foundBy format: String? = nil
  ) -> Refusal {
    let name = String(decoding: name, as: UTF8.self)
    let elsewhere = "The password of this account is not kept here."
    return switch problem {
    case .noEntry:
      Refusal(
        .noUser, elsewhere,
        log: .warning(
          "\(path) has no line of \"\(name)\""
            + (format.map { "; there is one with --username-format \($0)" } ?? "")))
    case .noPassword:
      Refusal(
        .notPermitted, elsewhere,
        log: .warning("\(path): the line of \"\(name)\" has no password, or a locked one"))
    case .severalEntries: .passwordIsStuck("\(path) has more than one line of \"\(name)\"")
    case .damaged: .passwordIsStuck("\(path) has a NUL in the line of \"\(name)\"")
    }
  }
}

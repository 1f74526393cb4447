import Glibc

/// The folder where a user's lists and forwarding lie, and the Sieve scripts made from them.
///
///     .xexec/blacklist                    the user's settings, plain text
///     .xexec/sieve/20-blacklist.sieve     for the sieve_before setting of Pigeonhole
///     .xexec/.lock
///
/// Every change happens under one lock, settings first. Every command, one that only looks as well,
/// then installs the scripts that should be there: what a command did not get done that was killed
/// in between is mended by the next.
struct FilterFolder {
  /// The folder's absolute path.
  let path: String

  /// What the module keeps there, in the words of messages: "The server side blacklist for joe".
  let subject: String

  private let user: MailUser
  private let isInHome: Bool

  /// Files of a user's settings.
  enum Setting: String {
    case blacklist, whitelist, forwardmail
  }

  /// Finds the folder. Nothing is made.
  ///
  /// - Parameters:
  ///   - path: An absolute path, or one below the user's home.
  ///   - subject: What the module keeps there, as the start of a sentence.
  /// - Throws: ``Refusal`` if the user has no home and needs one.
  init(_ path: String, of user: MailUser, subject: String) throws(Refusal) {
    self.subject = subject
    self.user = user
    isInHome = !path.hasPrefix("/")
    if !isInHome {
      self.path = path
    } else if let home = user.home {
      self.path = "\(home)/\(path)"
    } else {
      throw Refusal(.misconfigured, "No home directory is known for \(user.name)")
    }
  }

  /// Calls `body` with the lock held.
  ///
  /// - Parameter creating: Whether the folder is made if it is not there. If not, and it is not
  ///   there, `body` is called without a lock: there is nothing to be locked.
  /// - Throws: ``Refusal`` (temporary) if the home is not there, the folder cannot be made, or the
  ///   lock is held by others for 10 seconds.
  func locked(creating: Bool, _ body: () throws(Refusal) -> Void) throws(Refusal) {
    if isInHome, let home = user.home, access(home, F_OK) != 0 {
      throw Refusal(
        .temporary, "The home directory of \(user.name) does not exist, try again later")
    }
    if creating {
      try makeFolder(path)
    } else if access(path, F_OK) != 0 && errno == ENOENT {
      return try body()
    }
    let lock: FileLock
    do { lock = try FileLock(path: "\(path)/.lock") } catch { throw cannot("be locked") }
    defer { withExtendedLifetime(lock) {} }
    try body()
  }

  /// Reads a setting.
  ///
  /// - Returns: The octets of the file, or nil if it is not there.
  /// - Throws: ``Refusal`` (temporary).
  func read(_ setting: Setting) throws(Refusal) -> [UInt8]? {
    try read("\(path)/\(setting.rawValue)")
  }

  /// Replaces a setting. The lock must be held.
  ///
  /// - Throws: ``Refusal`` (temporary). The old one is untouched then.
  func write(_ setting: Setting, _ octets: [UInt8]) throws(Refusal) {
    do {
      try FileReplacement.replace("\(path)/\(setting.rawValue)", with: octets, mode: 0o600)
    } catch {
      throw cannot("be written")
    }
  }

  /// What becomes of blacklisted mail, as the script says that is there.
  ///
  /// - Returns: Nil if none says it.
  /// - Throws: ``Refusal`` if it cannot be read.
  func readBlacklistAction() throws(Refusal) -> String? {
    try read(script(.blacklist)).flatMap(FilterScript.action(in:))
  }

  /// Makes a script what it should be, if it is not. The lock must be held.
  ///
  /// - Throws: ``Refusal`` (temporary). The old one is untouched then.
  func install(_ script: FilterScript) throws(Refusal) {
    let file = self.script(script.kind)
    let old = try read(file)
    if script.kind == .inbox { unlink("\(path)/sieve/\(Self.formerWhitelist)") }
    if old == script.octets || (old == nil && script.commands == nil) { return }
    try makeFolder("\(path)/sieve")
    do {
      try FileReplacement.replace(
        file, with: script.octets, mode: 0o600,
        modified: timespec(tv_sec: time(nil) + Self.compilationTime, tv_nsec: 0))
    } catch {
      throw cannot("be written")
    }
  }

  /// Seconds that a script is ahead of its time. Pigeonhole trusts a compiled script that is newer
  /// than the script (`sieve_file_script_binary_read_metadata`). A delivery that compiles the old
  /// one while it is replaced writes such a file: it must not pass for the new one's.
  private static let compilationTime = 10

  /// What a whitelist was before the blacklist's script looked at it. It would file into the INBOX.
  private static let formerWhitelist = "10-whitelist.sieve"

  private func script(_ kind: FilterScript.Kind) -> String { "\(path)/sieve/\(kind.rawValue)" }

  private func makeFolder(_ path: String) throws(Refusal) {
    if mkdir(path, 0o700) != 0 && errno != EEXIST { throw cannot("be written") }
  }

  private func read(_ file: String) throws(Refusal) -> [UInt8]? {
    // not to wait for whoever writes to it, should it be a FIFO
    let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 {
      if errno == ENOENT { return nil }
      throw cannot("be read")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw cannot("be read")
    }
    var octets: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count > 0 {
        octets += chunk[..<count]
      } else if count == 0 {
        return octets
      } else if errno != EINTR {
        throw cannot("be read")
      }
    }
  }

  private func cannot(_ what: String) -> Refusal {
    Refusal(.temporary, "\(subject) cannot \(what), try again later")
  }
}

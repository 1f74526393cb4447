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
///
/// All files here are ordinary ones: no symbolic link is followed, and nothing larger is read than a
/// module itself would write.
struct FilterFolder {
  /// Where it is if the administrator does not say otherwise.
  static let defaultPath = ".xexec"

  /// What is wrong with a path that is to be another, in the words of a message.
  static func fault(path: String) -> String? { path.isEmpty ? "--directory is empty" : nil }

  /// The folder's absolute path.
  let path: String

  /// What the module keeps there, in the words of messages: "The server side blacklist for joe".
  let subject: String

  private let user: MailUser
  /// The path below the home; nil for one that is elsewhere.
  private let pathInHome: String?

  /// Files of a user's settings.
  enum Setting: String {
    case blacklist, whitelist, forwardmail

    /// Octets that it may have. A list whose entries are all in a script has fewer by far.
    var maxSize: Int { self == .forwardmail ? 4096 : 2 << 20 }
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
    if path.hasPrefix("/") {
      pathInHome = nil
      self.path = path
    } else if let home = user.home {
      pathInHome = path
      self.path = "\(home)/\(path)"
    } else {
      throw Refusal(
        .misconfigured, "No home directory is known for \(user.name)",
        log: .error(
          "no HOME with an absolute path in the environment: the userdb has none for this user, or a "
            + "service does not pass it on (\"script -e HOME\")"))
    }
  }

  /// Calls `body` with the lock held.
  ///
  /// - Parameter creating: Whether the folder is made if it is not there, and the home too. If not,
  ///   and it is not there, `body` is called without a lock: there is nothing to be locked.
  /// - Throws: ``Refusal``: temporary, if the folder cannot be made, or the lock is held by others
  ///   for 10 seconds; misconfigured, if the folder is in the wrong place.
  func locked(creating: Bool, _ body: () throws(Refusal) -> Void) throws(Refusal) {
    if let home = user.home, let pathInHome {
      try checkHome(home, pathInHome)
      if creating { try makeHome(home) }
    }
    if creating {
      try makeFolder(path)
    } else if access(path, F_OK) != 0 && errno == ENOENT {
      return try body()
    }
    try checkFolder(path)
    let lock: FileLock
    do { lock = try FileLock(path: "\(path)/.lock") } catch { throw cannot("be locked", error) }
    defer { withExtendedLifetime(lock) {} }
    try body()
  }

  /// Reads a setting.
  ///
  /// - Returns: The octets of the file, or nil if it is not there.
  /// - Throws: ``Refusal``.
  func read(_ setting: Setting) throws(Refusal) -> [UInt8]? {
    guard let octets = try read("\(path)/\(setting.rawValue)", maxSize: setting.maxSize) else {
      return nil
    }
    guard octets.count <= setting.maxSize else {
      throw Refusal(
        .badData,
        "\(subject) cannot be read: the file \(setting.rawValue) is larger than it may be",
        log: .warning(
          "\(path)/\(setting.rawValue) has more than the \(setting.maxSize) octets that are read"))
    }
    return octets
  }

  /// Replaces a setting. The lock must be held.
  ///
  /// - Throws: ``Refusal`` (temporary). The old one is untouched then.
  func write(_ setting: Setting, _ octets: [UInt8]) throws(Refusal) {
    do {
      try FileReplacement.replace("\(path)/\(setting.rawValue)", with: octets, mode: 0o600)
    } catch {
      throw cannot("be written", error)
    }
  }

  /// What becomes of blacklisted mail, as the script says that is there.
  ///
  /// - Returns: Nil if none says it.
  /// - Throws: ``Refusal`` if it cannot be read.
  func readBlacklistAction() throws(Refusal) -> String? {
    try read(script(.blacklist), maxSize: FilterScript.maxSize).flatMap(FilterScript.action(in:))
  }

  /// Makes a script what it should be, if it is not. The lock must be held.
  ///
  /// - Throws: ``Refusal``. The old one is untouched then.
  func install(_ script: FilterScript) throws(Refusal) {
    let file = self.script(script.kind)
    let octets = script.octets
    if script.kind == .inbox { unlink("\(path)/sieve/\(Self.formerWhitelist)") }
    let old = try read(file, maxSize: FilterScript.maxSize)
    if old == octets || (old == nil && script.commands == nil) { return }
    try makeFolder("\(path)/sieve")
    do {
      try FileReplacement.replace(
        file, with: octets, mode: 0o600,
        modified: timespec(tv_sec: time(nil) + Self.compilationTime, tv_nsec: 0))
    } catch {
      throw cannot("be written", error)
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
    if mkdir(path, 0o700) != 0 && errno != EEXIST {
      throw cannot("be written", SystemError("mkdir", path))
    }
  }

  /// Makes the home and what is missing above it, with the rights that Dovecot gives them when it
  /// makes the first mailbox.
  private func makeHome(_ home: String) throws(Refusal) {
    if mkdir(home, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT else { throw cannot("be written", SystemError("mkdir", home)) }
    var folder = ""
    for name in home.split(separator: "/") {
      folder += "/\(name)"
      try makeFolder(folder)
    }
  }

  /// In a Maildir every folder whose name starts with a dot is one for mail, to a client.
  private func checkHome(_ home: String, _ pathInHome: String) throws(Refusal) {
    let isMaildir = ["cur", "new", "tmp"].allSatisfy { access("\(home)/\($0)", F_OK) == 0 }
    guard !pathInHome.hasPrefix(".") || !isMaildir else {
      throw .notSetUp(
        "the home \(home) is a Maildir, where a client could delete \(pathInHome) as a mail folder: "
          + "give another --directory, and sieve_before")
    }
  }

  private func checkFolder(_ path: String) throws(Refusal) {
    var status = stat()
    if lstat(path, &status) != 0 { throw cannot("be read", SystemError("lstat", path)) }
    guard status.st_mode & S_IFMT != S_IFLNK else {
      throw isOdd("the folder is a symbolic link", path)
    }
  }

  /// Reads a file, and no more than one octet above a size.
  ///
  /// - Returns: Nil if it is not there.
  private func read(_ file: String, maxSize: Int) throws(Refusal) -> [UInt8]? {
    // not to wait for whoever writes to it, should it be a FIFO
    let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    if descriptor < 0 {
      if errno == ENOENT { return nil }
      let error = SystemError("open", file)
      if error.code == ELOOP { throw isOdd("a file is a symbolic link", file) }
      throw cannot("be read", error)
    }
    defer { close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw cannot("be read", SystemError("fstat", file)) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw isOdd("a file is no ordinary file", file)
    }
    var octets = [UInt8](repeating: 0, count: min(Int(status.st_size), maxSize) + 1)
    var count = 0
    while count < octets.count {
      let result = octets.withUnsafeMutableBytes {
        let rest = UnsafeMutableRawBufferPointer(rebasing: $0[count...])
        return Glibc.read(descriptor, rest.baseAddress, rest.count)
      }
      if result > 0 {
        count += result
      } else if result == 0 {
        break
      } else if errno != EINTR {
        throw cannot("be read", SystemError("read", file))
      }
    }
    octets.removeLast(octets.count - count)
    return octets
  }

  private func cannot(_ what: String, _ error: SystemError) -> Refusal {
    Refusal("\(subject) cannot \(what)", because: error)
  }

  private func isOdd(_ reason: String, _ path: String) -> Refusal {
    Refusal(
      .misconfigured, "\(subject) cannot be used: \(reason)", log: .error("\(path): \(reason)"))
  }
}

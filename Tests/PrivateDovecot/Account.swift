import Glibc

/// The system accounts that take part in a private Dovecot.
struct Account: Sendable {
  /// A numeric user and group that own the homes and run the programs.
  let userID: uid_t
  let groupID: gid_t

  /// The names of the caller, if Dovecot has to run all of its processes as the caller.
  let rootless: (user: String, group: String)?

  /// Whether Dovecot runs without root's rights.
  var isRootless: Bool { rootless != nil }

  /// The accounts that fit the calling process.
  ///
  /// Root's Dovecot refuses to serve mail as root, so mail then belongs to a number that no account
  /// has; an ordinary user's Dovecot can only serve mail as that user.
  ///
  /// - Throws: ``KitError`` if an ordinary caller has no name, which Dovecot would not accept.
  static func current() throws -> Account {
    guard geteuid() != 0 else { return Account(userID: 54321, groupID: 54321, rootless: nil) }
    guard let user = getName({ getpwuid_r(geteuid(), $0, $1, $2, $3) }, \passwd.pw_name),
      let group = getName({ getgrgid_r(getegid(), $0, $1, $2, $3) }, \group.gr_name)
    else {
      throw KitError(.system, "user \(geteuid()) or group \(getegid()) has no name")
    }
    return Account(userID: geteuid(), groupID: getegid(), rootless: (user, group))
  }

  /// The user that Dovecot's authentication runs as, if it is another than the caller.
  static func authenticationUserID() throws -> uid_t? {
    guard geteuid() == 0 else { return nil }
    var entry = passwd()
    var buffer = [CChar](repeating: 0, count: 16384)
    var found: UnsafeMutablePointer<passwd>?
    getpwnam_r("dovecot", &entry, &buffer, buffer.count, &found)
    guard found != nil else { throw KitError(.system, "no user dovecot; install dovecot-core") }
    return entry.pw_uid
  }

  /// Calls one of the reentrant look-ups of the user database and takes a name from the answer.
  private static func getName<Entry>(
    _ lookUp: (
      UnsafeMutablePointer<Entry>, UnsafeMutablePointer<CChar>, Int,
      UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>
    ) -> Int32, _ name: (Entry) -> UnsafeMutablePointer<CChar>?
  ) -> String? {
    withUnsafeTemporaryAllocation(of: Entry.self, capacity: 1) { entry in
      withUnsafeTemporaryAllocation(of: CChar.self, capacity: 65536) { buffer in
        var found: UnsafeMutablePointer<Entry>?
        guard lookUp(entry.baseAddress!, buffer.baseAddress!, buffer.count, &found) == 0,
          let found, let name = name(found.pointee)
        else { return nil }
        return String(cString: name)
      }
    }
  }
}

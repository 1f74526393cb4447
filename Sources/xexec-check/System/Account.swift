import Glibc

/// An account of the system, as the kernel knows it: numbers.
struct Account: Hashable {
  let userID: uid_t
  let groupIDs: Set<gid_t>

  static let root = Account(userID: 0, groupIDs: [0])

  init(userID: uid_t, groupIDs: Set<gid_t>) {
    self.userID = userID
    self.groupIDs = groupIDs
  }

  /// The account that a setting names.
  ///
  /// - Parameters:
  ///   - user: A name, or a number.
  ///   - group: The same for its group; empty for the user's own group.
  ///   - extraGroups: Names of further groups. Ones that do not exist are left out.
  /// - Returns: nil if there is no such user or group.
  init?(user: String, group: String = "", extraGroups: [String] = []) {
    let entry = UInt32(user).map { getpwuid($0) } ?? getpwnam(user)
    guard let userID = UInt32(user) ?? entry?.pointee.pw_uid else { return nil }
    var groups: Set<gid_t> = []
    if !group.isEmpty {
      guard let groupID = Self.groupID(group) else { return nil }
      groups.insert(groupID)
    } else if let entry {
      groups.insert(entry.pointee.pw_gid)
    }
    groups.formUnion(extraGroups.compactMap(Self.groupID))
    self.init(userID: userID, groupIDs: groups)
  }

  /// Whether a service may have that user. Dovecot wants a name there, and no number.
  static func userExists(_ user: String) -> Bool { getpwnam(user) != nil }
  static func groupExists(_ group: String) -> Bool { getgrnam(group) != nil }

  static func groupID(_ group: String) -> gid_t? {
    UInt32(group) ?? getgrnam(group)?.pointee.gr_gid
  }

  static func name(ofUser userID: uid_t) -> String {
    getpwuid(userID).map { String(cString: $0.pointee.pw_name) } ?? String(userID)
  }

  static func name(ofGroup groupID: gid_t) -> String {
    getgrgid(groupID).map { String(cString: $0.pointee.gr_name) } ?? String(groupID)
  }

  /// Whether somebody else than root is in a group: nobody is in Debian's `staff` at first, which
  /// may write `/usr/local`.
  static func hasMembers(group groupID: gid_t) -> Bool {
    guard let entry = getgrgid(groupID) else { return true }
    var member = entry.pointee.gr_mem
    while let name = member?.pointee {
      if String(cString: name) != "root" { return true }
      member = member?.advanced(by: 1)
    }
    setpwent()
    defer { endpwent() }
    while let entry = getpwent() {
      if entry.pointee.pw_gid == groupID && entry.pointee.pw_uid != 0 { return true }
    }
    return false
  }

  var name: String { Self.name(ofUser: userID) }

  enum Access: mode_t {
    case read = 4
    case write = 2
    case execute = 1
  }

  /// Whether the permission bits allow the account an access. Access control lists are not looked
  /// at.
  func may(_ access: Access, _ file: FileStatus) -> Bool {
    if userID == 0 {
      return access != .execute || file.isFolder || file.permissions & 0o111 != 0
    }
    if file.userID == userID { return file.permissions >> 6 & access.rawValue != 0 }
    if groupIDs.contains(file.groupID) { return file.permissions >> 3 & access.rawValue != 0 }
    return file.permissions & access.rawValue != 0
  }
}

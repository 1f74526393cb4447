import Glibc

/// What the system knows of a file.
struct FileStatus {
  let path: String
  let userID: uid_t
  let groupID: gid_t
  private let mode: mode_t

  /// Asks the system, through symbolic links.
  ///
  /// - Parameter isLink: Whether a link itself is meant, and not where it leads.
  /// - Returns: nil if there is no such file, or it cannot be looked at; `errno` tells.
  init?(_ path: String, isLink: Bool = false) {
    var status = stat()
    if (isLink ? lstat(path, &status) : stat(path, &status)) != 0 { return nil }
    self.path = path
    (userID, groupID, mode) = (status.st_uid, status.st_gid, status.st_mode)
  }

  var permissions: mode_t { mode & 0o7777 }
  var isFolder: Bool { mode & S_IFMT == S_IFDIR }
  var isRegular: Bool { mode & S_IFMT == S_IFREG }
  var isSocket: Bool { mode & S_IFMT == S_IFSOCK }
  var isSetUserID: Bool { isRegular && permissions & (S_ISUID | S_ISGID) != 0 }
  /// Whether others than its owner and its group have rights of their own.
  var hasAccessList: Bool { ExtendedAttributes.has("system.posix_acl_access", path) }
  /// Only the owner of a file in the folder may remove or replace it.
  var isSticky: Bool { isFolder && permissions & S_ISVTX != 0 }
}

/// The first octets of a file, at most so many; nil if it cannot be read.
func readFile(_ path: String, limit: Int) -> [UInt8]? {
  // a FIFO would be waited for
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
  if descriptor < 0 { return nil }
  defer { close(descriptor) }
  return readAll(descriptor, limit: limit)
}

/// What can be read of a descriptor up to its end, or the first octets; nil if something went wrong.
func readAll(_ descriptor: Int32, limit: Int = .max) -> [UInt8]? {
  var octets: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65536)
  while octets.count < limit {
    let count = read(descriptor, &chunk, min(chunk.count, limit - octets.count))
    if count < 0 && errno == EINTR { continue }
    if count < 0 { return nil }
    if count == 0 { break }
    octets += chunk[..<count]
  }
  return octets
}

/// The same of a file that others may put another one in the place of, at any moment: nil if it is no
/// regular file.
func readRegularFile(_ path: String, limit: Int) -> [UInt8]? {
  // to be looked at: a device may do something when it is opened
  let found = open(path, pathOnly | O_CLOEXEC)
  if found < 0 { return nil }
  defer { close(found) }
  var status = stat()
  guard fstat(found, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
  return readFile("/proc/self/fd/\(found)", limit: limit)
}

/// `O_PATH` of open(2), which Swift's Glibc leaves out.
private let pathOnly: Int32 = 0o10_000_000

/// The names in a folder, sorted; none if it cannot be read.
func names(inFolder path: String) -> [String] {
  guard let folder = opendir(path) else { return [] }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names.sorted()
}

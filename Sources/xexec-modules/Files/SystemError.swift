import Glibc

/// An error number of the system, with the call that failed and the file that it was for.
struct SystemError: Error, CustomStringConvertible {
  let call: String
  let path: String?
  let code: Int32

  /// The error that the last call left in `errno`.
  init(_ call: String, _ path: String? = nil, code: Int32 = errno) {
    self.call = call
    self.path = path
    self.code = code
  }

  var description: String {
    "\(call)\(path.map { " \($0)" } ?? ""): \(String(cString: strerror(code)))"
  }

  /// Whether it stays as it is until somebody does something about it: a wrong path or owner, and no
  /// full disk.
  var isLasting: Bool {
    [
      EACCES, EEXIST, EINVAL, EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENOEXEC, ENOTDIR, ENXIO, EPERM,
      EROFS,
    ].contains(code)
  }
}

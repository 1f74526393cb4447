import CXexec

/// Why a program could not be started, in words that lead to the cause: the system's own mislead now
/// and then.
enum StartFailure {
  /// Appends the path, and what is wrong.
  @inline(never)
  static func describe(
    _ error: Errno, of path: UnsafePointer<CChar>, to text: inout OctetBuffer
  ) {
    text.append(forLog: path)
    text.append(": ")
    text.append(cString: strerror(error.code))
    if let hint = hint(error, path) {
      text.append(" (")
      text.append(hint)
      text.append(")")
    }
  }

  private static func hint(_ error: Errno, _ path: UnsafePointer<CChar>) -> StaticString? {
    switch error.code {
    case ENOENT where access(path, F_OK) == 0:
      return "the file is there, but not the interpreter behind its #!, or its lines end with CR LF"
    case ENOEXEC:
      return "a script needs #! and an interpreter in its first line"
    case EACCES where FileDescriptor(owning: xexec_open_directory(path)).isOpen:
      return "it is a folder"
    default:
      return nil
    }
  }
}

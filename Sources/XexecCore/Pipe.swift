import CXexec

/// A pipe between the server and a program.
struct Pipe {
  let reading: FileDescriptor
  let writing: FileDescriptor

  /// Makes a pipe. Throws the errno, such as EMFILE.
  init() throws(Errno) {
    var ends: (Int32, Int32) = (-1, -1)
    let made = withUnsafeMutablePointer(to: &ends) {
      $0.withMemoryRebound(to: Int32.self, capacity: 2) { pipe2($0, O_CLOEXEC) }
    }
    if made != 0 { throw Errno.last }
    let reading = FileDescriptor(owning: ends.0)
    let writing = FileDescriptor(owning: ends.1)
    self.reading = try reading.aboveStdio()
    self.writing = try writing.aboveStdio()
  }
}

/// A descriptor that is closed with its owner.
final class FileDescriptor {
  private(set) var number: Int32

  init(owning number: Int32) { self.number = number }

  deinit { close() }

  func close() {
    if number >= 0 { _ = CXexec.close(number) }
    number = -1
  }

  var isOpen: Bool { number >= 0 }

  /// Whether a folder can be entered: being there is not enough.
  var canBeEntered: Bool {
    isOpen && faccessat(number, ("." as StaticString).cString, X_OK, AT_EACCESS) == 0
  }

  /// Makes `read` and `write` return at once.
  func setNonblocking() throws(Errno) {
    if xexec_set_nonblocking(number) != 0 { throw Errno.last }
  }

  /// Reads what is there, a pipe's worth or so at most, and forgets it.
  func discard() {
    withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 1) { block in
      var blocks = 0
      while blocks < 64 && read(number, block.baseAddress, block.count) > 0 { blocks += 1 }
    }
  }

  /// This descriptor, or one above 2 in its place: those that become a program's stdin, stdout and
  /// stderr must not be among these numbers when they are put there one after the other.
  fileprivate func aboveStdio() throws(Errno) -> FileDescriptor {
    if number > 2 { return self }
    let moved = xexec_dup_above_stdio(number)
    if moved < 0 { throw Errno.last }
    return FileDescriptor(owning: moved)
  }
}

/// An error number of the system.
struct Errno: Error {
  let code: Int32

  static var last: Errno { Errno(code: xexec_errno()) }

  /// Throws if a function that returns an error number, as `posix_spawn` does, returned one.
  static func check(_ code: Int32) throws(Errno) {
    if code != 0 { throw Errno(code: code) }
  }
}

import Glibc

/// An error number of the system, with the name of the call that failed.
struct SystemError: Error, CustomStringConvertible {
  let call: String
  let code: Int32

  /// The error that the last call left in `errno`.
  init(_ call: String, code: Int32 = errno) {
    self.call = call
    self.code = code
  }

  var description: String { "\(call): \(String(cString: strerror(code)))" }
}

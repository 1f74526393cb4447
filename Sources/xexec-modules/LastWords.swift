import Glibc

/// What the client is told if a module fails as it never should: at a check of Swift's runtime, or
/// for want of memory. The runtime's own words are for those who can read the source, and go nowhere.
enum LastWords {
  /// Where a ``Refusal`` is written to, and nothing else.
  nonisolated(unsafe) private(set) static var stderr: Int32 = STDERR_FILENO

  private static let message: StaticString = "This module has failed, which is a fault of its own\n"

  /// Takes stderr for refusals, and the signals that a failing program ends by.
  static func prepare() {
    let copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10)
    let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
    if copy >= 0 && nowhere >= 0 {
      stderr = copy
      dup2(nowhere, STDERR_FILENO)
    }
    if nowhere >= 0 { close(nowhere) }
    for number in [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP] {
      signal(number) { _ in
        _ = write(
          LastWords.stderr, LastWords.message.utf8Start, LastWords.message.utf8CodeUnitCount)
        _exit(Refusal.Status.internalError.rawValue)
      }
    }
  }
}

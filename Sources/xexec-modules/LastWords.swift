import Glibc

/// What is said if a module fails as it never should: at a check of Swift's runtime, or for want of
/// memory. The runtime's own words are for those who can read the source, and go nowhere.
enum LastWords {
  /// Where a ``Refusal`` is written to, and nothing else.
  nonisolated(unsafe) private(set) static var stderr: Int32 = STDERR_FILENO

  /// As ``Refusal/report()`` does it. Text that is there before: nothing can be made any more then.
  nonisolated(unsafe) private static var isService = false
  private static let log: StaticString =
    "\u{05}[LOG] it ended by a check of its own, or for want of memory: a fault of xexec-modules\n"
  private static let message: StaticString = "This module has failed, which is a fault of its own\n"
  private static let statusOfService: StaticString = "\u{05}[STATUS 70] "

  /// Takes stderr for refusals, and the signals that a failing program ends by.
  static func prepare() {
    let copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10)
    let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
    if copy >= 0 && nowhere >= 0 {
      stderr = copy
      dup2(nowhere, STDERR_FILENO)
    }
    if nowhere >= 0 { close(nowhere) }
    isService = Output.isService
    for number in [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP] {
      signal(number) { _ in
        LastWords.write(LastWords.log, to: STDOUT_FILENO)
        if LastWords.isService { LastWords.write(LastWords.statusOfService, to: STDOUT_FILENO) }
        LastWords.write(
          LastWords.message, to: LastWords.isService ? STDOUT_FILENO : LastWords.stderr)
        _exit(LastWords.isService ? 0 : Refusal.Status.internalError.rawValue)
      }
    }
  }

  private static func write(_ text: StaticString, to descriptor: Int32) {
    _ = Glibc.write(descriptor, text.utf8Start, text.utf8CodeUnitCount)
  }
}

import Glibc

/// SIGTERM, held back so that a transfer can be given up in order, and the user be told what became
/// of the message.
struct Termination {
  private static let lookEvery: Int32 = 200  // milliseconds

  private let signals: sigset_t

  /// Holds SIGTERM back from now on.
  init() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    self.signals = signals
  }

  /// Whether SIGTERM has come.
  var isRequested: Bool {
    var pending = sigset_t()
    sigpending(&pending)
    return sigismember(&pending, SIGTERM) == 1
  }

  /// Waits until there is something to read from a descriptor, or its end.
  ///
  /// - Returns: False if SIGTERM came instead.
  func waitForInput(_ descriptor: Int32) -> Bool {
    var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while !isRequested {
      if poll(&polled, 1, Self.lookEvery) > 0 { return true }
    }
    return false
  }
}

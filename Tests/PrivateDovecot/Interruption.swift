import Foundation
import Synchronization

/// Ends the program in an orderly way on SIGINT, SIGTERM and SIGHUP, and when it takes too long:
/// Dovecot is stopped and its folder removed before the program goes.
///
/// Without it Dovecot would stop all the same, but only after the prompt of the caller's shell is
/// back.
public final class Interruption: Sendable {
  private enum State {
    /// There is nothing to stop.
    case idle
    /// A Dovecot starts or stops; a signal takes effect afterwards.
    case busy
    case running([PrivateDovecot])
    case interrupted
  }

  private let state = Mutex(State.idle)

  /// Starts to wait for the signals. To be called before there is another thread, which would
  /// otherwise take them.
  ///
  /// - Parameter timeLimit: The seconds that the program may take; `nil` for any time. When they
  ///   have passed it says so and ends with status 1.
  public init(timeLimit: Int? = nil) {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let waited = signals
    Thread.detachNewThread { [self] in
      let signal = Self.wait(for: waited, seconds: timeLimit)
      if let timeLimit, signal == nil {
        let text = "\nGiven up: it took longer than \(timeLimit) s.\n"
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
      }
      for dovecot in interrupt() { dovecot.stop() }
      exit(signal.map { 128 + $0 } ?? 1)
    }
  }

  /// Waits for one of the signals.
  ///
  /// - Returns: The signal; `nil` if the seconds have passed before.
  private static func wait(for signals: sigset_t, seconds: Int?) -> Int32? {
    var signals = signals
    guard let seconds else {
      var signal: Int32 = 0
      sigwait(&signals, &signal)
      return signal
    }
    let deadline = Deadline(in: .seconds(seconds))
    while !deadline.hasPassed {
      // in parts, because signals that nobody waits for may end a wait early
      var second = timespec(tv_sec: 1, tv_nsec: 0)
      let signal = sigtimedwait(&signals, nil, &second)
      if signal > 0 { return signal }
    }
    return nil
  }

  /// Starts a Dovecot that a signal stops from then on.
  public func watch(start: () throws -> PrivateDovecot) throws -> PrivateDovecot {
    try watchAll { [try start()] }[0]
  }

  /// Starts several that a signal stops from then on.
  public func watchAll(start: () throws -> [PrivateDovecot]) throws -> [PrivateDovecot] {
    set(.busy)
    do {
      let dovecots = try start()
      set(.running(dovecots))
      return dovecots
    } catch {
      set(.idle)
      throw error
    }
  }

  /// Ends the watch: from then on a signal only ends the program.
  ///
  /// - Parameter finish: What is done with Dovecot before that.
  public func letGo(_ finish: () -> Void) {
    set(.busy)
    finish()
    set(.idle)
  }

  /// Does not return if there was a signal: the program is about to end. To be called before an
  /// error is reported, which may only come of Dovecot's being stopped.
  public func waitIfInterrupted() {
    while state.withLock({ if case .interrupted = $0 { true } else { false } }) { pause() }
  }

  private func set(_ new: State) {
    waitIfInterrupted()
    state.withLock { $0 = new }
  }

  /// Notes the signal, once nothing starts or stops.
  ///
  /// - Returns: The Dovecots to stop.
  private func interrupt() -> [PrivateDovecot] {
    while true {
      let running: [PrivateDovecot]? = state.withLock { state in
        switch state {
        case .busy: return nil
        case .running(let dovecots):
          state = .interrupted
          return dovecots
        case .idle, .interrupted:
          state = .interrupted
          return []
        }
      }
      if let running { return running }
      usleep(10_000)
    }
  }
}

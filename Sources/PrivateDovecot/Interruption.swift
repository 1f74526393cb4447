import Foundation
import Synchronization

/// Ends the program in an orderly way on SIGINT, SIGTERM and SIGHUP: Dovecot is stopped and its
/// folder removed before the program goes.
///
/// Without it Dovecot would stop all the same, but only after the prompt of the caller's shell is
/// back.
public final class Interruption: Sendable {
  private enum State {
    /// There is nothing to stop.
    case idle
    /// A Dovecot starts or stops; a signal takes effect afterwards.
    case busy
    case running(PrivateDovecot)
    case interrupted
  }

  private let state = Mutex(State.idle)

  /// Starts to wait for the signals. To be called before there is another thread, which would
  /// otherwise take them.
  public init() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let waited = signals
    Thread.detachNewThread { [self] in
      var signals = waited
      var signal: Int32 = 0
      sigwait(&signals, &signal)
      interrupt()?.stop()
      exit(128 + signal)
    }
  }

  /// Starts a Dovecot that a signal stops from then on.
  public func watch(start: () throws -> PrivateDovecot) throws -> PrivateDovecot {
    set(.busy)
    do {
      let dovecot = try start()
      set(.running(dovecot))
      return dovecot
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

  /// Does not return if there was a signal: the program is about to end.
  private func waitIfInterrupted() {
    while state.withLock({ if case .interrupted = $0 { true } else { false } }) { pause() }
  }

  private func set(_ new: State) {
    waitIfInterrupted()
    state.withLock { $0 = new }
  }

  /// Notes the signal, once nothing starts or stops.
  ///
  /// - Returns: The Dovecot to stop.
  private func interrupt() -> PrivateDovecot? {
    while true {
      let (isDecided, dovecot): (Bool, PrivateDovecot?) = state.withLock { state in
        switch state {
        case .busy: return (false, nil)
        case .running(let dovecot):
          state = .interrupted
          return (true, dovecot)
        case .idle, .interrupted:
          state = .interrupted
          return (true, nil)
        }
      }
      if isDecided { return dovecot }
      usleep(10_000)
    }
  }
}

/// How a process ended (wait(2)).
enum TerminationStatus: Equatable {
  case exited(Int)
  case signalled(Int)
  /// Somebody else in the process has waited for it.
  case unknown

  /// Reads the status word of `waitpid(2)`.
  init(waitStatus: Int32) {
    let signal = Int(waitStatus & 0x7F)
    self = signal == 0 ? .exited(Int((waitStatus >> 8) & 0xFF)) : .signalled(signal)
  }

  /// Appends `exit status 3` or `signal SIGKILL`.
  func describe(to text: inout OctetBuffer) {
    switch self {
    case .exited(let status):
      text.append("exit status ")
      text.append(decimal: status)
    case .signalled(let signal):
      text.append("signal ")
      Signal.appendName(of: signal, to: &text)
    case .unknown:
      text.append("exit status unknown")
    }
  }
}

/// How a program ended: as wait(2) tells of a process, or as a service tells.
enum TerminationStatus: Equatable {
  case exited(Int)
  case signalled(Int)
  /// A service says no more than this.
  case failed
  /// The connection to the service ended before it said how the program did.
  case lost
  /// There was no connection to the service.
  case unreachable
  /// Somebody else in the process has waited for it.
  case unknown

  /// Reads the status word of `waitpid(2)`.
  init(waitStatus: Int32) {
    let signal = Int(waitStatus & 0x7F)
    self = signal == 0 ? .exited(Int((waitStatus >> 8) & 0xFF)) : .signalled(signal)
  }

  /// Appends `exit status 3`, `signal SIGKILL` or the like.
  @inline(never)
  func describe(to text: inout OctetBuffer) {
    switch self {
    case .exited(let status):
      text.append("exit status ")
      text.append(decimal: status)
    case .signalled(let signal):
      text.append("signal ")
      Signal.appendName(of: signal, to: &text)
    case .failed:
      text.append("failed")
    case .lost:
      text.append("connection to the service lost")
    case .unreachable:
      text.append("service unreachable")
    case .unknown:
      text.append("exit status unknown")
    }
  }
}

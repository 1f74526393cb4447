import CXexec

enum Signal {
  /// Appends the name of a signal, `SIGTERM`.
  static func appendName(of signal: Int, to text: inout OctetBuffer) {
    text.append("SIG")
    if let abbreviation = sigabbrev_np(Int32(signal)) {
      text.append(cString: abbreviation)
    } else if signal >= Int(xexec_sigrtmin()) {
      text.append("RTMIN+")
      text.append(decimal: signal - Int(xexec_sigrtmin()))
    } else {
      text.append(decimal: signal)
    }
  }
}

import CXexec

/// What a run can be told of. An event that has not happened does no harm, and one that is lost comes
/// again.
struct RunEvents: OptionSet {
  let rawValue: UInt8

  /// The program's stdout has something to read, or is closed.
  static let stdout = RunEvents(rawValue: 0x01)
  static let stderr = RunEvents(rawValue: 0x02)
  /// The program's stdin takes octets again, or the way to a service has become one.
  static let stdin = RunEvents(rawValue: 0x04)
  /// The program has exited.
  static let exit = RunEvents(rawValue: 0x08)
  /// The time has come that the run has asked for.
  static let timeout = RunEvents(rawValue: 0x10)
  /// There is something to see of the client's connection.
  static let hangup = RunEvents(rawValue: 0x20)
}

/// What a run waits for.
struct RunWatch {
  /// Descriptors, -1 where there is nothing to wait for. `stdin` may be the same as `stdout`.
  var stdout: Int32 = -1
  var stderr: Int32 = -1
  /// Until it is writable.
  var stdin: Int32 = -1
  var exit: Int32 = -1
  /// The process whose exit is waited for, or 0.
  var pid: pid_t = 0
  /// Milliseconds until the run wants the event, -1 = never.
  var timeout: Int32 = -1
  /// The name of a host that has to be looked up.
  var lookup: UnsafePointer<CChar>?
  /// A line of the client's is waited for.
  var client = false
  /// Nothing more will come.
  var finished = false
  /// The client has ended its sending side, and its time is up.
  var gone = false
}

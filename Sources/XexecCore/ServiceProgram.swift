import CXexec

/// A program behind a service: the way there, and what it sends at its end.
final class ServiceProgram {
  /// nil when there is a connection.
  private var connection: ServiceConnection?
  private var result = ServiceResult()
  /// When octets that may be the result are taken for output.
  private var releaseAt = 0

  init(_ connection: ServiceConnection) { self.connection = connection }

  // MARK: - The connection

  var isConnected: Bool { connection == nil }

  /// Does what there is to do for it.
  func connect(isReady: Bool, now: Int) -> ServiceConnection.Progress {
    guard let connection else { return .underWay }
    let progress = connection.step(isReady: isReady, now: now)
    if case .connected = progress { self.connection = nil }
    return progress
  }

  /// What becomes writable when there is something to do for the connection, or -1.
  var connectingDescriptor: Int32 { connection?.descriptor ?? -1 }

  /// The name of the host that somebody has to look up, or nil.
  var hostToLookUp: UnsafePointer<CChar>? { connection?.hostToLookUp }

  @_optimize(size)
  func lookedUp(
    _ addresses: UnsafeBufferPointer<UnsafePointer<CChar>?>, error: UnsafePointer<CChar>?, now: Int
  ) {
    connection?.lookedUp(addresses, error: error, now: now)
  }

  // MARK: - What it sends

  /// Takes what came. Passes on what cannot be the result.
  func take(
    _ octets: UnsafeBufferPointer<UInt8>, now: Int, passOn: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    result.take(octets, passOn: passOn)
    // whatever was held before, what is held now has come just now
    releaseAt = now + ServiceResult.holdPeriod
  }

  /// Passes on what has been held for long enough: it is output.
  func release(ifDue now: Int, passOn: (UnsafeBufferPointer<UInt8>) -> Void) {
    if result.heldCount > 0 && now >= releaseAt { result.release(passOn: passOn) }
  }

  /// The connection has ended: how the program did.
  func finish(passOn: (UnsafeBufferPointer<UInt8>) -> Void) -> TerminationStatus {
    result.finish(passOn: passOn)
  }

  /// Milliseconds until there is something to do; nil if there is nothing.
  func timeout(now: Int) -> Int? {
    connection?.timeout(now: now) ?? (result.heldCount > 0 ? releaseAt - now : nil)
  }
}

import CXexec

/// The way to a service: a name that is looked up, addresses that are tried, and five seconds for
/// all of it.
///
/// Dovecot's own program_client does the same, but exchanges data with programs that do not talk
/// back: it notices the end of one only when its input has ended too. And over TCP it speaks with
/// dots at the ends, which the `script` service does not.
final class ServiceConnection {
  /// How long all of it may take, in milliseconds.
  static let patience = 5000
  /// The queue of a listener is full: it is tried again this often.
  private static let pause = 100

  /// What has come of it.
  enum Progress {
    case underWay
    /// A non-blocking socket.
    case connected(FileDescriptor)
    /// Why there is none, for the log.
    case failed(UnsafePointer<CChar>)
  }

  private enum State {
    /// The next address is to be tried at a time.
    case attempt(at: Int)
    /// Somebody has to look up the host's name.
    case lookup
    /// The socket is writable when it is known what has become of it.
    case connecting(FileDescriptor)
    case over
  }

  private enum Target {
    case unix(path: OwnedCString)
    case tcp(host: OwnedCString, port: OwnedCString)
  }

  private let target: Target?
  /// Those of a host that are still to be tried, as numbers, the last one first.
  private var addresses: [OwnedCString] = []
  private var state: State
  private let deadline: Int
  /// It may still be watched, and so stays open.
  private var retired: FileDescriptor?
  /// Why the last attempt failed.
  private var reason = OctetBuffer()

  /// - Parameters:
  ///   - address: `unix:SOCKET` or `tcp:HOST:PORT`, variables expanded.
  ///   - baseDirectory: What SOCKET is relative to.
  init(to address: OwnedCString, baseDirectory: UnsafePointer<CChar>?, now: Int) {
    state = .attempt(at: now)
    deadline = now + ServiceConnection.patience
    target = ServiceConnection.target(address, baseDirectory)
    if case .tcp(let host, _)? = target { addresses = [host] }
    reason.append(target == nil ? "not HOST:PORT" : "still waiting")
  }

  /// The name of the host that somebody has to look up now, or nil.
  var hostToLookUp: UnsafePointer<CChar>? {
    if case .lookup = state, case .tcp(let host, _)? = target { return host.start }
    return nil
  }

  /// The name has been looked up.
  ///
  /// - Parameters:
  ///   - addresses: IP addresses, as numbers.
  ///   - error: Why there are none.
  @_optimize(size)
  func lookedUp(
    _ addresses: UnsafeBufferPointer<UnsafePointer<CChar>?>, error: UnsafePointer<CChar>?, now: Int
  ) {
    guard case .lookup = state else { return }
    for address in addresses.reversed() {
      if let address { self.addresses.append(OwnedCString(copying: address)) }
    }
    if let error { fail(error) }
    state = .attempt(at: now)
  }

  /// What becomes writable when there is something to do, or -1.
  var descriptor: Int32 {
    if case .connecting(let socket) = state { return socket.number }
    return -1
  }

  /// Milliseconds until there is something to do; nil when there never is again.
  func timeout(now: Int) -> Int? {
    switch state {
    case .over: return nil
    case .attempt(let time): return max(0, min(time, deadline) - now)
    case .lookup, .connecting: return max(0, deadline - now)
    }
  }

  /// Does what there is to do.
  ///
  /// - Parameter isReady: The descriptor is writable. Only then may it become another one.
  @_optimize(size)
  func step(isReady: Bool, now: Int) -> Progress {
    var isReady = isReady
    switch state {
    case .over: return .underWay
    case .attempt(let time) where now >= time:
      attempt(now: now)
      // nobody watches it yet, and a local one is connected at once
      isReady = true
    default: break
    }
    while isReady, case .connecting(let socket) = state {
      let error = xexec_connect_error(socket.number)
      if error == EINPROGRESS { break }
      if error == 0 {
        state = .over
        return .connected(socket)
      }
      // that was the only time the system tells of it
      fail(strerror(error))
      tryNextAddress()
    }
    if case .over = state { return .failed(reason.cString()) }
    if now < deadline { return .underWay }
    if case .connecting(let socket) = state { retired = socket }
    state = .over
    var late = OctetBuffer()
    late.append("no connection in ")
    late.append(decimal: ServiceConnection.patience)
    late.append(" ms (")
    late.append(reason.octets)
    late.append(")")
    reason = late
    return .failed(reason.cString())
  }

  @_optimize(size)
  private func attempt(now: Int) {
    guard case .unix(let path)? = target else {
      tryNextAddress()
      return
    }
    state = .over
    let socket = FileDescriptor(owning: xexec_connect_unix(path.start))
    if socket.isOpen {
      state = .connecting(socket)
      return
    }
    let error = xexec_errno()
    fail(strerror(error))
    if error == EAGAIN { state = .attempt(at: now + ServiceConnection.pause) }
  }

  @_optimize(size)
  private func tryNextAddress() {
    state = .over
    guard case .tcp(let host, let port)? = target else { return }
    while let address = addresses.popLast() {
      let socket = FileDescriptor(owning: xexec_connect_ip(address.start, port.start))
      if socket.isOpen {
        state = .connecting(socket)
        return
      }
      if socket.number == XEXEC_CONNECT_NO_ADDRESS && address === host {
        state = .lookup
        return
      }
      fail(strerror(xexec_errno()))
    }
  }

  private func fail(_ text: UnsafePointer<CChar>) {
    reason.removeAll()
    reason.append(cString: text)
  }

  /// Takes an address apart; nil if it is none. The settings were checked, but not what variables
  /// have brought.
  @_optimize(size)
  private static func target(
    _ address: OwnedCString, _ baseDirectory: UnsafePointer<CChar>?
  ) -> Target? {
    let all = octets(of: address.start)
    var text = OctetBuffer()
    if address.start[0] == 0x75 {  // unix:
      let path = UnsafeBufferPointer(rebasing: all[min(5, all.count)...])
      if path.first != UInt8(ascii: "/"), let baseDirectory {
        text.append(cString: baseDirectory)
        text.append("/")
      }
      text.append(path)
      return .unix(path: OwnedCString(&text))
    }
    var host = all[min(4, all.count)...]
    guard let colon = host.lastIndex(of: UInt8(ascii: ":")) else { return nil }
    let port = host[(colon + 1)...]
    host = host[..<colon]
    if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]"), host.count > 2 {
      host = host.dropFirst().dropLast()
    }
    if host.isEmpty || port.isEmpty || !port.allSatisfy(ASCII.isDigit) { return nil }
    text.append(UnsafeBufferPointer(rebasing: host))
    let name = OwnedCString(&text)
    text.removeAll()
    text.append(UnsafeBufferPointer(rebasing: port))
    return .tcp(host: name, port: OwnedCString(&text))
  }
}

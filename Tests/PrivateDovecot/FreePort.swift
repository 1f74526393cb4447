import Glibc

/// A TCP port of 127.0.0.1 on which nothing listens just now.
///
/// It is below the range from which the kernel gives ports to clients, so that no connection can
/// take it before Dovecot does. Another private Dovecot still can; the caller tries again then.
public func findFreePort() throws -> UInt16 {
  for _ in 0..<200 {
    let port = UInt16.random(in: 20_000..<32_000)
    let descriptor = socket(
      AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw systemError("socket") }
    defer { close(descriptor) }
    var reuse: Int32 = 1
    setsockopt(
      descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
    let bound = withSocketAddress(port: port) { bind(descriptor, $0, $1) }
    if bound == 0 { return port }
  }
  throw KitError(.system, "no free port on 127.0.0.1 between 20000 and 32000")
}

/// Lets a socket listen on a port of 127.0.0.1 that the kernel chooses.
///
/// - Returns: The port, or `nil` with `errno` set.
func listenAnywhere(_ listener: Int32) -> UInt16? {
  var address = sockaddr_in()
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  guard withSocketAddress(port: 0, { bind(listener, $0, $1) }) == 0, listen(listener, 50) == 0
  else { return nil }
  let result = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &size) }
  }
  return result == 0 ? UInt16(bigEndian: address.sin_port) : nil
}

/// Calls `body` with the address of a port of 127.0.0.1.
func withSocketAddress<Result>(
  port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  return withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
}

import CXexec
import Glibc
import Testing

@testable import XexecCore

/// A connection whose one end is the server's.
final class ClientSocket {
  let server: Int32
  private let descriptors: [FileDescriptor]

  init() throws {
    var ends: (Int32, Int32) = (-1, -1)
    let made = withUnsafeMutablePointer(to: &ends) {
      $0.withMemoryRebound(to: Int32.self, capacity: 2) {
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, $0)
      }
    }
    try #require(made == 0)
    server = ends.0
    descriptors = [FileDescriptor(owning: ends.0), FileDescriptor(owning: ends.1)]
  }

  func halfClose() { shutdown(descriptors[1].number, Int32(SHUT_WR)) }
  func close() { descriptors[1].close() }

  /// Writes until the server's end takes no more.
  func fill() {
    let block = [UInt8](repeating: 0, count: 4096)
    while Glibc.send(server, block, block.count, Int32(MSG_DONTWAIT)) > 0 {}
  }

  /// Reads all of it.
  func drain() {
    var block = [UInt8](repeating: 0, count: 4096)
    while recv(descriptors[1].number, &block, block.count, Int32(MSG_DONTWAIT)) > 0 {}
  }
}

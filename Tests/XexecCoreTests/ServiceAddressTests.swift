import Testing

@testable import XexecCore

@Suite("ServiceAddress")
struct ServiceAddressTests {
  private func isMeant(_ word: Octets) -> Bool {
    word.withBuffer { ServiceAddress.isMeant(by: $0) }
  }

  /// Why the address is none, or nil if it is one.
  private func failure(_ word: Octets) -> ServiceAddress.Failure? {
    word.withBuffer { word -> ServiceAddress.Failure? in
      do throws(ServiceAddress.Failure) {
        try ServiceAddress.check(word)
        return nil
      } catch {
        return error
      }
    }
  }

  @Test(
    "Addresses",
    arguments: [
      "unix:xexec-password", "unix:/run/x", "unix: ", "unix:%u", "unix:a:b", "tcp:host:1",
      "tcp:host:65535", "tcp:127.0.0.1:24", "tcp:[::1]:24", "tcp:%d:24", "tcp:%{userdb:host}:24",
      "tcp:host:0024",
    ] as [Octets])
  func good(word: Octets) {
    #expect(isMeant(word))
    #expect(failure(word) == nil)
  }

  @Test(
    "What is meant to be one, and is not",
    arguments: [
      ("unix:", .noSocket),
      ("tcp:", .noHost), ("tcp::", .noHost), ("tcp::24", .noHost),
      ("tcp:host", .noPort), ("tcp:host:", .noPort), ("tcp:24", .noPort), ("tcp:host:0", .noPort),
      ("tcp:host:65536", .noPort), ("tcp:host:99999999999999999999999", .noPort),
      ("tcp:host:-1", .noPort), ("tcp:host:+1", .noPort), ("tcp:host:1 ", .noPort),
      ("tcp:host:imap", .noPort), ("tcp:host:%p", .noPort), ("tcp:[::1]", .noPort),
    ] as [(Octets, ServiceAddress.Failure)])
  func bad(word: Octets, expected: ServiceAddress.Failure) {
    #expect(isMeant(word))
    #expect(failure(word) == expected)
  }

  @Test(
    "Other words",
    arguments: ["", "u", "unix", "tcp", "/unix:", "UNIX:x", " unix:x", "tls:h:1"]
      as [Octets])
  func others(word: Octets) {
    #expect(!isMeant(word))
  }
}

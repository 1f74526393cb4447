import Foundation
import PrivateDovecot
import Testing

/// The libcurl that the module `smtp` finds.
@Suite struct CurlTests {
  /// What Debian calls its three.
  private static let names = ["libcurl.so.4", "libcurl-gnutls.so.4", "libcurl-nss.so.4"]

  private static func isInstalled(_ name: String) -> Bool {
    guard let library = dlopen(name, RTLD_LAZY | RTLD_LOCAL) else { return false }
    dlclose(library)
    return true
  }

  /// A folder where libraries of some names are none.
  private static func broken(_ names: [String]) throws -> String {
    let folder = NSTemporaryDirectory() + uniqueWord()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    for name in names {
      try "no library\n".write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
    }
    return folder
  }

  @Test("Without one nothing is sent; the administrator is told why, and the client whom to tell")
  func none() throws {
    let libraries = try Self.broken(Self.names)
    defer { try? FileManager.default.removeItem(atPath: libraries) }
    let result = try SMTPRun(
      [SMTPRun.user, "joe@example.com"], message: Array("Subject: x\r\n\r\nx\r\n".utf8), relay: 1,
      libraries: libraries)
    #expect(result.status == 78)
    #expect(
      result.errorOutput == """
        [CONTACTADMIN] The server cannot send mail in this way. Nothing was sent.

        """)
    #expect(result.output == "")
    let line = try #require(result.logLines.first)
    #expect(line.contains("libcurl cannot be used: "))
    for name in Self.names { #expect(line.contains("\(name): file too short"), "\(line)") }
  }

  @Test("In the dialogue nobody is asked in vain")
  func dialogue() throws {
    let libraries = try Self.broken(Self.names)
    defer { try? FileManager.default.removeItem(atPath: libraries) }
    let result = try SMTPRun([], message: [], size: -1, relay: 1, libraries: libraries)
    #expect(result.status == 78)
    #expect(result.output == "" && result.logLines.count == 1)
  }

  @Test("Any of them will do", arguments: names)
  func other(name: String) throws {
    guard Self.isInstalled(name) else { return }
    let libraries = try Self.broken(Self.names.filter { $0 != name })
    defer { try? FileManager.default.removeItem(atPath: libraries) }
    let relay = try FaultRelay([:])
    defer { relay.stop() }
    let result = try SMTPRun(
      [SMTPRun.user, "joe@example.com"], message: Array("Subject: x\r\n\r\nx\r\n".utf8),
      relay: relay.port, libraries: libraries)
    #expect(result.status == 0, "\(result.errorOutput)")
    #expect(result.output.hasPrefix("Sent to 1 recipient: 250"))
  }
}

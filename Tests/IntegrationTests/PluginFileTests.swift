import Foundation
import PrivateDovecot
import Testing

/// The file that is installed: light, and closed to other plugins.
@Suite struct PluginFileTests {
  private func output(_ command: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: data, as: UTF8.self)
  }

  @Test("It needs no library but libc")
  func libraries() throws {
    let needed = try output(["readelf", "-d", PrivateDovecot.builtPlugin])
      .split(separator: "\n").filter { $0.contains("(NEEDED)") }
    #expect(needed.count == 1 && needed[0].contains("[libc.so.6]"), "\(needed)")
  }

  @Test("It exports what Dovecot looks for, and nothing else")
  func symbols() throws {
    let names = try output(["nm", "-D", "--defined-only", PrivateDovecot.builtPlugin])
      .split(separator: "\n").map { $0.split(separator: " ").last.map(String.init) ?? "" }
    #expect(
      Set(names) == ["xexec_plugin_init", "xexec_plugin_deinit", "xexec_plugin_version"])
  }

  @Test("It has at most 100 kB")
  func size() throws {
    let attributes = try FileManager.default.attributesOfItem(atPath: PrivateDovecot.builtPlugin)
    let size = try #require(attributes[.size] as? Int)
    #expect(size <= 100_000)
  }
}

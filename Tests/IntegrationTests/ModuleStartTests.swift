import Foundation
import PrivateDovecot
import Testing

/// What the programs of the modules say of themselves, and what they load.
@Suite struct ModuleStartTests {
  @Test("libcurl is not loaded at the start, nor any other library that only one module needs")
  func libraries() throws {
    let result = try modules([], environment: ["LD_TRACE_LOADED_OBJECTS": "1"])
    #expect(result.output.contains("libc.so.6"))
    for name in ["curl", "idn", "ssl", "gnutls"] {
      #expect(!result.output.contains("lib\(name)"), "\(result.output)")
    }
  }

  private func modules(
    _ words: [String], environment: [String: String] = [:]
  ) throws -> CommandResult {
    try run(
      [PrivateDovecot.modulesProgram] + words,
      environment: ["USER": "joe", "HOME": "/nonexistent"].merging(environment) { $1 },
      timeout: .seconds(60))
  }
}

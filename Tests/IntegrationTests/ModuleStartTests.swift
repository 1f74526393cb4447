import Foundation
import PrivateDovecot
import Testing

/// What the programs of the modules say of themselves, and what they load.
@Suite struct ModuleStartTests {
  @Test("--version is the one in the header")
  func version() throws {
    let header = try String(
      contentsOfFile: "\(PrivateDovecot.packageRoot)/CShim/include/xexec_version.h",
      encoding: .utf8)
    let version = try #require(header.firstMatch(of: /XEXEC_VERSION "(.+)"/)?.output.1)
    let result = try modules(["--version"])
    #expect(result.output == ["xexec-modules \(version)"])
    #expect(result.status == 0)
  }

  @Test(
    "A subcommand's help and its mistakes are shown as those of the whole program",
    arguments: ["blacklist", "whitelist", "forwardmail", "changepassword", "smtp"])
  func help(of command: String) throws {
    let help = try modules(["help", command])
    #expect(help.output.contains { $0.hasPrefix("USAGE: xexec-modules \(command) ") })
    #expect(help.status == 0)
    #expect(try modules([command, "--help"]).output == help.output)
    let mistake = try modules([command, "--nonsense"])
    #expect(mistake.status == 64)
    #expect(mistake.errorOutput.first?.hasPrefix("Error: ") == true)
    let text = mistake.errorOutput.joined(separator: "\n")
    #expect(text.contains("Usage: xexec-modules \(command) "))
    #expect(text.contains("See 'xexec-modules \(command) --help' for more"))
  }

  @Test("Without a -- nothing is run", arguments: ["blacklist", "blacklist --max-entries 5"])
  func noSeparator(words: String) throws {
    let result = try modules(words.split(separator: " ").map(String.init))
    #expect(result.status == 78)
    #expect(result.output.first?.contains("do not end with \"--\"") == true)
  }

  @Test("A standard stream that is closed: what is written to it is in no file")
  func closedStreams() throws {
    let home = "\(NSTemporaryDirectory())/\(uniqueWord())"
    defer { try? FileManager.default.removeItem(atPath: home) }
    for closed in [">&-", "<&- >&-", "<&- >&- 2>&-"] {
      let result = try run(
        [
          "/bin/sh", "-c", "exec \"$0\" blacklist -- add joe@example.com \(closed)",
          PrivateDovecot.modulesProgram,
        ],
        environment: ["USER": "joe", "HOME": home], timeout: .seconds(60))
      #expect(result.status == 0)
      #expect(try Data(contentsOf: URL(fileURLWithPath: "\(home)/.xexec/.lock")).isEmpty)
    }
  }

  @Test("A user name that is no UTF-8")
  func oddName() throws {
    let result = try run(
      [
        "/bin/sh", "-c", "USER=$(printf 'jo\\377') exec \"$0\" blacklist -- list",
        PrivateDovecot.modulesProgram,
      ], environment: ["HOME": "/nonexistent"], timeout: .seconds(60))
    #expect(result.output.hasPrefix("\u{05}[LOG] the user name is not valid UTF-8\n"))
  }

  @Test("libcurl is not loaded at the start, nor any other library that only one module needs")
  func libraries() throws {
    let result = try modules([], environment: ["LD_TRACE_LOADED_OBJECTS": "1"])
    let libraries = result.output.joined(separator: "\n")
    #expect(libraries.contains("libc.so.6"))
    for name in ["curl", "idn", "ssl", "gnutls"] {
      #expect(!libraries.contains("lib\(name)"), "\(libraries)")
    }
  }

  private func modules(
    _ words: [String], environment: [String: String] = [:]
  ) throws -> ModuleRun {
    try ModuleRun(
      words, environment: ["USER": "joe", "HOME": "/nonexistent"].merging(environment) { $1 })
  }
}

import Foundation
import Testing

@testable import xexec_check

/// A folder with programs and configuration files, and a Dovecot that is only described.
final class CheckedFolder {
  let path: String
  /// What doveconf would have told: the plugin is loaded, and nothing else is there.
  var configuration = DovecotConfiguration()
  var dovecotABI: String? = "2.3.ABIv19"
  var unit: SystemdUnit?

  init() throws {
    var template = Array("/tmp/xexec-check-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    chmod(path, 0o755)
    configuration.imapPlugins = ["xexec"]
    configuration.pluginFolder = "\(path)/modules"
    configuration.baseFolder = "\(path)/run"
    configuration.programsFolder = "/usr/lib/dovecot"
    configuration.internalGroup = "dovecot"
    configuration.services = [DovecotService(name: "imap", executable: "imap")]
    try add("modules/lib10_xexec_plugin.so", "\0\u{1}2.3.ABIv19(2.3.19.1)\0")
    // of others only the names count
    try add("modules/lib20_zlib_plugin.so", "")
    try add("modules/lib90_sieve_plugin.so", "")
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file.
  ///
  /// - Returns: Its path.
  @discardableResult
  func add(_ name: String, _ text: String, mode: mode_t = 0o644) throws -> String {
    try add(name, Array(text.utf8), mode: mode)
  }

  @discardableResult
  func add(_ name: String, _ octets: [UInt8], mode: mode_t = 0o644) throws -> String {
    let file = "\(path)/\(name)"
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(octets).write(to: URL(fileURLWithPath: file))
    try #require(chmod(file, mode) == 0)
    return file
  }

  /// Writes a sound program.
  @discardableResult
  func addProgram(_ name: String = "program") throws -> String {
    try add(name, "#!/bin/sh\n", mode: 0o755)
  }

  /// What the check says, `@` for the folder.
  ///
  /// - Parameters:
  ///   - plugin: The settings of `plugin { }`.
  ///   - main: The name of the configuration file, if there is one.
  ///   - users: Those who are checked as well.
  func lines(
    _ plugin: KeyValuePairs<String, String>, main: String? = nil, users: [UserRecord] = []
  ) -> [String] {
    lines(settings: plugin.map { ($0.key, $0.value) }, main: main, users: users)
  }

  func lines(
    settings: [(key: String, value: String)], main: String? = nil, users: [UserRecord] = []
  ) -> [String] {
    lines(.numbered(settings), main: main, users: users)
  }

  func lines(
    _ settings: ModuleSettings, main: String? = nil, users: [UserRecord] = []
  ) -> [String] {
    configuration.modules = settings
    var inspection = Inspection(
      configuration, files: ConfigurationFiles(main: main.map { "\(path)/\($0)" }),
      dovecotABI: dovecotABI, unit: unit)
    inspection.checkConfiguration()
    for user in users { inspection.check(user) }
    return inspection.findings.findings.map { $0.line.replacingOccurrences(of: path, with: "@") }
      // an ordinary user's files are that user's
      .filter { geteuid() == 0 || !$0.contains("owns @") }
  }
}

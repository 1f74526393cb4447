import Foundation
import PrivateDovecot

/// The home of a user with a blacklist.
struct ListedHome {
  /// Programs that show the list.
  enum Program: Int, CaseIterable {
    case module
    case script
    /// Does not, and is the least that a program can be.
    case `true`

    /// What the table calls it.
    var name: String {
      switch self {
      case .module: "xexec-modules"
      case .script: "a shell script"
      case .true: "/bin/true"
      }
    }

    /// How it is started.
    var arguments: [String] {
      switch self {
      case .module: [PrivateDovecot.modulesProgram, "blacklist", "--", "list"]
      case .script: ["/bin/sh", "\(PrivateDovecot.packageRoot)/Benchmarks/list.sh"]
      case .true: ["/bin/true"]
      }
    }
  }

  /// How many entries the list has.
  let entries: Int
  let path: String

  /// The environment of the programs.
  var environment: [String: String] {
    ["USER": "user@example.com", "HOME": path, "PATH": "/usr/bin:/bin"]
  }

  /// Makes it, calls `body`, and removes it.
  ///
  /// - Throws: ``KitError`` if the programs do not show the same.
  static func with<Result>(entries: Int, _ body: (ListedHome) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + "xexec-bench-\(UInt64.random(in: .min ... .max))"
    let home = ListedHome(entries: entries, path: path)
    let folder = "\(path)/.xexec"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let list = (1...entries).map { "sender\($0)@example.com\n" }.joined()
    try list.write(toFile: "\(folder)/blacklist", atomically: false, encoding: .utf8)
    // the first run makes the filter, which is not what is measured
    guard try home.output(of: .module) == home.output(of: .script) else {
      throw KitError(.protocolViolation, "the module and the script do not show the same list")
    }
    return try body(home)
  }

  private func output(of program: Program) throws -> String {
    let result = try run(program.arguments, environment: environment, timeout: .seconds(60))
    guard result.status == 0 else { throw KitError(.system, result.errorOutput) }
    return result.output
  }
}

import Foundation
import PrivateDovecot

/// The program of the modules run by itself, as the plugin or Dovecot's `script` service runs it.
struct ModuleRun {
  let status: Int32
  /// The lines of its stdout.
  let output: [String]
  /// The lines of its stderr.
  let errorOutput: [String]

  /// Runs it to its end, with nothing on stdin.
  ///
  /// - Parameters:
  ///   - words: Its arguments, all of them.
  ///   - environment: All of its environment but `PATH`.
  ///   - isBehindService: Whether its stdout is a socket.
  init(
    _ words: [String], environment: [String: String] = [:], isBehindService: Bool = false
  ) throws {
    var pair: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue)
    guard (isBehindService ? socketpair(AF_UNIX, type, 0, &pair) : pipe(&pair)) == 0 else {
      throw KitError(.system, "no pair of descriptors")
    }
    let process = Process()
    let errors = Pipe()
    let output = FileHandle(fileDescriptor: pair[0], closeOnDealloc: true)
    process.executableURL = URL(fileURLWithPath: PrivateDovecot.modulesProgram)
    process.arguments = words
    process.environment = environment.merging(["PATH": "/usr/bin:/bin"]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(fileDescriptor: pair[1], closeOnDealloc: true)
    process.standardError = errors
    try process.run()
    try (process.standardOutput as? FileHandle)?.close()
    self.output = Self.lines(try output.readToEnd())
    errorOutput = Self.lines(try errors.fileHandleForReading.readToEnd())
    process.waitUntilExit()
    status = process.terminationStatus
  }

  private static func lines(_ octets: Data?) -> [String] {
    String(decoding: octets ?? Data(), as: UTF8.self).split(separator: "\n").map(String.init)
  }
}

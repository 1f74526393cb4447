import Foundation
import PrivateDovecot

/// Runs imap under valgrind's callgrind, by a script that Dovecot starts instead of imap.
struct Callgrind {
  /// The path of the script.
  let script: String

  private let outputFolder: String

  /// Writes the script into the folder of a private Dovecot.
  ///
  /// Callgrind opens its file at the start, where imap may be root, and again at the end, where it is
  /// the mail user: it has to be there for both.
  init(in folder: PrivateFolder) throws {
    outputFolder = try folder.addSharedFolder(named: "callgrind")
    script = try folder.addProgram(
      named: "imap-under-callgrind",
      text: """
        #!/bin/sh
        (umask 0; : >'\(outputFolder)'/$$.out)
        exec valgrind --tool=callgrind --trace-children=no --vgdb=no -q \\
          --callgrind-out-file='\(outputFolder)/%p.out' --log-file='\(outputFolder)/%p.log' \\
          '\(PrivateDovecot.imapProgram)' "$@"

        """)
  }

  /// Waits until the only process under callgrind has ended.
  ///
  /// - Returns: How many instructions it took.
  func instructions(of dovecot: PrivateDovecot, during session: () throws -> Void) throws -> Int {
    let before = try outputs()
    try session()
    let deadline = ContinuousClock.now + .seconds(300)
    while dovecot.processTree().contains(where: { $0.commandLine.contains(outputFolder) }) {
      guard .now < deadline else { throw KitError(.timedOut, "imap under callgrind does not end") }
      usleep(10_000)
    }
    let counts = try outputs().subtracting(before).compactMap(Self.total)
    guard let count = counts.first, counts.count == 1 else {
      throw KitError(
        .system, "\(counts.count) counts of callgrind for one process\n\(dovecot.logText())")
    }
    return count
  }

  /// Runs a program under callgrind.
  ///
  /// - Parameter folder: Where there is room for callgrind's files.
  /// - Returns: How many instructions it took, with all programs that it ran.
  static func instructions(
    of arguments: [String], environment: [String: String], in folder: String
  ) throws -> Int {
    let folder = "\(folder)/\(UInt64.random(in: .min ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    let result = try run(
      [
        "/usr/bin/valgrind", "--tool=callgrind", "--trace-children=yes", "--vgdb=no", "-q",
        "--callgrind-out-file=\(folder)/%p.out",
      ] + arguments, environment: environment, timeout: .seconds(300))
    let counts = try outputs(in: folder).compactMap(total)
    guard result.status == 0, !counts.isEmpty else {
      throw KitError(.system, "\(arguments[0]) under callgrind: \(result.errorOutput)")
    }
    return counts.reduce(0, +)
  }

  private func outputs() throws -> Set<String> { try Self.outputs(in: outputFolder) }

  private static func outputs(in folder: String) throws -> Set<String> {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    return Set(names.filter { $0.hasSuffix(".out") }.map { "\(folder)/\($0)" })
  }

  /// The number in the line `totals: number`.
  private static func total(of file: String) -> Int? {
    guard let content = FileManager.default.contents(atPath: file) else { return nil }
    let lines = String(decoding: content, as: UTF8.self).split(separator: "\n")
    return lines.last { $0.hasPrefix("totals: ") }.flatMap { Int($0.dropFirst(8)) }
  }
}

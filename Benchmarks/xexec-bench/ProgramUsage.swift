import PrivateDovecot

/// What a program took that ran to its end; see `usage.c`.
struct ProgramUsage {
  /// CPU time, in its own code and in the kernel.
  let milliseconds: Double
  /// The most memory that was resident.
  let peakKilobytes: Double

  /// Runs a program.
  ///
  /// - Throws: ``KitError`` if it fails.
  init(of arguments: [String], environment: [String: String], _ tools: Tools) throws {
    let result = try run(
      [tools.usage] + arguments, environment: environment, timeout: .seconds(60))
    let figures = result.output.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
    guard result.status == 0, figures.count == 2 else {
      throw KitError(.system, "\(arguments.joined(separator: " ")): \(result.errorOutput)")
    }
    milliseconds = figures[0] / 1000
    peakKilobytes = figures[1]
  }
}

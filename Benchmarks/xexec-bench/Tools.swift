import Foundation
import PrivateDovecot

/// The files that the Makefile builds of the folder Benchmarks.
struct Tools {
  /// The plugin that does nothing; see `null_plugin.c`.
  let nullPlugin: String
  /// The plugin that loads plugins; see `loader_plugin.c`.
  let loaderPlugin: String
  /// The program behind the modules; see `program.c`.
  let program: String
  /// The program that tells what another one took; see `usage.c`.
  let usage: String

  /// Finds them in the folder that XEXEC_BENCH_TOOLS names.
  ///
  /// - Throws: ``KitError`` if one is not there.
  init() throws {
    let folder =
      ProcessInfo.processInfo.environment["XEXEC_BENCH_TOOLS"]
      ?? "\(PrivateDovecot.packageRoot)/.build/bench"
    func find(_ name: String) throws -> String {
      let path = "\(folder)/\(name)"
      guard FileManager.default.fileExists(atPath: path) else {
        throw KitError(.system, "no \(path); make bench builds it")
      }
      return path
    }
    nullPlugin = try find("lib10_bench_null_plugin.so")
    loaderPlugin = try find("lib10_bench_loader_plugin.so")
    program = try find("program")
    usage = try find("usage")
  }
}

import Foundation
import PrivateDovecot

/// What a run of the benchmark has found.
struct Report: Encodable {
  let machine: Machine
  let rows: [Row]
  /// Only if the memory was measured.
  let scale: Scale?

  /// Prints it.
  func tell() {
    say("\n\(Table(rows).text)")
    say("\nIn brackets: the least and the most if each tenth of the run is taken by itself.")
    if let scale { say("\n\(Table(scale).text)") }
    let virtual = machine.isVirtual ? ", virtual" : ""
    say(
      """

      Measured on \(machine.processor) (\(machine.processors) processors\(virtual), \
      \(machine.memoryMebibytes) MiB), \(machine.system), Linux \(machine.kernel), \
      Dovecot \(machine.dovecot); load \(machine.loadBefore) before, \(machine.loadAfter) after.
      """)
    let missed = rows.filter { $0.isMet == false }
    say(missed.isEmpty ? "\nAll bars are met." : "\nBars that are MISSED: \(missed.count)")
    for row in missed { say("  \(row.figure)") }
  }

  /// Writes it as JSON.
  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try encoder.encode(self).write(to: URL(fileURLWithPath: path))
    say("All of it is in \(path).")
  }
}

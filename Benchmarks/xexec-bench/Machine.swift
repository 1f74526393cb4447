import Foundation
import PrivateDovecot

/// What the figures were measured on.
struct Machine: Encodable {
  let processor: String
  let processors: Int
  let isVirtual: Bool
  let memoryMebibytes: Int
  let system: String
  let kernel: String
  let dovecot: String
  /// How many processes ran or wanted to in the last minute, before and after.
  let loadBefore: String
  let loadAfter: String
  let date: String

  /// Looks at this machine.
  ///
  /// - Parameter loadBefore: What ``load()`` was at the start.
  init(loadBefore: String) {
    let cpu = Self.text("/proc/cpuinfo")
    processor = Self.value("model name", ":", in: cpu)
    processors = ProcessInfo.processInfo.activeProcessorCount
    isVirtual = Self.value("flags", ":", in: cpu).split(separator: " ").contains("hypervisor")
    memoryMebibytes = Int(ProcessInfo.processInfo.physicalMemory >> 20)
    system = Self.value("PRETTY_NAME", "=", in: Self.text("/etc/os-release"))
      .replacingOccurrences(of: "\"", with: "")
    kernel = Self.text("/proc/sys/kernel/osrelease").trimmingCharacters(in: .whitespacesAndNewlines)
    let version = try? run(
      ["/usr/sbin/dovecot", "--version"], environment: ["PATH": "/usr/bin:/bin"],
      timeout: .seconds(60))
    dovecot = version?.output.trimmingCharacters(in: .whitespacesAndNewlines) ?? "unknown"
    self.loadBefore = loadBefore
    loadAfter = Self.load()
    date = ISO8601DateFormatter().string(from: Date())
  }

  /// The load average of the last minute.
  static func load() -> String { String(text("/proc/loadavg").prefix { $0 != " " }) }

  private static func text(_ path: String) -> String {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  private static func value(_ key: String, _ separator: Character, in text: String) -> String {
    let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
    let value = line?.split(separator: separator, maxSplits: 1).last ?? "unknown"
    return value.trimmingCharacters(in: .whitespaces)
  }
}

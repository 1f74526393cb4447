import Foundation

/// What a process uses, as `/proc` shows it.
public struct ProcessUsage: Sendable, Hashable {
  /// The memory that it has in use, with what it shares with others.
  public let residentKilobytes: Int
  /// The memory that it has written to, and that is not a file's: heap, stack and variables. A leak
  /// shows here.
  public let anonymousKilobytes: Int
  /// User and system time in clock ticks, a hundredth of a second each.
  public let cpuTicks: Int
  /// How many descriptors it has open.
  public let descriptors: Int

  /// Looks at a process.
  ///
  /// - Throws: ``KitError`` if it is gone, or belongs to another user and this one is not root.
  public init(of process: Int32) throws {
    let folder = "/proc/\(process)"
    guard let memory = readText("\(folder)/smaps_rollup"), let stat = readText("\(folder)/stat"),
      let nameEnd = stat.lastIndex(of: ")"),
      let open = try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/fd")
    else { throw KitError(.system, "\(folder): this process may not look at it, or it is gone") }
    residentKilobytes = Self.kilobytes("Rss", in: memory)
    anonymousKilobytes = Self.kilobytes("Anonymous", in: memory)
    let fields = stat[nameEnd...].split(separator: " ")
    cpuTicks = (Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0)
    descriptors = open.count
  }

  /// The number in the line `name:   number kB`.
  private static func kilobytes(_ name: String, in text: String) -> Int {
    let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
    return Int(line?.split(separator: " ").dropFirst().first ?? "") ?? 0
  }
}

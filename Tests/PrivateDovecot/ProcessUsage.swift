import Foundation
import Glibc

/// What a process uses, as `/proc` shows it.
public struct ProcessUsage: Sendable, Hashable {
  /// The memory that it has in use, with what it shares with others.
  public let residentKilobytes: Int
  /// The memory that it has written to, and that is not a file's: heap, stack and variables. A leak
  /// shows here.
  public let anonymousKilobytes: Int
  /// User and system time in clock ticks, a hundredth of a second each.
  public let cpuTicks: Int
  /// The descriptors that it has open, in order.
  public let descriptorNumbers: [Int]
  /// How many they are.
  public var descriptors: Int { descriptorNumbers.count }

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
    descriptorNumbers = open.compactMap { Int($0) }.sorted()
  }

  /// The limit of descriptors with which a process can open so many more.
  public func descriptorLimit(leaving spare: Int) -> Int {
    var unused = 0
    return (0...).first { number in
      if !descriptorNumbers.contains(number) { unused += 1 }
      return unused > spare
    } ?? 0
  }

  /// Looks at a process as soon as it has the same descriptors for a while: Dovecot gives some of
  /// them back a moment after a login, and a command its own a moment after its response.
  public static func settled(_ process: Int32) throws -> ProcessUsage {
    var usage = try ProcessUsage(of: process)
    for _ in 0..<50 {
      usleep(200_000)
      let next = try ProcessUsage(of: process)
      if next.descriptorNumbers == usage.descriptorNumbers { return next }
      usage = next
    }
    throw KitError(.timedOut, "process \(process): its descriptors change all the time")
  }

  /// The number in the line `name:   number kB`.
  private static func kilobytes(_ name: String, in text: String) -> Int {
    let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
    return Int(line?.split(separator: " ").dropFirst().first ?? "") ?? 0
  }
}

import Foundation

/// A process as `/proc` shows it.
public struct ProcessEntry: Sendable, Hashable {
  /// The process id.
  public let id: Int32
  /// The process id of the parent.
  public let parentID: Int32
  /// The process group.
  public let groupID: Int32
  /// The kernel's letter for the state: `R` running, `S` sleeping, `Z` a zombie, and so on.
  public let state: Character
  /// The program's name, cut at 15 octets by the kernel.
  public let name: String
  /// The arguments, separated by blanks; empty for a zombie.
  public let commandLine: String
  /// The working directory, or `nil` where this process may not see it.
  public let workingDirectory: String?

  /// Reads a process from `/proc`.
  ///
  /// - Returns: `nil` if there is no such process (any more).
  public init?(id: Int32) {
    // The name stands in parentheses and may itself hold blanks and parentheses.
    guard let stat = readText("/proc/\(id)/stat"),
      let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")")
    else { return nil }
    let fields = stat[stat.index(after: close)...].split(separator: " ")
    guard fields.count > 2, let parentID = Int32(fields[1]), let groupID = Int32(fields[2])
    else { return nil }
    self.id = id
    self.parentID = parentID
    self.groupID = groupID
    state = fields[0].first ?? "?"
    name = String(stat[stat.index(after: open)..<close])
    commandLine = (readText("/proc/\(id)/cmdline") ?? "")
      .split(separator: "\0").joined(separator: " ")
    workingDirectory = try? FileManager.default.destinationOfSymbolicLink(
      atPath: "/proc/\(id)/cwd")
  }

  /// Whether the process runs, that is, it exists and is no zombie.
  public var isAlive: Bool { state != "Z" && state != "X" }

  /// All processes of the machine that this process may see.
  public static func all() -> [ProcessEntry] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.sorted().compactMap { ProcessEntry(id: $0) }
  }

  /// A process and its descendants, the process itself first; empty if it does not exist.
  public static func tree(from root: Int32) -> [ProcessEntry] {
    let all = all()
    let children = Dictionary(grouping: all, by: \.parentID)
    var tree = all.filter { $0.id == root }
    var next = 0
    while next < tree.count {
      tree += children[tree[next].id] ?? []
      next += 1
    }
    return tree
  }
}

/// The text of a file, or `nil` if it cannot be read. Octets that are not UTF-8 are repaired.
func readText(_ path: String) -> String? {
  FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
}

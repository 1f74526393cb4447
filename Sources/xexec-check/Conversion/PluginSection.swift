import XexecCore

/// A `plugin { }`, which 2.4 does not have: its settings go to the top level, and those of one entry
/// into one block.
struct PluginSection {
  /// A setting, with the comment directly above.
  struct Chunk {
    var comments: [String]
    let setting: PluginSetting
    let node: ConfigurationNode
    /// What becomes of it, without its indent.
    var lines: [String] = []
    var number: Int?
  }

  private enum Item {
    /// Lines that stay, with their indent.
    case text([String])
    case blank
    case chunk(Chunk)
  }

  private var converter: Converter
  private let indent: String
  private var items: [Item] = []
  private var comments: [ConfigurationNode] = []

  init(converter: Converter, indent: String) {
    self.converter = converter
    self.indent = indent
  }

  mutating func addComment(_ text: String) { items.append(.text([indent + text])) }

  mutating func add(_ nodes: [ConfigurationNode]) {
    for node in nodes {
      if let setting = PluginSetting(node, isInPlugin: true) {
        add(setting, node)
        continue
      }
      switch node.kind {
      case .blank:
        leaveComments()
        items.append(.blank)
      case .comment: comments.append(node)
      case .include: leave(node, "include", "write what is in the file here")
      default: leave(node, "plugin", "it is no setting")
      }
    }
    leaveComments()
  }

  private mutating func leaveComments() {
    if !comments.isEmpty { items.append(.text(commentLines().map { indent + $0 })) }
  }

  private mutating func commentLines() -> [String] {
    defer { comments = [] }
    return comments.map { node in
      if case .comment(let text) = node.kind { text } else { "" }
    }
  }

  private mutating func add(_ setting: PluginSetting, _ node: ConfigurationNode) {
    var chunk = Chunk(comments: [], setting: setting, node: node)
    do throws(Converter.Unconvertible) {
      try converter.convert(&chunk)
      chunk.comments = commentLines() + converter.innerComments(node).map { trimmed($0) }
      items.append(.chunk(chunk))
    } catch {
      // what is switched off already can stay as it is
      if setting.isSwitchedOff {
        comments.append(node)
        return
      }
      leave(node, setting.key, error.reason)
    }
  }

  private mutating func leave(_ node: ConfigurationNode, _ subject: String, _ reason: String) {
    leaveComments()
    let left = converter.leave(node, subject, reason)
    items.append(.text(left.map { indent + trimmed($0) }))
  }

  private func trimmed(_ line: String) -> String { String(line.drop { $0 == " " || $0 == "\t" }) }

  /// - Returns: The lines that take the place of the section.
  mutating func finish(_ owner: inout Converter) -> [String] {
    gather()
    var lines: [String] = []
    var index = items.startIndex
    while index < items.endIndex {
      switch items[index] {
      case .text(let text): lines += text
      case .blank: lines.append("")
      case .chunk(let chunk):
        if let number = chunk.number {
          lines += block(number, from: &index)
          continue
        }
        lines += (chunk.comments + switched(chunk)).map { indent + $0 }
      }
      index += 1
    }
    owner = converter
    return lines
  }

  private func switched(_ chunk: Chunk) -> [String] {
    let lines = converter.with(chunk.setting.comment, chunk.lines)
    return chunk.setting.isSwitchedOff ? lines.map { "#\($0)" } : lines
  }

  /// The block of one entry, whose settings stand in a row from `index` on.
  private mutating func block(_ number: Int, from index: inout Int) -> [String] {
    var chunks: [Chunk?] = []
    while index < items.endIndex {
      if case .chunk(let chunk) = items[index], chunk.number == number {
        chunks.append(chunk)
      } else if case .blank = items[index], continues(number, behind: index) {
        chunks.append(nil)
      } else {
        break
      }
      index += 1
    }
    let all = chunks.compactMap { $0 }
    let isOff = all.allSatisfy(\.setting.isSwitchedOff)
    if !isOff { converter.order[converter.orderKey("xexec"), default: []].append(number) }
    let name = converter.entries.name(of: number, in: converter.scope.joined(separator: " ")) ?? ""
    var lines = ["xexec \(ValueText.name(name)) {"]
    for (position, chunk) in chunks.enumerated() {
      guard let chunk else {
        lines.append("")
        continue
      }
      if position > 0 { lines += chunk.comments.map { "  \($0)" } }
      let own = converter.with(chunk.setting.comment, chunk.lines)
      lines += own.map { chunk.setting.isSwitchedOff && !isOff ? "  #\($0)" : "  \($0)" }
    }
    lines.append("}")
    if isOff { lines = lines.map { "#\($0)" } }
    return (all[0].comments + lines).map { $0.isEmpty ? "" : indent + $0 }
  }

  /// Whether only blank lines stand between here and the next setting of the same entry.
  private func continues(_ number: Int, behind index: Int) -> Bool {
    for item in items[index...] {
      if case .blank = item { continue }
      if case .chunk(let chunk) = item { return chunk.number == number }
      return false
    }
    return false
  }

  /// Puts the settings of an entry together, at the place of the first one, and the entries into the
  /// order of their numbers.
  private mutating func gather() {
    var groups: [Int: [Item]] = [:]
    var slots: [Int] = []
    var kept: [Item] = []
    var lastNumber: Int?
    for (position, item) in items.enumerated() {
      guard case .chunk(let chunk) = item, let number = chunk.number else {
        if case .blank = item, let lastNumber, continues(lastNumber, behind: position) {
          groups[lastNumber]?.append(item)
          continue
        }
        lastNumber = nil
        kept.append(item)
        continue
      }
      lastNumber = number
      if groups[number] == nil {
        slots.append(kept.count)
        kept.append(.blank)
      }
      groups[number, default: []].append(item)
    }
    var numbers = groups.keys.sorted()[...]
    items = []
    for (position, item) in kept.enumerated() {
      if slots.contains(position), let number = numbers.popFirst() {
        items += groups[number] ?? []
      } else {
        items.append(item)
      }
    }
  }
}

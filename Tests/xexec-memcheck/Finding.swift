/// Something that valgrind found, with its stacks.
struct Finding {
  /// What it is.
  enum Kind {
    case error, leak, openDescriptor
  }

  /// What it is.
  let kind: Kind

  /// What valgrind says of it, line by line.
  let lines: [String]

  /// Whether one of the stacks goes through the plugin.
  let namesPlugin: Bool

  /// The functions of the stacks. The same place in the program has the same.
  let place: [String]

  /// Makes it of a paragraph of valgrind's log.
  ///
  /// - Returns: `nil` if there is no stack in it.
  init?(lines: [String]) {
    let frames = lines.filter(Self.isFrame)
    guard !frames.isEmpty else { return nil }
    self.lines = lines
    namesPlugin = frames.contains(where: Self.isInPlugin)
    // without "at 0x4C3A:", because addresses differ from process to process
    place = frames.map { String($0.drop { $0 != ":" }.dropFirst(2)) }
    let endings = [" definitely lost ", " indirectly lost ", " possibly lost "]
    if lines.contains(where: { line in endings.contains(where: line.contains) }) {
      kind = .leak
    } else if lines.contains(where: { $0.hasPrefix("Open ") }) {
      kind = .openDescriptor
    } else {
      kind = .error
    }
  }

  private static func isFrame(_ line: String) -> Bool {
    let line = line.drop { $0 == " " }
    return line.hasPrefix("at 0x") || line.hasPrefix("by 0x")
  }

  /// A frame is "at 0x4C3A: function (file.c:7)" or "by 0x4C3A: function (in /path/of/object)". The
  /// object is not named any more once the plugin is unloaded, so its functions count as well: the
  /// shim's by their prefixes, and Swift's by those of its mangled names, because nothing else in an
  /// imap process is Swift.
  private static func isInPlugin(_ frame: String) -> Bool {
    if frame.contains("xexec_plugin") { return true }
    guard let colon = frame.firstIndex(of: ":") else { return false }
    let function = frame[colon...].dropFirst(2).prefix { $0 != " " }
    return ["xexec_", "cmd_xexec", "$e", "$s", "swift_"].contains(where: function.hasPrefix)
      || function.contains("XexecCore")
  }
}

/// A value as it is written behind the `=` in a configuration file.
enum ValueText {
  /// In double quotes if Dovecot would read something else without them.
  ///
  /// - Parameter wasQuoted: A word with a `$` in front is itself, and names no other setting.
  static func written(_ text: String, wasQuoted: Bool = true) -> String {
    let isPlain =
      !text.contains("#") && !text.hasSuffix("\\") && !"<'\"".contains(text.first ?? " ")
      && text.first != " " && text.last != " " && text.first != "\t" && text.last != "\t"
      && !(wasQuoted && text.split(separator: " ").contains { $0.hasPrefix("$") })
    return isPlain || text.isEmpty ? text : quoted(text)
  }

  /// The name of a block.
  static func name(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy {
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0
        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || "-_.".utf8.contains($0)
    }
    return isPlain && !text.isEmpty ? text : quoted(text)
  }

  private static func quoted(_ text: String) -> String {
    "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }
}

/// A variable of Dovecot 2.4 in a setting, `%{user | default("a b")}`: where it ends, and what 2.3 would
/// have taken for one (lib-var-expand/var-expand-lexer.l, lib/var-expand.c of 2.3).
enum PipedVariable {
  /// Whether `%{` stands at `position`.
  static func begins(_ line: UnsafeBufferPointer<UInt8>, _ position: Int) -> Bool {
    position + 1 < line.count && line[position] == UInt8(ascii: "%")
      && line[position + 1] == UInt8(ascii: "{")
  }

  /// How many octets at `position` belong together: those of a variable, or of `%%{`, which is none to
  /// Dovecot; 0 if neither stands there.
  static func length(
    _ line: UnsafeBufferPointer<UInt8>, _ position: Int
  ) throws(WordSplitter.Failure) -> Int {
    guard line[position] == UInt8(ascii: "%") else { return 0 }
    if begins(line, position + 1) { return 3 }
    if begins(line, position) { return try closingBrace(line, position) + 1 - position }
    if let letter = oldVariable(line, position + 1) { throw .variable(hint(letter)) }
    return 0
  }

  /// Where the brace is that ends the variable at `position`. In quoted strings a backslash keeps the
  /// quote, and a brace is itself.
  private static func closingBrace(
    _ line: UnsafeBufferPointer<UInt8>, _ position: Int
  ) throws(WordSplitter.Failure) -> Int {
    var quote: UInt8?
    var index = position + 2
    while index < line.count {
      let octet = line[index]
      if let open = quote {
        if octet == open { quote = nil }
        if octet == UInt8(ascii: "\\") { index += 1 }
      } else if octet == UInt8(ascii: "}") {
        return index
      } else if octet == UInt8(ascii: "'") || octet == UInt8(ascii: "\"") {
        quote = octet
      }
      index += 1
    }
    throw .variable("a %{ is not closed")
  }

  /// The letter of 2.3's `%[OFFSET.]WIDTH MODIFIERS LETTER`.
  private static func oldVariable(
    _ line: UnsafeBufferPointer<UInt8>, _ position: Int
  ) -> UInt8? {
    var index = position
    while index < line.count, isWidth(line[index]) { index += 1 }
    while index < line.count, isModifier(line[index]) { index += 1 }
    guard index < line.count else { return nil }
    switch line[index] {
    case UInt8(ascii: "u"), UInt8(ascii: "n"), UInt8(ascii: "d"), UInt8(ascii: "s"),
      UInt8(ascii: "h"), UInt8(ascii: "l"), UInt8(ascii: "r"), UInt8(ascii: "p"),
      UInt8(ascii: "i"):
      return line[index]
    case UInt8(ascii: "%"):
      return index == position ? line[index] : nil
    default:
      return nil
    }
  }

  private static func isWidth(_ octet: UInt8) -> Bool {
    ASCII.isDigit(octet) || octet == UInt8(ascii: "-") || octet == UInt8(ascii: ".")
  }

  private static func isModifier(_ octet: UInt8) -> Bool {
    switch octet {
    case UInt8(ascii: "L"), UInt8(ascii: "U"), UInt8(ascii: "E"), UInt8(ascii: "X"),
      UInt8(ascii: "R"), UInt8(ascii: "H"), UInt8(ascii: "N"), UInt8(ascii: "M"),
      UInt8(ascii: "D"), UInt8(ascii: "T"):
      return true
    default:
      return false
    }
  }

  /// What to write instead; Dovecot 2.4 hands the old one on as it is, and says nothing.
  private static func hint(_ letter: UInt8) -> StaticString {
    switch letter {
    case UInt8(ascii: "u"): return "%u is none of Dovecot's variables any more: write %{user}"
    case UInt8(ascii: "n"):
      return "%n is none of Dovecot's variables any more: write %{user | username}"
    case UInt8(ascii: "d"):
      return "%d is none of Dovecot's variables any more: write %{user | domain}"
    case UInt8(ascii: "s"): return "%s is none of Dovecot's variables any more: write %{service}"
    case UInt8(ascii: "h"): return "%h is none of Dovecot's variables any more: write %{home}"
    case UInt8(ascii: "l"): return "%l is none of Dovecot's variables any more: write %{local_ip}"
    case UInt8(ascii: "r"): return "%r is none of Dovecot's variables any more: write %{remote_ip}"
    case UInt8(ascii: "p"):
      return "%p is none of Dovecot's variables any more: write %{process:pid}"
    case UInt8(ascii: "i"):
      return "%i is none of Dovecot's variables any more: write %{process:uid}"
    default: return "a percent sign is a single % in this Dovecot, and not %%"
    }
  }
}

/// A line of a program's output, and where the program writes it.
struct HostileLine: Sendable {
  /// The modules of ``ClientServer``, by what they do with the line.
  enum Module: String, Sendable {
    case stdout
    case stderr
    case prompt
    /// To stdout, with the tag of the client's command in the place of the word `TAG`.
    case tag
  }

  let module: Module
  let text: [UInt8]

  init(_ module: Module, _ text: [UInt8]) {
    self.module = module
    self.text = text
  }

  init(_ module: Module, _ text: String) {
    self.init(module, Array(text.utf8))
  }

  /// What the program writes.
  var octets: [UInt8] { (module == .prompt ? [0x05] : []) + text + [0x0a] }
}

extension HostileLine: CustomStringConvertible {
  /// The line for a person to read, without the middle of a long one.
  var description: String {
    let shown = text.count > 100 ? text.prefix(20) + Array("...".utf8) + text.suffix(60) : text[...]
    let signs = shown.map {
      (0x20..<0x7f).contains($0) ? String(UnicodeScalar($0)) : "\\x" + String($0, radix: 16)
    }
    return "\(module) \"\(signs.joined())\""
  }
}

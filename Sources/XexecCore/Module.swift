import CXexec

/// What a module name stands for: a program with its first arguments.
final class Module {
  /// The name as configured. It is an IMAP atom, and compared without regard to ASCII case.
  let name: OwnedCString
  /// `XEXEC=NAME`, as announced in the capability list.
  let capability: OwnedCString
  /// The program's absolute path and the arguments from the configuration, variables not expanded.
  let words: [OwnedCString]
  /// How long the program may work, in milliseconds; 0 = without limit.
  let timeLimit: UInt32

  enum Failure: Error {
    case noColon
    case noName
    case invalidName
    case noProgram
    case relativePath
    case words(WordSplitter.Failure)

    var reason: StaticString {
      switch self {
      case .noColon: return "no colon: an entry is module:program [argument ...]"
      case .noName: return "no module name before the colon"
      case .invalidName: return "the module name is not an IMAP atom"
      case .noProgram: return "no program behind the colon"
      case .relativePath: return "the program is not an absolute path"
      case .words(let failure): return failure.reason
      }
    }
  }

  /// Reads one entry, `module:program [argument ...]`.
  ///
  /// Not an initializer: Embedded Swift (6.3) does not free the object when one throws.
  static func read(entry: UnsafePointer<CChar>, timeLimit: UInt32) throws(Failure) -> Module {
    let (name, command) = try Module.splitAtColon(entry)
    let words: [OwnedCString]
    do {
      words = try WordSplitter.split(command)
    } catch {
      throw .words(error)
    }
    guard let program = words.first, program.start[0] != 0 else { throw .noProgram }
    if UInt8(bitPattern: program.start[0]) != UInt8(ascii: "/") { throw .relativePath }

    return Module(name: name, words: words, timeLimit: timeLimit)
  }

  private init(name: UnsafeBufferPointer<UInt8>, words: [OwnedCString], timeLimit: UInt32) {
    var copy = OctetBuffer()
    copy.append(name)
    self.name = OwnedCString(&copy)
    copy.removeAll()
    copy.append("XEXEC=")
    for octet in name { copy.append(ASCII.uppercased(octet)) }
    self.capability = OwnedCString(&copy)
    self.words = words
    self.timeLimit = timeLimit
  }

  /// Whether a client that writes `other` means this module.
  func isNamed(_ other: UnsafePointer<CChar>) -> Bool {
    ASCII.equalsIgnoringCase(octets(of: name.start), octets(of: other))
  }

  private static func splitAtColon(
    _ entry: UnsafePointer<CChar>
  ) throws(Failure) -> (name: UnsafeBufferPointer<UInt8>, command: UnsafeBufferPointer<UInt8>) {
    let all = octets(of: entry)
    var colon = 0
    while colon < all.count && all[colon] != UInt8(ascii: ":") { colon += 1 }
    if colon == all.count { throw .noColon }

    let name = UnsafeBufferPointer(rebasing: all[..<colon])
    if name.isEmpty { throw .noName }
    if !ASCII.isAtom(name) { throw .invalidName }
    return (name, UnsafeBufferPointer(rebasing: all[(colon + 1)...]))
  }
}

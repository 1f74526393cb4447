import CXexec

/// What a module name stands for: a program with its first arguments.
package final class Module {
  /// The name as configured. It is an IMAP atom, and compared without regard to ASCII case.
  package let name: OwnedCString
  /// `XEXEC=NAME`, as announced in the capability list.
  let capability: OwnedCString
  /// The program (an absolute path, or the address of a service) and the arguments from the
  /// configuration, variables not expanded.
  package let words: [OwnedCString]
  package let options: ModuleOptions

  enum Failure: Error {
    case noName
    case invalidName
    case noProgram
    case relativePath
    case address(ServiceAddress.Failure)
    case words(WordSplitter.Failure)

    var reason: StaticString {
      switch self {
      case .noName: return "no name of a module"
      case .invalidName: return "the module name is not an IMAP atom"
      case .noProgram: return "no program"
      case .relativePath:
        return "the program is neither an absolute path nor unix:SOCKET nor tcp:HOST:PORT"
      case .address(let failure): return failure.reason
      case .words(let failure): return failure.reason
      }
    }
  }

  /// Reads what is said of one module: its name, and the program with its first arguments.
  ///
  /// Not an initializer: Embedded Swift (6.3) does not free the object when one throws.
  static func read(
    name: UnsafeBufferPointer<UInt8>, command: UnsafeBufferPointer<UInt8>,
    variable: WordSplitter.VariableLength?, options: ModuleOptions
  ) throws(Failure) -> Module {
    if name.isEmpty { throw .noName }
    if !ASCII.isAtom(name) { throw .invalidName }
    let words: [OwnedCString]
    do {
      words = try WordSplitter.split(command, variable: variable)
    } catch {
      throw .words(error)
    }
    guard let program = words.first, program.start[0] != 0 else { throw .noProgram }
    let path = octets(of: program.start)
    if path[0] != UInt8(ascii: "/") {
      if !ServiceAddress.isMeant(by: path) { throw .relativePath }
      do {
        try ServiceAddress.check(path)
      } catch {
        throw .address(error)
      }
    }

    return Module(name: name, words: words, options: options)
  }

  private init(
    name: UnsafeBufferPointer<UInt8>, words: [OwnedCString], options: ModuleOptions
  ) {
    var copy = OctetBuffer()
    copy.append(name)
    self.name = OwnedCString(&copy)
    copy.removeAll()
    copy.append("XEXEC=")
    for octet in name { copy.append(ASCII.uppercased(octet)) }
    self.capability = OwnedCString(&copy)
    self.words = words
    self.options = options
  }

  /// Whether a client that writes `other` means this module.
  func isNamed(_ other: UnsafePointer<CChar>) -> Bool {
    ASCII.equalsIgnoringCase(octets(of: name.start), octets(of: other))
  }
}

import CXexec

/// What stands behind a command's name, as the IMAP parser has read it: a module, its arguments, and
/// maybe a literal that is still to come.
struct ClientArguments {
  /// A literal at the end of the line.
  struct Literal {
    let size: UInt64
    /// The client waits for a "+" before it sends it.
    let isSynchronizing: Bool
  }

  /// nil if there is none, or something that is no atom.
  let module: UnsafePointer<CChar>?
  let literal: Literal?
  private let rest: UnsafeBufferPointer<xexec_arg>

  /// - Parameter all: The last one is that of a list that was not closed.
  init(_ all: UnsafeBufferPointer<xexec_arg>) {
    var rest = all[...]
    if let last = rest.last, last.isLiteral {
      literal = Literal(size: last.size, isSynchronizing: last.type == XEXEC_ARG_LITERAL)
      rest = rest.dropLast()
    } else {
      literal = nil
    }
    module = rest.first.flatMap(ClientArguments.module)
    if module != nil { rest = rest.dropFirst() }
    self.rest = UnsafeBufferPointer(rebasing: rest)
  }

  /// The name of a module, if that is one. The parser has taken more for an atom than IMAP does.
  static func module(_ arg: xexec_arg) -> UnsafePointer<CChar>? {
    guard arg.type == XEXEC_ARG_ATOM, let name = arg.string, ASCII.isAtom(octets(of: name)) else {
      return nil
    }
    return name
  }

  /// The arguments behind the module; nil if there is one that can be none of a program: a list, NIL,
  /// or one with a NUL in it.
  func strings() -> [OwnedCString]? {
    var strings: [OwnedCString] = []
    for arg in rest {
      guard arg.type == XEXEC_ARG_ATOM || arg.type == XEXEC_ARG_STRING, let string = arg.string
      else { return nil }
      strings.append(OwnedCString(copying: string))
    }
    return strings
  }
}

extension xexec_request {
  var arguments: ClientArguments {
    ClientArguments(UnsafeBufferPointer(start: args, count: args_count))
  }
}

extension xexec_arg {
  /// nil if there is a NUL in it.
  fileprivate var string: UnsafePointer<CChar>? {
    guard let octets, strlen(octets) == size else { return nil }
    return octets
  }

  fileprivate var isLiteral: Bool {
    type == XEXEC_ARG_LITERAL || type == XEXEC_ARG_LITERAL_NONSYNC
  }
}

extension ModuleTable {
  /// Whether literals behind this first argument are left to the client: its module takes one as its
  /// program's stdin.
  func takesLiteral(_ first: xexec_arg) -> Bool {
    ClientArguments.module(first).flatMap(module(named:))?.options.stdin == .literal
  }
}

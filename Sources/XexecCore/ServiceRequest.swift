import CXexec

/// What a service is sent ahead of a program's stdin: how Dovecot's `script` service is asked to run
/// its program (util/script.c, lib-program-client/program-client-remote.c).
///
/// A line each: the protocol's version, `env_NAME=VALUE` for the environment, `-` (the result is
/// wanted), the arguments, and an empty one at the end.
struct ServiceRequest: ~Copyable {
  private(set) var lines = OctetBuffer()

  /// - Parameters:
  ///   - arguments: The program's arguments, behind those that the service has itself.
  ///   - environment: `NAME=VALUE` strings. The service passes on those that it is told to.
  @_optimize(size)
  init(arguments: ArraySlice<OwnedCString>, environment: [OwnedCString]) {
    lines.append("VERSION\tscript\t4\t0\n")
    for entry in environment where ServiceRequest.isPlain(entry) {
      lines.append("env_")
      lines.append(cString: entry.start)
      lines.append(ASCII.lineFeed)
    }
    lines.append("-\n")
    for argument in arguments { append(argument) }
    lines.append(ASCII.lineFeed)
  }

  /// `script` of Dovecot 2.3 misreads an environment entry that has to be escaped.
  private static func isPlain(_ entry: OwnedCString) -> Bool {
    for octet in octets(of: entry.start) where escape(for: octet) != nil { return false }
    return true
  }

  /// Appends an argument in the form of `str_append_tabescaped()` (lib/strescape.c).
  @_optimize(size)
  @inline(never)
  private mutating func append(_ argument: OwnedCString) {
    let text = octets(of: argument.start)
    if text.isEmpty {
      // an empty line would be the end; a NUL is the end of an empty string
      lines.append(ServiceRequest.escapeOctet)
      lines.append(UInt8(ascii: "0"))
    }
    for octet in text {
      if let letter = ServiceRequest.escape(for: octet) {
        lines.append(ServiceRequest.escapeOctet)
        lines.append(letter)
      } else {
        lines.append(octet)
      }
    }
    lines.append(ASCII.lineFeed)
  }

  private static let escapeOctet: UInt8 = 0x01

  private static func escape(for octet: UInt8) -> UInt8? {
    switch octet {
    case escapeOctet: return UInt8(ascii: "1")
    case ASCII.tab: return UInt8(ascii: "t")
    case ASCII.carriageReturn: return UInt8(ascii: "r")
    case ASCII.lineFeed: return UInt8(ascii: "n")
    default: return nil
    }
  }
}

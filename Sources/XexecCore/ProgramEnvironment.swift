import CXexec

/// The environment of a program: what it needs to know, and nothing of Dovecot's own.
struct ProgramEnvironment {
  /// `NAME=VALUE` strings.
  private(set) var entries: [OwnedCString] = []

  /// Where programs are looked for when the server has no PATH of its own.
  private static let defaultPath: StaticString =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// What a program is told of the user and the command.
  @inline(never)
  init(request: xexec_request, module: Module, literalSize: UInt64? = nil) {
    add("HOME=", ifKnown: request.home)
    add("USER=", ifKnown: request.username)
    add("LOCAL_IP=", ifKnown: request.local_ip)
    add("IP=", ifKnown: request.remote_ip)
    add("XEXEC_MODULE=", module.name.start)
    if let literalSize { add("XEXEC_LITERAL_SIZE=", literalSize) }
  }

  /// Adds what a program of this machine is told of the machine.
  mutating func addMachine() {
    if let path = getenv(("PATH" as StaticString).cString) {
      add("PATH=", path)
    } else {
      add(ProgramEnvironment.defaultPath, nil)
    }
    add("TZ=", ifKnown: getenv(("TZ" as StaticString).cString))
  }

  @inline(never)
  private mutating func add(_ name: StaticString, _ number: UInt64) {
    var entry = OctetBuffer()
    entry.append(name)
    entry.append(decimal: Int(clamping: number))
    entries.append(OwnedCString(&entry))
  }

  private mutating func add(_ name: StaticString, ifKnown value: UnsafePointer<CChar>?) {
    if let value { add(name, value) }
  }

  @inline(never)
  private mutating func add(_ name: StaticString, _ value: UnsafePointer<CChar>?) {
    var entry = OctetBuffer()
    entry.append(name)
    if let value { entry.append(cString: value) }
    entries.append(OwnedCString(&entry))
  }
}

import PrivateDovecot

/// A private Dovecot that takes many connections.
struct Server {
  let dovecot: PrivateDovecot
  /// The path of the program that the module `repeat` runs.
  let program: String

  /// How many descriptors Dovecot's services may want: about two for each connection, and Dovecot
  /// warns if it could have fewer than its settings allow it to use.
  static func descriptors(connections: Int) -> Int { 4 * connections + 1000 }

  /// Has malloc give back what is free, and keep little for later. Otherwise its caches, and gaps
  /// that fill by and by where many programs run at a time, would pass for growth.
  private static let tunables = [
    "tcache_count=0", "mmap_threshold=8192", "trim_threshold=0", "top_pad=0",
  ].map { "glibc.malloc.\($0)" }.joined(separator: ":")

  /// Starts it.
  ///
  /// - Parameters:
  ///   - connections: How many there are going to be at once.
  ///   - clientLimit: How many of them one imap process serves at a time.
  init(connections: Int, clientLimit: Int) throws {
    var program = ""
    dovecot = try PrivateDovecot { folder, options in
      program = try folder.addProgram(named: "repeat.sh", text: Exchange.program)
      options.users = (0..<20).map { .init(name: "user\($0)@example.com", password: "password") }
      options.modules = ["repeat": .init(program, timeout: "0")]
      options.imapService = .init(
        clientLimit: clientLimit, serviceCount: clientLimit == 1 ? 1 : 0,
        processLimit: connections / clientLimit + 20)
      options.loginService = .init(
        clientLimit: connections + 100, serviceCount: 0, processLimit: 2)
      options.serviceEnvironment = ["GLIBC_TUNABLES": Self.tunables]
      options.globalText = """
        mail_max_userip_connections = 0
        default_client_limit = \(3 * connections + 500)
        """
    }
    self.program = program
  }

  /// What its imap processes use.
  func footprint() throws -> Footprint { try Footprint(of: dovecot.imapProcessIDs()) }

  /// The programs that still run, and the processes that nobody has waited for.
  func leftovers() -> [String] {
    let programs = ProcessEntry.all().filter { $0.isAlive && $0.commandLine.contains(program) }
    let zombies = ProcessEntry.tree(from: dovecot.masterProcessID).filter { !$0.isAlive }
    return (programs + zombies).map { "\($0.id) \($0.state) \($0.name) \($0.commandLine)" }
  }

  /// The lines of the log that tell of trouble.
  func trouble() -> [String] {
    dovecot.logText().split(separator: "\n").map(String.init).filter { line in
      // how Dovecot's master notes that it is told to stop
      if line.contains("Warning: Killed with signal 15 ") { return false }
      return ["Panic", "Fatal", "Error", "Warning", "Leaked", "leak"].contains(where: line.contains)
    }
  }
}

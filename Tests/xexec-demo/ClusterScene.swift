import PrivateDovecot

/// The session with two backends behind a login proxy: each user sees and runs what the own backend
/// has, and never has to know which one that is.
struct ClusterScene: Scene {
  private let cluster: PrivateCluster

  private static let password = "password"
  private static let names = ["one.example", "two.example"]
  private static let users = [(name: "ann", backend: names[0]), (name: "bob", backend: names[1])]
  private let success = "command exited successfully"

  /// Starts all three servers.
  init() throws {
    cluster = try PrivateCluster(
      backends: Self.names, users: Self.users.map { ($0.name, Self.password, $0.backend) }
    ) { name, folder, options in
      let average = try folder.addProgram(
        copying: "\(PrivateDovecot.packageRoot)/dovecot-conf-snippets/average")
      let hello = try folder.addProgram(
        named: "hello", text: "#!/bin/sh\necho \"Hello $USER, this runs on \(name)\"\n")
      options.modules = ["average": .init(average), "hello": .init(hello)]
      if name == Self.names[1] { options.modules["only-two"] = "/bin/true" }
    }
  }

  var dovecots: [PrivateDovecot] {
    [cluster.proxy] + Self.names.compactMap { cluster.backends[$0] }
  }

  var logText: String { dovecots.map { $0.logText() }.joined() }

  func play() throws {
    for (user, backend) in Self.users {
      say("\n\(user) talks to the login proxy, and has mail on \(backend):")
      let session = try Session(port: cluster.proxy.port)
      try session.command("login \(user) \(Self.password)", expecting: "Logged in")
      try session.command(
        "xexec hello", showing: ["Hello \(user), this runs on \(backend)"], expecting: success)
      try session.command(
        "xexec average", answering: ["2", "10", "20"], showing: ["Average: 15"], expecting: success)
      try session.command("logout", expecting: "Logout completed")
    }
  }

  func keep() {
    let processes = dovecots.map { $0.keepRunning(seconds: 3600) }
    say(
      """

      The servers run on, for an hour at most.
        the login proxy: host 127.0.0.1, port \(cluster.proxy.port), user ann or bob, \
      password "\(Self.password)"
      The logs:
      \(dovecots.map { "  \($0.logFile)" }.joined(separator: "\n"))
      To stop:  kill \(processes.map(String.init).joined(separator: " "))
      """)
  }

  func stop() { for dovecot in dovecots { dovecot.stop() } }
}

import Foundation
import Glibc
import PrivateDovecot
import Testing

/// How Dovecot outgrows one machine: the client talks to a login proxy, and the plugin runs on the
/// backend that has the user's mail, behind TLS.
@Suite struct ClusterTests {
  private static let names = ["one.example", "two.example"]
  private static let password = "secret"

  /// Two backends. Each has the module `host`, which tells where it runs, and `only-one` or
  /// `only-two`. Their `shared` is the same service, behind a port that nobody listens on unless
  /// `service` says so.
  private func cluster(service: UInt16 = 1) throws -> PrivateCluster {
    try PrivateCluster(
      backends: Self.names,
      users: [
        ("ann", Self.password, "one.example"), ("bob", Self.password, "two.example"),
      ]
    ) { name, folder, options in
      let host = name == "one.example" ? "one" : "two"
      options.modules = [
        "sh": "/bin/sh -c", "args": .init(try folder.argumentPrinter()),
        "host": .init("/bin/echo \(host)"),
        "data": .init("/bin/sh -c", stdin: "literal", maxLiteral: "30M"),
        "shared": .init("tcp:127.0.0.1:\(service) \(host)"),
      ]
      options.modules["only-\(host)"] = "/bin/true"
    }
  }

  private func connect(_ cluster: PrivateCluster, as user: String) throws -> IMAPConnection {
    let client = try IMAPConnection(
      port: cluster.proxy.port, timeout: .seconds(60), keeping: cluster)
    try client.login(user, Self.password)
    return client
  }

  private func backend(_ cluster: PrivateCluster, _ name: String) throws -> PrivateDovecot {
    try #require(cluster.backends[name])
  }

  @Test("A user sees and runs the modules of the backend, and is behind TLS")
  func modules() throws {
    let cluster = try cluster()
    for (user, name, own, other) in [
      ("ann", "one.example", "one", "two"), ("bob", "two.example", "two", "one"),
    ] {
      let client = try IMAPConnection(port: cluster.proxy.port, timeout: .seconds(60))
      #expect(!client.greeting.text.contains("XEXEC"))
      let login = try client.login(user, Self.password)
      let words = login.tagged.text.split(separator: " ").map { $0.filter { $0 != "]" } }
      for word in ["XEXEC", "XEXEC=HOST", "XEXEC=SHARED", "XEXEC=ONLY-\(own.uppercased())"] {
        #expect(words.contains(word), "\(login.tagged.text)")
      }
      #expect(!words.contains("XEXEC=ONLY-\(other.uppercased())"))
      let host = try client.command("XEXEC host")
      #expect(host.texts == ["* OK \(own)"])
      host.expectExit(0)
      #expect(try client.command("XEXEC only-\(other)").tagged.text.contains("[NONEXISTENT]"))
      let direct = try IMAPConnection(
        port: backend(cluster, name).port, timeout: .seconds(60), keeping: cluster)
      try direct.login(user, Self.password)
      #expect(
        try ConfigurationTests.capabilities(client) == ConfigurationTests.capabilities(direct))
      try client.expectXEXECWorks()
      try client.expectLinesAtOnce()
      let arguments = try client.command(#"XEXEC args atom "a b" {3+}"# + "\r\nx y")
      #expect(arguments.texts == ["* OK <atom>", "* OK <a b>", "* OK <x y>"])
      let line = try backend(cluster, name).waitForLog(containing: "user=<\(user)>")
      #expect(line.contains("TLS"), "\(line)")
      Server(try backend(cluster, name)).expectNoComplaints()
    }
    Server(cluster.proxy).expectNoComplaints()
  }

  @Test("A certificate of somebody else's ends the login, and no program runs")
  func certificate() throws {
    let cluster = try cluster()
    let backend = try backend(cluster, "one.example")
    let user = PrivateDovecot.User(
      name: "ann", password: Self.password, backend: .init(name: "one.example", port: backend.port))
    let proxy = try PrivateCluster.loginProxy(users: [user], trusting: CertificateAuthority())
    let client = try IMAPConnection(port: proxy.port, timeout: .seconds(60))
    #expect(throws: KitError.self) { try client.login("ann", Self.password) }
    #expect(!backend.logText().contains("user=<ann>"))
    try proxy.waitForLog(containing: "certificate")
  }

  @Test(
    "A literal of 25 MB comes whole through the proxy, with its end, and as much output",
    arguments: ["", "+"])
  func literal(plus: String) throws {
    let cluster = try cluster()
    let client = try connect(cluster, as: "ann")
    let size = 25 << 20
    let block = [UInt8]((0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
    let tag = client.makeTag()
    try client.sendLine("\(tag) XEXEC data \"wc -c; cat >/dev/null\" {\(size)\(plus)}")
    if plus.isEmpty { #expect(try client.readResponse().isContinuation) }
    for _ in 0..<25 { try client.send(block) }
    try client.sendLine("")
    let reply = try client.readResponses(untilTagged: tag)
    #expect(reply.texts == ["* OK \(size)"])
    reply.expectExit(0)
    let lines = size / 1000
    let flood = try client.start(
      script: "yes \(String(repeating: "y", count: 999)) | head -n \(lines)")
    let answer = try client.readResponses(untilTagged: flood, timeout: .seconds(120))
    #expect(answer.untagged.count == lines)
    try client.expectInStep()
    Server(try backend(cluster, "one.example")).expectNoComplaints()
  }

  @Test("A client that goes away ends its program on the backend", arguments: [false, true])
  func disconnect(reset: Bool) throws {
    let cluster = try cluster()
    let client = try connect(cluster, as: "ann")
    let backend = try backend(cluster, "one.example")
    _ = try client.start(script: "echo $$; exec sleep 600")
    let line = String(decoding: try client.readLine(), as: UTF8.self)
    let program = try #require(Int32(line.dropFirst("* OK ".count)))
    #expect(ProcessEntry(id: program)?.isAlive == true)
    if reset { client.reset() } else { client.close() }
    expectSoon("the program has ended") { ProcessEntry(id: program)?.isAlive != true }
    try backend.waitForLog(containing: "xexec: module sh, pid \(program): connection closed")
  }

  @Test("A backend that goes away disconnects its users, and nobody else")
  func backendStops() throws {
    let cluster = try cluster()
    let ann = try connect(cluster, as: "ann")
    let bob = try connect(cluster, as: "bob")
    _ = try ann.start(script: "echo $$; trap '' TERM; while :; do sleep 1; done")
    let line = String(decoding: try ann.readLine(), as: UTF8.self)
    let program = try #require(Int32(line.dropFirst("* OK ".count)))
    let left = try backend(cluster, "one.example").shutDown()
    #expect(left.isEmpty, "\(left)")
    #expect(ProcessEntry(id: program)?.isAlive != true)
    let rest = String(decoding: try ann.readToEnd(), as: UTF8.self)
    #expect(!rest.contains("OK command exited"), "\(rest)")
    try bob.expectXEXECWorks()
    // a new login says so, and the other backend's users go on
    let late = try IMAPConnection(port: cluster.proxy.port, timeout: .seconds(60))
    #expect(throws: KitError.self) { try late.login("ann", Self.password) }
    try connect(cluster, as: "bob").expectInStep()
  }

  @Test("One service behind a port is shared by the backends")
  func sharedService() throws {
    let port = try findFreePort()
    let service = try PrivateDovecot { folder, options in
      options.plugin = .none
      let program = try folder.addProgram(
        named: "shared",
        text: """
          #!/bin/sh
          printf '\\005%s?\\n' "$2"; read -r answer
          echo "$USER on $1 says $answer"

          """)
      options.globalText = """
        service xexec-shared {
          executable = script -e USER \(program)
          \(geteuid() == 0 ? "user = nobody" : "")
          inet_listener xexec-shared {
            port = \(port)
          }
        }
        """
    }
    let cluster = try cluster(service: port)
    let clients = try [
      ("ann", "one", connect(cluster, as: "ann")), ("bob", "two", connect(cluster, as: "bob")),
    ].map { (user: $0.0, host: $0.1, client: $0.2, tag: $0.2.makeTag()) }
    // both at once
    for one in clients { try one.client.sendLine("\(one.tag) XEXEC shared \"who is \(one.user)\"") }
    for one in clients {
      #expect(try one.client.readLine() == Array("+ who is \(one.user)?".utf8))
    }
    for one in clients.reversed() {
      try one.client.sendLine("hello")
      let reply = try one.client.readResponses(untilTagged: one.tag)
      #expect(reply.texts == ["* OK \(one.user) on \(one.host) says hello"])
      reply.expectExit(0)
    }
    service.stop()
    let gone = try clients[0].client.command("XEXEC shared x")
    #expect(gone.tagged.text.contains("NO [UNAVAILABLE]"), "\(gone.tagged.text)")
  }
}

import Foundation
import PrivateDovecot
import Testing

/// Section 5 of the contract: what a program finds around it.
@Suite struct ProgramWorldTests {
  @Test("A program has Dovecot's internal group, and what that may open, unless it is taken away")
  func internalGroup() throws {
    let ofGroup = ["dict", "dict-async", "imap-hibernate", "stats-writer"]
    let ofAll = ["auth-userdb", "indexer"]
    for isTakenAway in [false, true] {
      let server = try Server { _, options in
        options.globalText = isTakenAway ? "service imap {\n  extra_groups =\n}\n" : ""
      }
      if server.dovecot.isRootless { return }
      let reply = try server.connect().run(
        script: """
          cd \(server.dovecot.folder.path)/run
          for socket in \((ofGroup + ofAll).joined(separator: " ")); do
            [ -S $socket ] || echo no $socket; [ -w $socket ] && echo $socket
          done
          """)
      #expect(reply.texts == (isTakenAway ? ofAll : ofGroup + ofAll).map { "* OK \($0)" })
    }
  }

  @Test("The environment holds what the contract lists, and nothing of Dovecot's own")
  func environment() throws {
    let server = try Server { _, options in
      options.modules = ["Env": "/usr/bin/env"]
      options.environment["TZ"] = "Europe/Paris"
    }
    let reply = try server.connect().command("XEXEC env")
    let lines = Set(reply.texts)
    let names = Set(lines.map { $0.dropFirst(5).prefix { $0 != "=" } })
    #expect(names == ["PATH", "HOME", "USER", "TZ", "LOCAL_IP", "IP", "XEXEC_MODULE"])
    #expect(
      lines.isSuperset(of: [
        "* OK HOME=\(server.home)", "* OK USER=\(Server.user)", "* OK TZ=Europe/Paris",
        "* OK LOCAL_IP=127.0.0.1", "* OK IP=127.0.0.1", "* OK XEXEC_MODULE=Env",
      ]))
  }

  @Test("No descriptor but stdin, stdout and stderr, and these are pipes")
  func descriptors() throws {
    let server = try Server { _, options in
      options.modules = ["ls": "/bin/ls -l /proc/self/fd/"]
    }
    let reply = try server.connect().command("XEXEC ls")
    let targets = reply.texts.dropFirst().map { $0.split(separator: " ").suffix(3) }
    // the last is the folder that ls itself has open
    #expect(targets.map(\.first) == ["0", "1", "2", "3"], "\(reply.lines)")
    #expect(targets.dropLast().allSatisfy { $0.last?.hasPrefix("pipe:") == true })
    #expect(targets.last?.last?.hasPrefix("/proc/") == true)
  }

  @Test("No signal is blocked or ignored")
  func signals() throws {
    let reply = try Server().connect().command(
      #"XEXEC sh "grep -E 'Sig(Blk|Ign)' /proc/self/status""#)
    #expect(
      reply.texts == ["SigBlk", "SigIgn"].map { "* OK \($0):\t0000000000000000" })
  }

  @Test("It runs as the mail user, in the user's home, leading a process group of its own")
  func identity() throws {
    let server = try Server()
    let reply = try server.connect().run(
      script: "id -u; pwd; [ $(cut -d' ' -f5 /proc/$$/stat) = $$ ] && echo leader")
    #expect(
      reply.texts == [
        "* OK \(server.dovecot.mailUserID)", "* OK \(server.home)", "* OK leader",
      ])
  }

  @Test("Where the home is gone, it runs in /")
  func noHome() throws {
    let server = try Server()
    let client = try server.connect()
    try FileManager.default.removeItem(atPath: server.home)
    #expect(try client.run(script: "pwd").texts == ["* OK /"])
  }

  @Test("It runs under the limits of service imap")
  func limits() throws {
    let server = try Server { _, options in options.imapService = .init(vszLimit: "200M") }
    let reply = try server.connect().run(script: "ulimit -v")
    #expect(reply.texts == ["* OK 204800"])
  }

  @Test("Programs leave no descriptor behind in the imap process")
  func noDescriptorLeft() throws {
    let server = try Server()
    let client = try server.connect()
    let imap = try #require(server.dovecot.imapProcessIDs().first)
    try client.run(script: "true")
    let before = try ProcessUsage.settled(imap).descriptors
    for _ in 0..<50 { try client.run(script: "echo x") }
    _ = try client.command("XEXEC nothing")
    #expect(try ProcessUsage.settled(imap).descriptors == before)
  }
}

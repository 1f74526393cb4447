import Foundation
import PrivateDovecot
import Testing

/// What the system refuses: the answer that the contract names, and the connection goes on.
@Suite struct FaultTests {
  let server: Server
  let client: IMAPConnection
  let imap: Int32

  init() throws {
    server = try Server()
    client = try server.connect()
    imap = try #require(server.dovecot.imapProcessIDs().first)
  }

  /// Sets a limit of the imap process: `--nofile=20`, `--nproc=1`.
  private func limit(_ option: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // limits of another process are for its own user to set
    let folder = server.dovecot.folder
    let asUser = [
      "setpriv", "--reuid=\(folder.mailUserID)", "--regid=\(folder.mailGroupID)",
      "--clear-groups",
    ]
    process.arguments =
      (server.dovecot.isRootless ? [] : asUser) + ["prlimit", "--pid", "\(imap)", option]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  private func expectRefused(because reason: String) throws {
    let before = try ProcessUsage.settled(imap).descriptors
    let log = server.pluginLog().count
    for _ in 0..<5 {
      let reply = try client.run(script: "echo on")
      #expect(reply.outcome == "NO [SERVERBUG] command could not be started")
      #expect(reply.untagged.isEmpty)
    }
    #expect(try ProcessUsage.settled(imap).descriptors == before)
    let lines = server.pluginLog(count: log + 5).dropFirst(log)
    #expect(lines.allSatisfy { $0.hasSuffix(reason) }, "\(lines)")
    try client.expectInStep()
  }

  @Test("No descriptors left, from none to as many as a program needs")
  func noDescriptors() throws {
    try client.run(script: "true")
    let open = try ProcessUsage.settled(imap)
    for spare in 0..<5 {
      try limit("--nofile=\(open.descriptorLimit(leaving: spare)):")
      try expectRefused(because: "Too many open files")
    }
    try limit("--nofile=256:")
    #expect(try client.run(script: "echo on").texts == ["* OK on"])
  }

  @Test("No processes left")
  func noProcesses() throws {
    try limit("--nproc=1:")
    try expectRefused(because: "Resource temporarily unavailable")
    try limit("--nproc=1000:")
    #expect(try client.run(script: "echo on").texts == ["* OK on"])
  }

  @Test("No memory left for the program: it fails, and imap does not")
  func noMemory() throws {
    let server = try Server { _, options in options.imapService = .init(vszLimit: "100M") }
    let client = try server.connect()
    let reply = try client.run(script: "x=$(head -c 300000000 /dev/zero | tr '\\0' a); echo end")
    #expect(reply.status == "NO")
    #expect(!reply.texts.contains("* OK end"))
    try client.expectInStep()
  }

  @Test("A program file that is replaced while it runs: the run goes on, the next is the new one")
  func replaced() throws {
    let server = try Server { folder, options in
      let program = try folder.addProgram(
        named: "program", text: "#!/bin/sh\nprintf '\\005\\n'\nread x\necho old\n")
      options.modules["program"] = "\(program)"
    }
    let client = try server.connect()
    try client.sendLine("x XEXEC program")
    #expect(try client.readLine() == Array("+ OK".utf8))
    let new = try server.dovecot.folder.addProgram(named: "new", text: "#!/bin/sh\necho new\n")
    let program = (new as NSString).deletingLastPathComponent + "/program"
    #expect(rename(new, program) == 0)
    try client.sendLine("")
    #expect(try client.readResponses(untilTagged: "x").texts == ["* OK old"])
    #expect(try client.command("XEXEC program").texts == ["* OK new"])
  }

  @Test("imap itself is told to end: SIGTERM")
  func terminated() throws {
    let word = uniqueWord()
    _ = try client.start(
      script: "trap '' TERM; sh -c 'while :; do sleep 0.5; done; : \(word)' & echo on; wait")
    #expect(try client.readLine() == Array("* OK on".utf8))
    kill(imap, SIGTERM)
    expectSoon("imap has left", within: 25) { ProcessEntry(id: imap)?.isAlive != true }
    expectSoon("the programs are gone", within: 5) { processes(with: word).isEmpty }
  }

  @Test("doveadm reload: the session and its program go on or end, and nothing is left")
  func reload() throws {
    let word = uniqueWord()
    let tag = try client.start(script: "echo on; sleep 2; echo end; : \(word)")
    #expect(try client.readLine() == Array("* OK on".utf8))
    #expect(try server.dovecot.doveadm("reload").status == 0)
    // imap ends a client after a reload only when it has been idle for 10 seconds
    let reply = try client.readResponses(untilTagged: tag)
    #expect(reply.texts.first == "* OK end")
    #expect(reply.isOK)
    #expect(processes(with: word).isEmpty)
    #expect(!server.dovecot.logText().contains("Panic"))
  }
}

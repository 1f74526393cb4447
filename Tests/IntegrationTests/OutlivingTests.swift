import Foundation
import Glibc
import PrivateDovecot
import Testing

/// What a program could do to outlive its command, its client or its server, and what comes of it.
@Suite struct OutlivingTests {
  let word = uniqueWord()

  private func server(
    _ configure: (PrivateFolder, inout PrivateDovecot.Options) throws -> Void = { _, _ in }
  ) throws -> Server {
    try Server { folder, options in
      options.modules["limited"] = "/bin/sh -c"
      options.modules["limited"]?.timeout = "1s"
      try configure(folder, &options)
    }
  }

  /// A program that runs, and the imap process that started it.
  private func start(_ script: String, on server: Server) throws -> (IMAPConnection, Int32) {
    let client = try server.connect()
    _ = try client.start(script: "\(script); : \(word)")
    #expect(try client.readLine() == Array("* OK on".utf8))
    return (client, try #require(server.dovecot.imapProcessIDs().last))
  }

  // MARK: - The imap process ends

  @Test("imap is killed: the program ends with it, even one that ignores signals")
  func killedServer() throws {
    let server = try server()
    let (client, imap) = try start(
      "trap '' TERM HUP PIPE; echo on; while :; do sleep 0.2; done", on: server)
    defer { client.close() }
    kill(imap, SIGKILL)
    expectSoon("the program is gone", within: 3) { processes(with: word).isEmpty }
  }

  @Test("imap gets SIGHUP: the program is asked to end, and its children too")
  func hangup() throws {
    let server = try server()
    let note = "\(server.home)/tidied-up"
    let (client, imap) = try start(
      "sh -c 'trap \"echo >\(note); exit\" TERM; echo on; while :; do sleep 0.1; done; : \(word)'",
      on: server)
    defer { client.close() }
    kill(imap, SIGHUP)
    expectSoon("the program is gone") { processes(with: word).isEmpty }
    #expect(FileManager.default.fileExists(atPath: note))
    expectSoon("imap has left") { !server.dovecot.imapProcessIDs().contains(imap) }
    #expect(!server.dovecot.logText().contains("Panic"))
  }

  @Test("imap exits at once since the clock went back: the program is asked to end first")
  func clockWentBack() throws {
    let library = FileManager.default.enumerator(atPath: "/usr/lib")?.compactMap { $0 as? String }
      .first { $0.hasSuffix("/faketime/libfaketime.so.1") }
    let faketime = "/usr/lib/" + (try #require(library, "the package libfaketime"))
    let server = try server { folder, options in
      let offset = try folder.addFile(named: "offset", octets: Array("+0\n".utf8), mode: 0o644)
      let imap = try folder.addProgram(
        named: "imap",
        text: """
          #!/bin/sh
          export LD_PRELOAD=\(faketime) FAKETIME_TIMESTAMP_FILE=\(offset) FAKETIME_NO_CACHE=1 \\
            FAKETIME_DONT_FAKE_MONOTONIC=1
          exec /usr/lib/dovecot/imap "$@"
          """)
      options.imapService.executable = imap
    }
    let note = "\(server.home)/tidied-up"
    let (client, _) = try start(
      "trap 'echo >\(note); exit' TERM; echo on; while :; do sleep 0.1; echo .; done", on: server)
    defer { client.close() }
    try "-1000".write(
      toFile: "\(server.dovecot.folder.path)/offset", atomically: false, encoding: .utf8)
    expectSoon("the program is gone") { processes(with: word).isEmpty }
    #expect(FileManager.default.fileExists(atPath: note))
    try server.dovecot.waitForLog(containing: "Fatal: Time just moved backwards")
  }

  // MARK: - The program resists

  @Test("A stopped program goes on to obey, and can tidy up")
  func stopped() throws {
    let server = try server()
    let client = try server.connect()
    let script = "trap 'echo tidied up; exit 0' TERM; kill -STOP $$; sleep 100 & wait"
    let took = try seconds {
      let reply = try client.command("XEXEC limited {\(script.utf8.count)+}\r\n\(script)")
      #expect(reply.outcome == "NO [LIMIT] command timed out")
      #expect(reply.texts == ["* OK tidied up"])
    }
    #expect(took < 5)
  }

  @Test("A program cannot leave its process group, nor its session")
  func group() throws {
    let client = try server().connect()
    let reply = try client.run(
      script: """
        exec python3 -c 'import os
        for leave in (os.setsid, lambda: os.setpgid(0, 0) or os.setpgid(0, os.getppid())):
          try: leave(); print("left")
          except PermissionError: print("stays")
        print(os.getpid() == os.getpgrp() == os.getsid(0))'
        """)
    #expect(reply.texts == ["* OK stays", "* OK stays", "* OK True"])
  }

  @Test("There is no terminal to be stopped at")
  func terminal() throws {
    let server = try server()
    // imap with a controlling terminal, as by "ssh -t"
    let result = try run(
      [
        "/usr/bin/script", "-qec",
        """
        { printf 'a XEXEC sh "cat /dev/tty"\\r\\n'; sleep 3; } | \
        \(server.standaloneIMAP) | cat
        """, "/dev/null",
      ], environment: ["PATH": "/usr/bin:/bin", "HOME": "/", "SHELL": "/bin/sh"],
      timeout: .seconds(30))
    #expect(result.output.contains("/dev/tty: No such device or address"), "\(result)")
    #expect(result.output.contains("a NO command failed (exit status 1)"), "\(result)")
  }

  @Test("A traced program that has exited costs nothing, and its status comes")
  func traced() throws {
    let server = try server()
    let client = try server.connect()
    let imap = try #require(server.dovecot.imapProcessIDs().first)
    // PTRACE_SEIZE of its parent, which then exits and stays as it is until the tracer has gone
    let tracer =
      "/bin/sh -c 'exec python3 -c \"import ctypes, os, time\nparent = os.getppid()\n"
      + "ctypes.CDLL(None).ptrace(0x4206, parent, 0, 0)\nopen(\\\"go\\\", \\\"w\\\")\ntime.sleep(3)\"'"
    let tag = try client.start(
      script: "\(tracer) >/dev/null 2>&1 & echo on; until [ -e go ]; do sleep 0.1; done; exit 5")
    #expect(try client.readLine() == Array("* OK on".utf8))
    expectSoon("the program is traced") {
      FileManager.default.fileExists(atPath: "\(server.home)/go")
    }
    Thread.sleep(forTimeInterval: 0.5)
    let before = try ProcessUsage(of: imap).cpuTicks
    Thread.sleep(forTimeInterval: 1)
    #expect(try ProcessUsage(of: imap).cpuTicks - before <= 3)
    #expect(
      try client.readResponses(untilTagged: tag).outcome == "NO command failed (exit status 5)")
  }

  // MARK: - The limit of connections

  @Test("Who leaves programs behind has no more of them than connections")
  func connectionLimit() throws {
    let server = try server { _, options in
      options.imapText = "mail_max_userip_connections = 2"
    }
    var most = 0
    var refused = 0
    for _ in 0..<12 {
      do {
        let client = try server.connect()
        _ = try client.start(
          script: "trap '' TERM; echo on; while :; do sleep 0.2; done; : \(word)")
        _ = try client.readLine()
        client.close()
      } catch {
        refused += 1
      }
      Thread.sleep(forTimeInterval: 0.1)
      most = max(most, processes(with: word).count)
    }
    #expect(most <= 2)
    #expect(refused >= 10)
    expectSoon("the programs are gone") { processes(with: word).isEmpty }
    expectSoon("the user may come back") { (try? server.connect()) != nil }
    #expect(!server.dovecot.logText().contains("Panic"))
  }

  @Test("A process that goes on serving others counts them likewise")
  func connectionLimitOfSharedProcess() throws {
    let server = try server { _, options in
      options.imapText = "mail_max_userip_connections = 2"
      options.imapService = .init(clientLimit: 20, serviceCount: 0, processLimit: 1)
    }
    for _ in 0..<2 {
      let client = try server.connect()
      _ = try client.start(script: "trap '' TERM; echo on; while :; do sleep 0.2; done; : \(word)")
      _ = try client.readLine()
      client.close()
    }
    Thread.sleep(forTimeInterval: 0.5)
    #expect(processes(with: word).count == 2)
    #expect(throws: (any Error).self) { try server.connect() }
    expectSoon("the programs are gone") { processes(with: word).isEmpty }
    expectSoon("the user may come back") { (try? server.connect()) != nil }
  }

  // MARK: - Out of reach

  @Test("imap is killed: the program's children live on")
  func killedServerAndChildren() throws {
    let server = try server()
    let (client, imap) = try start(
      "sh -c 'sleep 30; : \(word)-child' >/dev/null 2>&1 & echo on; wait", on: server)
    defer { client.close() }
    kill(imap, SIGKILL)
    expectSoon("the program is gone") {
      processes(with: word).allSatisfy { $0.commandLine.contains("-child") }
    }
    let left = processes(with: "\(word)-child")
    #expect(!left.isEmpty)
    for process in left { kill(process.id, SIGKILL) }
  }

  @Test("A daemon is out of reach: a session of its own, and no parent")
  func daemon() throws {
    let server = try server()
    let (client, _) = try start(
      "setsid sh -c 'sleep 30; : \(word)-daemon' >/dev/null 2>&1 & echo on; sleep 30", on: server)
    client.close()
    expectSoon("the program is gone") {
      processes(with: word).allSatisfy { $0.commandLine.contains("-daemon") }
    }
    Thread.sleep(forTimeInterval: 1)
    let left = processes(with: "\(word)-daemon")
    #expect(!left.isEmpty)
    for process in left { kill(process.id, SIGKILL) }
  }
}

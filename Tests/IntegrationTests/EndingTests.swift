import Foundation
import PrivateDovecot
import Testing

/// Section 5 of the contract: the end of a program by the server. Nothing is left behind.
@Suite struct EndingTests {
  let server: Server
  let word = uniqueWord()

  init() throws {
    server = try Server { _, options in
      options.modules["limited"] = "/bin/sh -c"
      options.modules["limited"]?.timeout = "2s"
    }
  }

  enum Departure: String, CaseIterable {
    case close, reset, halfClose

    func leave(_ client: IMAPConnection) {
      switch self {
      case .close: client.close()
      case .reset: client.reset()
      case .halfClose: client.shutdownWrite()
      }
    }
  }

  @Test("The client goes while its program works", arguments: Departure.allCases)
  func working(departure: Departure) throws {
    let client = try server.connect()
    _ = try client.start(script: "echo on; : \(word); sleep 100")
    #expect(try client.readLine() == Array("* OK on".utf8))
    departure.leave(client)
    expectSoon("the program is gone") { processes(with: word).isEmpty }
    let log = try #require(server.pluginLog(count: 1).last)
    #expect(log.contains(": connection closed, "))
  }

  @Test("The client goes while a prompt waits for it", arguments: Departure.allCases)
  func prompt(departure: Departure) throws {
    let client = try server.connect()
    _ = try client.start(script: "printf '\\005\\n'; read x; : \(word)")
    #expect(try client.readLine() == Array("+ OK".utf8))
    departure.leave(client)
    expectSoon("the program is gone") { processes(with: word).isEmpty }
  }

  @Test("The client goes with commands pipelined behind the program")
  func pipelined() throws {
    let client = try server.connect()
    _ = try client.start(script: "echo on; : \(word); sleep 100")
    #expect(try client.readLine() == Array("* OK on".utf8))
    try client.send(String(repeating: "x NOOP\r\n", count: 2000))
    client.close()
    expectSoon("the program is gone") { processes(with: word).isEmpty }
  }

  @Test("The client goes in mid-flood, having stopped to read")
  func flood() throws {
    let client = try server.connect(receiveBufferSize: 4096)
    _ = try client.start(script: "exec yes \(word)")
    _ = try client.readLine()
    Thread.sleep(forTimeInterval: 0.5)
    client.close()
    expectSoon("the program is gone") { processes(with: word).isEmpty }
  }

  @Test("A program that ignores SIGTERM gets SIGKILL after 5 seconds, its children too")
  func ignoringSIGTERM() throws {
    let client = try server.connect()
    let script =
      "trap '' TERM; sh -c 'trap \"\" TERM; while :; do sleep 1; done; : \(word)' & echo on; wait"
    _ = try client.start(script: script)
    #expect(try client.readLine() == Array("* OK on".utf8))
    client.close()
    Thread.sleep(forTimeInterval: 2)
    #expect(!processes(with: word).isEmpty)
    expectSoon("the programs are gone") { processes(with: word).isEmpty }
    expectSoon("imap has left") { server.dovecot.imapProcessIDs().isEmpty }
  }

  @Test("Children of a program that obeys have their 5 seconds as well")
  func grandchildren() throws {
    let client = try server.connect()
    let note = "\(server.home)/tidied-up"
    let script =
      "sh -c 'trap \"sleep 1; echo > \(note); exit\" TERM; echo on; while :; do sleep 0.1; done'"
      + "& exec sleep 100"
    _ = try client.start(script: script)
    #expect(try client.readLine() == Array("* OK on".utf8))
    client.close()
    expectSoon("the child has tidied up") {
      FileManager.default.fileExists(atPath: note)
    }
  }

  @Test("A program that works longer than its limit is ended: LIMIT")
  func timeLimit() throws {
    let client = try server.connect()
    let took = try seconds {
      let reply = try client.command("XEXEC limited \"echo on; sleep 100; : \(word)\"")
      #expect(reply.outcome == "NO [LIMIT] command timed out")
      #expect(reply.texts == ["* OK on"])
    }
    #expect(took > 1.9)
    expectSoon("the program is gone") { processes(with: word).isEmpty }
    try client.expectInStep()
  }

  @Test("The limit stands still while a prompt waits for the client")
  func timeLimitAndPrompt() throws {
    let client = try server.connect()
    let script = "printf '\\005\\n'; read x; echo \"<$x>\"; exec sleep 100"
    let tag = client.makeTag()
    try client.sendLine("\(tag) XEXEC limited {\(script.utf8.count)+}\r\n\(script)")
    #expect(try client.readLine() == Array("+ OK".utf8))
    Thread.sleep(forTimeInterval: 3)
    try client.sendLine("late")
    let reply = try client.readResponses(untilTagged: tag)
    #expect(reply.texts == ["* OK <late>"])
    #expect(reply.outcome == "NO [LIMIT] command timed out")
  }

  @Test("A program that floods a client which does not read is ended by its limit all the same")
  func timeLimitAndFlood() throws {
    let client = try server.connect(receiveBufferSize: 4096)
    let tag = client.makeTag()
    try client.sendLine("\(tag) XEXEC limited \"exec yes \(word)\"\r\nn NOOP")
    Thread.sleep(forTimeInterval: 3)
    expectSoon("the program is gone") { processes(with: word).isEmpty }
    let reply = try client.readResponses(untilTagged: tag)
    #expect(reply.outcome == "NO [LIMIT] command timed out")
    #expect(reply.untagged.dropLast().allSatisfy { $0.text == "* OK \(word)" })
    #expect(try client.readResponses(untilTagged: "n").isOK)
  }

  @Test("An open prompt gains it no time either", arguments: ["", "printf '\\005\\n'; "])
  func timeLimitAndFloodBehindAPrompt(prompt: String) throws {
    let client = try server.connect(receiveBufferSize: 4096)
    let script = "\(prompt)yes \(word) | head -c 20000000; sleep 100; : \(word)"
    let tag = client.makeTag()
    try client.sendLine("\(tag) XEXEC limited {\(script.utf8.count)+}\r\n\(script)")
    expectSoon("the program runs") { !processes(with: word).isEmpty }
    expectSoon("the program is gone", within: 10) { processes(with: word).isEmpty }
  }

  @Test("A program that ended in time is not timed out because the client reads late")
  func endedInTime() throws {
    let client = try server.connect(receiveBufferSize: 4096)
    let tag = client.makeTag()
    try client.sendLine("\(tag) XEXEC limited \"yes \(word) & sleep 0.2; exit 3\"")
    Thread.sleep(forTimeInterval: 3)
    let reply = try client.readResponses(untilTagged: tag)
    #expect(reply.outcome == "NO command failed (exit status 3)")
    #expect(reply.untagged.count > 1000)
  }

  @Test("Answers that a program does not read gain it no time")
  func timeLimitAndUnreadAnswers() throws {
    let client = try server.connect()
    let tag = client.makeTag()
    let script = "yes \"$(printf '\\005')\" | head -n 30000; exec sleep 100"
    try client.sendLine("\(tag) XEXEC limited {\(script.utf8.count)+}\r\n\(script)")
    let sender = Thread { try? client.send(String(repeating: "some answer\r\n", count: 29_000)) }
    sender.start()
    let reply = try client.readResponses(untilTagged: tag)
    #expect(reply.outcome == "NO [LIMIT] command timed out")
    #expect(reply.untagged.count == 30_000)
  }

  @Test("While a program takes its time to end, nothing spins")
  func noSpinning() throws {
    let client = try server.connect()
    let imap = try #require(server.dovecot.imapProcessIDs().first)
    let tag = try client.start(
      script: "trap '' TERM; printf '\\005\\n'; while :; do sleep 1; done")
    #expect(try client.readLine() == Array("+ OK".utf8))
    try client.send(String(repeating: "x", count: 200_000) + "\r\nn NOOP\r\n")
    Thread.sleep(forTimeInterval: 1)
    let before = try ProcessUsage(of: imap).cpuTicks
    Thread.sleep(forTimeInterval: 1)
    #expect(try ProcessUsage(of: imap).cpuTicks - before <= 2)
    #expect(try client.readResponses(untilTagged: tag).status == "BAD")
    #expect(try client.readResponses(untilTagged: "n").isOK)
  }

  @Test("A program killed from outside")
  func killed() throws {
    let client = try server.connect()
    let tag = try client.start(script: "echo $$; exec sleep 100")
    let id = try #require(Int32(String(decoding: client.readLine().dropFirst(5), as: UTF8.self)))
    kill(id, SIGTERM)
    #expect(
      try client.readResponses(untilTagged: tag).outcome == "NO command failed (signal SIGTERM)")
    try client.expectInStep()
  }

  @Test(
    "doveadm kick and stop end the programs", arguments: ["kick", "stop"])
  func administrator(command: String) throws {
    let client = try server.connect()
    let script = "trap '' TERM; echo on; while :; do sleep 0.2; done; : \(word)"
    _ = try client.start(script: script)
    #expect(try client.readLine() == Array("* OK on".utf8))
    let result = try server.dovecot.doveadm(command == "kick" ? ["kick", Server.user] : ["stop"])
    #expect(result.status == 0, "\(result)")
    expectSoon("the program is gone", within: 25) { processes(with: word).isEmpty }
    expectSoon("imap has left", within: 25) { server.dovecot.imapProcessIDs().isEmpty }
    #expect(!server.dovecot.logText().contains("Panic"))
  }
}

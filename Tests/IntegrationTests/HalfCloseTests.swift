import Foundation
import Glibc
import PrivateDovecot
import Testing

/// A client that ends its sending side, and reads on.
@Suite struct HalfCloseTests {
  private static let working = "* OK [INPROGRESS (\"a\" NIL NIL)] Still working"
  let word = uniqueWord()

  private func server() throws -> Server {
    try Server { _, options in
      options.modules["data"] = "/bin/sh -c"
      options.modules["data"]?.stdin = "literal"
    }
  }

  @Test("What it has asked for is answered, and what stands behind it too")
  func answered() throws {
    let client = try server().connect()
    try client.send("a XEXEC sh \"sleep 1; echo on\"\r\nb NOOP\r\n")
    client.shutdownWrite()
    let reply = try client.readResponses(untilTagged: "a")
    #expect(reply.texts == [Self.working, "* OK on"])
    #expect(reply.isOK)
    #expect(try client.readResponses(untilTagged: "b").isOK)
  }

  @Test("A literal that is complete is not lost")
  func literal() throws {
    let client = try server().connect()
    try client.send("a XEXEC data \"sleep 0.5; cat; echo end\" {4+}\r\nxyz\n\r\n")
    client.shutdownWrite()
    let reply = try client.readResponses(untilTagged: "a")
    #expect(reply.texts == [Self.working, "* OK xyz", "* OK end"])
    #expect(reply.isOK)
  }

  @Test("Answers that it sent ahead are taken")
  func answersAhead() throws {
    let server = try server()
    let client = try server.connect()
    let script = "printf '\\005\\n'; read x; sleep 0.5; printf '\\005\\n'; read y; echo \"$x $y\""
    try client.send("a XEXEC sh {\(script.utf8.count)+}\r\n\(script)\r\none\r\ntwo\r\n")
    client.shutdownWrite()
    let reply = try client.readResponses(untilTagged: "a")
    #expect(reply.texts.filter { $0 != Self.working } == ["+ OK", "+ OK", "* OK one two"])
    #expect(reply.isOK)
  }

  @Test("A prompt that nobody can answer ends the program, which reads no empty answer")
  func prompt() throws {
    let server = try server()
    let client = try server.connect()
    let script = "printf '\\005\\n'; read x; echo \"<$x>\"; : \(word)"
    try client.send("a XEXEC sh {\(script.utf8.count)+}\r\n\(script)\r\nhalf an ans")
    client.shutdownWrite()
    let reply = try client.readResponses(untilTagged: "a")
    #expect(reply.texts.filter { $0 != Self.working } == ["+ OK"])
    #expect(reply.outcome == "NO client has ended its input, and a prompt waits for it")
    expectSoon("the program is gone") { processes(with: word).isEmpty }
    #expect(try #require(server.pluginLog(count: 1).last).contains(": connection closed, signal"))
  }

  @Test("After 10 seconds it counts as gone")
  func tooLong() throws {
    let server = try server()
    let client = try server.connect()
    try client.send("a XEXEC sh \"sleep 100; : \(word)\"\r\n")
    client.shutdownWrite()
    #expect(try client.readLine() == Array(Self.working.utf8))
    Thread.sleep(forTimeInterval: 6)
    #expect(!processes(with: word).isEmpty)
    expectSoon("the program is gone") { processes(with: word).isEmpty }
    #expect(try #require(server.pluginLog(count: 1).last).contains(": connection closed, "))
  }

  @Test("Much output for a client that reads slowly comes whole")
  func slowReader() throws {
    let client = try server().connect(receiveBufferSize: 4096)
    try client.send("a XEXEC sh \"sleep 0.1; seq 300000\"\r\n")
    client.shutdownWrite()
    var number = 0
    while true {
      let line = String(decoding: try client.readLine(), as: UTF8.self)
      if line.hasPrefix("a ") {
        #expect(line.hasPrefix("a OK "))
        break
      }
      if line == Self.working { continue }
      number += 1
      if number % 30_000 == 0 { Thread.sleep(forTimeInterval: 0.2) }
      if line != "* OK \(number)" {
        Issue.record("\(line) is not \(number)")
        break
      }
    }
    #expect(number == 300_000)
  }

  @Test("A client that does not read either is given up after 10 seconds, and nothing spins")
  func notReading() throws {
    let server = try server()
    let client = try server.connect(receiveBufferSize: 4096)
    let imap = try #require(server.dovecot.imapProcessIDs().first)
    try client.send("a XEXEC sh \"sleep 0.5; exec yes \(word)\"\r\nb NOOP\r\n")
    client.shutdownWrite()
    expectSoon("the program runs") { !processes(with: word).isEmpty }
    Thread.sleep(forTimeInterval: 3)
    let before = try ProcessUsage(of: imap).cpuTicks
    Thread.sleep(forTimeInterval: 1)
    #expect(try ProcessUsage(of: imap).cpuTicks - before <= 3)
    expectSoon("the program is gone") { processes(with: word).isEmpty }
    #expect(try #require(server.pluginLog(count: 1).last).contains(": connection closed, "))
  }

  @Test("A client that is gone altogether is noticed at once")
  func gone() throws {
    let server = try server()
    let client = try server.connect()
    try client.send("a XEXEC sh \"sleep 100; : \(word)\"\r\n")
    expectSoon("the program runs") { !processes(with: word).isEmpty }
    client.close()
    expectSoon("the program is gone", within: 8) { processes(with: word).isEmpty }
  }

  // MARK: - Two descriptors

  /// Runs a shell script in which `imap` is an imap process of the user on stdin and stdout. (As
  /// root it insists that stdout is no socket.)
  private func shell(_ script: String, on server: Server) throws -> CommandResult {
    try run(
      ["/bin/sh", "-c", "imap() { \(server.standaloneIMAP); }; \(script)"],
      environment: ["PATH": "/usr/bin:/bin", "HOME": "/"], timeout: .seconds(60))
  }

  @Test("Input from a pipe may end: what it asked for is answered")
  func pipe() throws {
    let server = try server()
    let result = try shell(
      """
      printf 'a XEXEC sh "sleep 12; echo on"\\r\\nb XEXEC data cat {4+}\\r\\nxyz\\n\\r\\n' | imap | cat
      """, on: server)
    let lines = result.output.split(separator: "\r\n").map(String.init)
    #expect(
      lines.filter { $0.hasPrefix("* OK ") || $0.hasPrefix("a ") || $0.hasPrefix("b ") }.map {
        $0.prefix { $0 != "(" }
      } == [
        "* OK [INPROGRESS ", "* OK on", "a OK command exited successfully ", "* OK xyz",
        "b OK command exited successfully ",
      ], "\(result)")
  }

  @Test("Much output into a pipe that is read slowly comes whole")
  func slowPipe() throws {
    let result = try shell(
      "printf 'a XEXEC sh \"seq 300000\"\\r\\n' | imap | (sleep 1; cat) | tail -n 2", on: server())
    #expect(result.output.contains("* OK 300000\r\na OK command exited successfully"), "\(result)")
  }

  @Test("What fits into the pipe last comes, too, when that is read a page at a time")
  func slowestPipe() throws {
    // the pipe is full whenever something is written, the last time too
    let reader =
      "import os,time,sys\nwhile 1:\n b=os.read(0,4096)\n if not b: break\n"
      + " os.write(1,b); time.sleep(0.002)"
    let result = try shell(
      """
      printf 'a XEXEC sh "seq 20000"\\r\\n' | imap | (sleep 1; python3 -c '\(reader)') | tail -n 2
      """, on: server())
    #expect(result.output.contains("* OK 20000\r\na OK command exited successfully"), "\(result)")
  }

  @Test("The output may be a file")
  func file() throws {
    let server = try server()
    let folder = server.dovecot.folder
    let input = try folder.addFile(
      named: "session.in",
      octets: Array(
        (#"a XEXEC sh "seq 20000; sleep 0.3; printf '\\005Name?\\n'; read a; echo I am $a""#
          + "\r\nJoe\r\nb XEXEC data cat {5+}\r\nhello\r\nc NOOP\r\n").utf8))
    let output = "\(folder.path)/session.out"
    let result = try shell(
      "cat \(input) | imap >\(output); tail -n 7 \(output)", on: server)
    let lines = result.output.split(separator: "\r\n").map { $0.prefix { $0 != "(" } }
    #expect(
      lines == [
        "* OK 20000", "+ Name?", "* OK I am Joe", "a OK command exited successfully ",
        "* OK hello", "b OK command exited successfully ", "c OK NOOP completed ",
      ], "\(result)")
  }

  @Test("A literal that is refused and comes late is skipped")
  func refusedLiteral() throws {
    let server = try server()
    let result = try shell(
      """
      { printf 'a XEXEC data (x) {5+}\\r\\n'; sleep 0.5; printf 'hello\\r\\nb NOOP\\r\\n'; } | imap | cat
      """, on: server)
    #expect(result.output.contains("a BAD "), "\(result)")
    #expect(result.output.contains("b OK NOOP completed"), "\(result)")
  }

  @Test("A prompt at the end of such input ends the program")
  func pipeAndPrompt() throws {
    let server = try server()
    let result = try shell(
      "printf 'a XEXEC sh {36+}\\r\\nprintf \"\\\\005\\\\n\"; read x; echo \"<$x>\"\\r\\n' | imap | cat",
      on: server)
    #expect(
      result.output.contains("a NO client has ended its input, and a prompt waits for it"),
      "\(result)")
  }

  @Test("The end of the output is the end of the client", arguments: [false, true])
  func closedOutput(promptIsOpen: Bool) throws {
    let server = try server()
    let program = promptIsOpen ? "printf '\\005\\n'; read x" : "echo on; sleep 100"
    let script = "\(program); : \(word)"
    // the shell holds the input open; head leaves after three lines
    let command = "a XEXEC sh {\(script.utf8.count)+}\\r\\n"
    let result = try shell(
      """
      { printf '%b' '\(command)'; printf '%s\\r\\n' '\(script.replacing("'", with: "'\\''"))'; \
      sleep 20; } | imap | sed '/^+ \\|^\\* OK on/q'
      """, on: server)
    #expect(result.status == 0, "\(result)")
    expectSoon("the program is gone") { processes(with: word).isEmpty }
  }
}

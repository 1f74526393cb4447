import Foundation
import Glibc
import PrivateDovecot
import Testing

/// Programs behind Dovecot's `script` service. The module `far` runs a shell script there, `words`
/// prints its arguments.
@Suite struct ServiceTests {
  private func server(
    _ configure: (PrivateFolder, inout PrivateDovecot.Options) throws -> Void = { _, _ in }
  ) throws -> Server {
    try Server { folder, options in
      options.globalText = """
        service xexec-sh {
          executable = script -e USER,HOME,IP,XEXEC_MODULE,XEXEC_LITERAL_SIZE /bin/sh -c
          \(geteuid() == 0 ? "user = nobody" : "")
          process_limit = 20
          unix_listener xexec-sh {
            mode = 0666
          }
        }
        service xexec-words {
          executable = script /usr/bin/printf <%s>\\n
          \(geteuid() == 0 ? "user = nobody" : "")
          unix_listener xexec-words {
            mode = 0666
          }
        }
        """
      options.modules["far"] = "unix:xexec-sh"
      options.modules["words"] = "unix:xexec-words configured '%{user}'"
      options.modules["letter"] = "unix:xexec-sh 'cat; echo \"$XEXEC_LITERAL_SIZE\"'"
      options.modules["letter"]?.stdin = "literal"
      try configure(folder, &options)
    }
  }

  private func run(_ script: String, on client: IMAPConnection) throws -> IMAPReply {
    let tag = client.makeTag()
    try client.sendLine("\(tag) XEXEC far {\(script.utf8.count)+}\r\n\(script)")
    return try client.readResponses(untilTagged: tag)
  }

  @Test("A program runs there as another user, and tells how it ended")
  func runs() throws {
    let server = try server()
    let client = try server.connect()
    var reply = try run("id -un; echo $USER $XEXEC_MODULE", on: client)
    #expect(reply.outcome == "OK command exited successfully")
    #expect(reply.texts.last == "* OK \(Server.user) far")
    if geteuid() == 0 { #expect(reply.texts.first == "* OK nobody") }

    reply = try run("echo unfinished -; printf 'no newline'; exit 3", on: client)
    #expect(reply.outcome == "NO command failed")
    #expect(reply.texts == ["* OK unfinished -", "* OK no newline"])
    try client.expectInStep()
    let log = server.pluginLog(count: 2)
    #expect(log[0].hasPrefix("xexec: module far, unix:xexec-sh: exit status 0, "))
    #expect(log[1].hasPrefix("xexec: module far, unix:xexec-sh: failed, "))
    #expect(log[1].hasSuffix(" ms, 23 octets out, 0 octets in"))
  }

  @Test("Arguments of every kind arrive, empty ones too")
  func arguments() throws {
    let server = try server()
    let client = try server.connect()
    let words = [
      "", "a b", "tab\there", "\u{1}", "\u{1}t", "noreply", "alarm=1", "é", "", "--", "env_A=b",
    ]
    let tag = client.makeTag()
    try client.sendLine(
      "\(tag) XEXEC words" + words.map { " {\($0.utf8.count)+}\r\n\($0)" }.joined())
    let reply = try client.readResponses(untilTagged: tag)
    #expect(reply.isOK)
    let shown = words.map { word in
      String(word.map { $0 == "\u{1}" ? " " : $0 })
    }
    #expect(reply.texts == (["configured", Server.user] + shown).map { "* OK <\($0)>" })

    let lines = try client.command("XEXEC words {7+}\r\na\r\nb\r\nc")
    #expect(
      lines.texts == ["* OK <configured>", "* OK <\(Server.user)>", "* OK <a", "* OK b", "* OK c>"])
  }

  @Test("Prompts work, also those that look like the end of the output")
  func prompts() throws {
    let server = try server()
    let client = try server.connect()
    let script =
      #"ask() { printf '\005%s\n' "$1"; read -r a; echo "$a"; }; ask one; ask 'two +'; ask -"#
    let tag = client.makeTag()
    try client.sendLine("\(tag) XEXEC far {\(script.utf8.count)+}\r\n\(script)")
    for (label, answer) in [("one", "1"), ("two +", "2"), ("-", "3")] {
      #expect(try client.readLine() == Array("+ \(label)".utf8))
      try client.sendLine(answer)
      #expect(try client.readLine() == Array("* OK \(answer)".utf8))
    }
    #expect(try client.readResponses(untilTagged: tag).isOK)
  }

  @Test("Output is whole, however it is cut, and whatever it ends with")
  func output() throws {
    let server = try server()
    let client = try server.connect()
    for end in ["", "+", "-", "+\n", "-\n", "+\n-\n", "x+", "\n+"] {
      let reply = try run("printf '%s' 'a+\n-\n\(end)'", on: client)
      #expect(reply.isOK)
      var lines = "a+\n-\n\(end)".split(separator: "\n", omittingEmptySubsequences: false)
      if lines.last == "" { lines.removeLast() }
      #expect(reply.texts == lines.map { "* OK \($0.isEmpty ? " " : $0)" })
    }
    let reply = try run("seq 100000 | sed 's/$/ +/'", on: client)
    // the comparison of two long lists would be a long message
    let isWhole = reply.texts == (1...100_000).map { "* OK \($0) +" }
    #expect(isWhole)
  }

  @Test("A literal is the program's stdin there too, with its end")
  func literal() throws {
    let server = try server()
    let client = try server.connect()
    let text = String(repeating: "line\r\n", count: 50_000)
    for plus in ["+", ""] {
      let tag = client.makeTag()
      try client.sendLine("\(tag) XEXEC letter {\(text.utf8.count)\(plus)}")
      if plus.isEmpty { #expect(try client.readLine() == Array("+ OK".utf8)) }
      try client.send(text + "\r\n")
      let reply = try client.readResponses(untilTagged: tag)
      #expect(reply.isOK)
      #expect(reply.untagged.count == 50_001)
      #expect(reply.texts.last == "* OK \(text.utf8.count)")
      try client.expectInStep()
    }
  }

  @Test("A service that is absent, refuses or never answers is UNAVAILABLE")
  func unavailable() throws {
    let full = try FullListener()
    let port = try findFreePort()
    let server = try server { folder, options in
      options.modules["absent"] = .init("unix:nowhere", stdin: "literal")
      options.modules["closed"] = "tcp:127.0.0.1:\(port)"
      options.modules["unknown"] = "tcp:host.invalid:\(port)"
      options.modules["full"] = "unix:\(full.path)"
      options.modules["hostless"] = "tcp:%{userdb:nothing}:1"
      options.modules["hollow"] = "tcp:[]:1"
    }
    let client = try server.connect()
    let outcome = "NO [UNAVAILABLE] service of this command cannot be reached"
    for module in ["absent", "closed", "unknown", "full", "hostless", "hollow"] {
      let reply = try client.command("XEXEC \(module)")
      #expect(reply.outcome == outcome, "\(module)")
      try client.expectInStep()
    }
    // the literal is not asked for, or skipped
    #expect(try client.command("XEXEC absent {10}").lines.count == 1)
    #expect(try client.command("XEXEC absent {10+}\r\n0123456789").outcome == outcome)
    try client.expectInStep()
    let log = server.dovecot.logText()
    #expect(log.contains("xexec: connecting to unix:nowhere failed: No such file or directory"))
    #expect(log.contains("xexec: connecting to tcp:127.0.0.1:\(port) failed: Connection refused"))
    #expect(log.contains("xexec: connecting to unix:\(full.path) failed: no connection in 5000 ms"))
  }

  /// Dovecot 2.4 calls back when a lookup is aborted. Other clients of the process are there to tell.
  @Test("A name that is never found: at its limit, and when the client goes before")
  func endlessLookup() throws {
    let server = try server { folder, options in
      options.globalText += """

        service dns-client {
          executable = \(try folder.addProgram(named: "sleep", text: "#!/bin/sh\nexec sleep 60\n"))
        }
        """
      options.imapService = .init(clientLimit: 10, serviceCount: 0, processLimit: 1)
      options.modules["far"] = "tcp:far.example.org:1199"
    }
    let other = try server.connect()
    let client = try server.connect()
    #expect(
      try client.command("XEXEC far").outcome
        == "NO [UNAVAILABLE] service of this command cannot be reached")
    try client.expectInStep()
    for reset in [false, true] {
      let gone = try server.connect()
      try gone.sendLine("a XEXEC far")
      usleep(200_000)
      reset ? gone.reset() : gone.close()
    }
    usleep(300_000)
    try other.expectInStep()
    try client.expectInStep()
    #expect(!server.dovecot.logText().contains("killed with signal"))
  }

  @Test("A service that goes away in the middle is UNAVAILABLE, what it said is shown")
  func lost() throws {
    let server = try server()
    let client = try server.connect()
    // the process that is to tell the result is the parent
    let reply = try run("echo said; kill -KILL $PPID; sleep 0.1", on: client)
    #expect(reply.texts == ["* OK said"])
    #expect(reply.outcome == "NO [UNAVAILABLE] connection to the service of this command was lost")
  }

  @Test("The time limit, and a client that goes, end the connection")
  func ends() throws {
    let server = try server { _, options in options.modules["far"]?.timeout = "500ms" }
    var client = try server.connect()
    let word = uniqueWord()
    let reply = try run("echo said; read -r line; echo end >/tmp/\(word)", on: client)
    #expect(reply.outcome == "NO [LIMIT] command timed out")
    #expect(reply.texts == ["* OK said"])
    expectSoon("an end of file at the program") {
      FileManager.default.fileExists(atPath: "/tmp/\(word)")
    }
    try client.expectInStep()

    client = try server.connect()
    let script = "printf '\\005\\n'; read -r line; echo end >/tmp/\(word)2"
    try client.sendLine("a XEXEC far {\(script.utf8.count)+}\r\n\(script)")
    #expect(try client.readLine() == Array("+ OK".utf8))
    client.close()
    expectSoon("an end of file at the program") {
      FileManager.default.fileExists(atPath: "/tmp/\(word)2")
    }
    for file in [word, word + "2"] { try FileManager.default.removeItem(atPath: "/tmp/\(file)") }
  }

  @Test("tcp:HOST:PORT reaches a script service on a network")
  func tcp() throws {
    let port = try findFreePort()
    let server = try server { _, options in
      options.globalText += """

        service xexec-net {
          executable = script /bin/sh -c
          \(geteuid() == 0 ? "user = nobody" : "")
          inet_listener xexec-net {
            port = \(port)
          }
        }
        """
      options.modules["net"] = "tcp:127.0.0.1:\(port)"
      options.modules["named"] = "tcp:localhost:\(port)"
      options.modules["sent"] = "tcp:127.0.0.1:\(port) cat"
      options.modules["sent"]?.stdin = "literal"
    }
    let client = try server.connect()
    #expect(try client.command("XEXEC net \"echo hello\"").texts == ["* OK hello"])
    #expect(try client.command("XEXEC named \"echo hello; exit 1\"").outcome == "NO command failed")
    #expect(try client.command("XEXEC sent {5+}\r\na\r\nb\n").texts == ["* OK a", "* OK b"])
  }
}

/// A UNIX socket whose queue is full: nobody ever accepts.
final class FullListener {
  let path = "/tmp/\(uniqueWord())"
  private var sockets: [Int32] = []

  init() throws {
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    sockets.append(listener)
    try withAddress { address, size in
      try #require(bind(listener, address, size) == 0)
      chmod(path, 0o777)
      try #require(listen(listener, 0) == 0)
      while true {
        let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        sockets.append(client)
        if connect(client, address, size) != 0 { break }
      }
    }
  }

  deinit {
    for socket in sockets { close(socket) }
    unlink(path)
  }

  private func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Void) throws {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    try withUnsafePointer(to: &address) {
      try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        try body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}

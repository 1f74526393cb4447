import Foundation
import PrivateDovecot
import Testing

/// Section 3 of the contract: prompts.
@Suite struct PromptTests {
  let server: Server
  let client: IMAPConnection

  init() throws {
    server = try Server()
    client = try server.connect()
  }

  /// Asks for a line with a prompt and repeats it, `count` times.
  static func repeating(_ count: Int) -> String {
    "i=0; while [ $i -lt \(count) ]; do printf '\\005\\n'; IFS= read -r x; echo \"<$x>\"; "
      + "i=$((i+1)); done"
  }

  @Test("A prompt is a continuation request, with its label or OK")
  func labels() throws {
    let tag = try client.start(
      script: "printf '\\005\\n'; read a; printf '\\005Your name?\\n'; read b; echo \"$a $b\"")
    #expect(try client.readLine() == Array("+ OK".utf8))
    try client.sendLine("Joe")
    #expect(try client.readLine() == Array("+ Your name?".utf8))
    try client.send("Doe\n")
    let reply = try client.readResponses(untilTagged: tag)
    #expect(reply.texts == ["* OK Joe Doe"])
    #expect(reply.isOK)
  }

  @Test("Answers may be sent ahead, all in one packet with the command and what follows it")
  func ahead() throws {
    let script = Self.repeating(3)
    try client.send(
      "x XEXEC sh {\(script.utf8.count)+}\r\n\(script)\r\none\r\n two \n\r\nn NOOP\r\n")
    let reply = try client.readResponses(untilTagged: "x")
    #expect(reply.texts == ["+ OK", "* OK <one>", "+ OK", "* OK < two >", "+ OK", "* OK <>"])
    #expect(try client.readResponses(untilTagged: "n").texts.isEmpty)
  }

  @Test("Answers arrive whole however their octets are cut into packets")
  func cut() throws {
    let tag = try client.start(script: Self.repeating(2))
    for octet in Array("first answer\r\nsecond\r\n".utf8) {
      try client.send([octet])
      Thread.sleep(forTimeInterval: 0.002)
    }
    #expect(
      try client.readResponses(untilTagged: tag).texts
        == ["+ OK", "* OK <first answer>", "+ OK", "* OK <second>"])
  }

  @Test("Lines are answers and no commands while a prompt waits, several prompts in order")
  func severalOpen() throws {
    let tag = try client.start(
      script: "printf '\\005one\\n\\005two\\n\\005three\\n'; head -n 3")
    #expect(try client.readLine() == Array("+ one".utf8))
    #expect(try client.readLine() == Array("+ two".utf8))
    #expect(try client.readLine() == Array("+ three".utf8))
    try client.send("a LOGOUT\r\nb NOOP\r\n")
    try client.send("c DELETE INBOX\r\nafter NOOP\r\n")
    let reply = try client.readResponses(untilTagged: tag)
    #expect(reply.texts == ["* OK a LOGOUT", "* OK b NOOP", "* OK c DELETE INBOX"])
    #expect(try client.readResponses(untilTagged: "after").texts.isEmpty)
  }

  @Test("Without a prompt no line reaches the program")
  func noPrompt() throws {
    let tag = try client.start(script: "x=$(timeout 0.5 head -n 1); echo \"$? <$x>\"")
    try client.sendLine("n NOOP")
    let reply = try client.readResponses(untilTagged: tag)
    #expect(reply.texts == ["* OK 124 <>"])
    #expect(try client.readResponses(untilTagged: "n").isOK)
  }

  @Test("A program that exits with prompts open ends the command; later lines are commands")
  func openAtExit() throws {
    let reply = try client.run(script: "printf '\\005\\n\\005\\n'")
    #expect(reply.texts == ["+ OK", "+ OK"])
    #expect(reply.isOK)
    try client.expectInStep()
  }

  @Test("An answer of 60,000 octets arrives; octets are passed on as they are")
  func longAnswer() throws {
    let tag = try client.start(script: "printf '\\005\\n'; head -n 1 | od -An -tx1 -v | md5sum")
    let answer = (0..<60_000).map { (number: Int) in UInt8(number * 7 % 256) }
      .filter { $0 != 10 && $0 != 13 }
    try client.send(answer + [13, 10])
    let reply = try client.readResponses(untilTagged: tag)
    let expected = try server.dovecot.folder.addFile(named: "answer", octets: answer + [10])
    let check = try client.run(script: "od -An -tx1 -v < \(expected) | md5sum")
    #expect(reply.texts.dropFirst() == check.texts[...])
  }

  @Test("An answer longer than imap_max_line_length ends the program and is BAD")
  func tooLong() throws {
    let server = try Server { _, options in options.imapMaxLineLength = 8192 }
    let client = try server.connect()
    let word = uniqueWord()
    let tag = try client.start(script: "printf '\\005\\n'; read x; : \(word); sleep 100")
    #expect(try client.readLine() == Array("+ OK".utf8))
    try client.send(String(repeating: "x", count: 1_000_000) + "\r\nafter NOOP\r\n")
    let reply = try client.readResponses(untilTagged: tag)
    #expect(reply.status == "BAD", "\(reply.lines)")
    #expect(try client.readResponses(untilTagged: "after").isOK)
    expectSoon("the program is gone") { processes(with: word).isEmpty }
  }

  @Test("A program that closes its stdin takes its answers to nowhere, and nobody is hurt")
  func closedStdin() throws {
    let reply = try client.run(
      script: "exec <&-; printf '\\005\\n'; sleep 0.3; echo done; sleep 0.2")
    #expect(reply.texts == ["+ OK", "* OK done"])
    let tag = try client.start(
      script: "exec <&-; printf '\\005\\n\\005\\n'; sleep 0.5; echo done")
    try client.send("one\r\ntwo\r\n")
    #expect(try client.readResponses(untilTagged: tag).texts == ["+ OK", "+ OK", "* OK done"])
    try client.expectInStep()
  }

  @Test("A prompt is answered within milliseconds")
  func latency() throws {
    let rounds = 100
    let tag = try client.start(script: Self.repeating(rounds))
    var times: [Double] = []
    for _ in 0..<rounds {
      times.append(
        try seconds {
          _ = try client.readUntilContinuation()
          try client.sendLine("x")
        })
    }
    #expect(try client.readResponses(untilTagged: tag).isOK)
    // the median: a busy machine may hold up some of them
    #expect(times.sorted()[rounds / 2] < 0.05, "\(times)")
  }

  @Test("Five thousand prompts, answered ahead as fast as the connection takes them")
  func many() throws {
    let rounds = 5000
    let tag = try client.start(script: Self.repeating(rounds))
    let sender = Thread {
      for number in 0..<rounds { try? client.sendLine("\(number)") }
    }
    sender.start()
    let reply = try client.readResponses(untilTagged: tag)
    let texts = reply.texts.filter { $0 != "+ OK" }
    #expect(texts == (0..<rounds).map { "* OK <\($0)>" })
    #expect(reply.isOK)
  }
}

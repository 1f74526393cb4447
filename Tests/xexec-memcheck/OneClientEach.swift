import Foundation
import PrivateDovecot

extension Dialogue {
  /// Each connection has an imap process of its own, which ends with it.
  static let oneClientEach = Dialogue(
    title: "One client in each imap process",
    parts: commands + output + prompts + literals + services + endings + refusals,
    configure: configureModules)

  private static let commands = [
    Part("commands and arguments") { stage in
      let client = try stage.connect()
      try client.expect(#"XEXEC args atom "quoted \"x\" \\ y" "" NIL -- "$(id)" *"#)
      try client.sendLine("s xexec ARGS {5}")
      try client.expectLine("+ OK")
      try client.sendLine("a\r\nb\n {4+}\r\nüé x")
      try client.finish("s")
      try client.expect("XEXEC words", "OK")
      try client.expect("XEXEC args \(String(repeating: "x ", count: 2000))y")
      try client.expect("XEXEC args {60000+}\r\n\(String(repeating: "x", count: 60_000))")
      try client.leave()
    },
    Part("what is no command") { stage in
      let client = try stage.connect()
      for command in [
        "XEXEC", "XEXEC ", #"XEXEC "args" x"#, "XEXEC {4+}\r\nargs x", "XEXEC (args) x",
        "XEXEC args (x)", "XEXEC args x (", "XEXEC ar%gs x", "XEXEC args {3+}\r\na\0b",
      ] {
        try client.expect(command, "BAD")
      }
      try client.expect("XEXEC nothing x", "NO [NONEXISTENT]")
      try client.leave()
    },
    Part("a user's own modules") { stage in
      let client = try stage.connect(as: "own@example.com")
      try client.expect("XEXEC args x")
      try client.expect("XEXEC mine")
      try client.leave()
    },
    Part("bad settings") { stage in
      let client = try stage.connect(as: "bad@example.com")
      try client.expect("XEXEC args x")
      try client.expect("XEXEC empty", "NO [NONEXISTENT]")
      try client.leave()
    },
    Part("a user without the plugin") { stage in
      let client = try stage.connect(as: "plain@example.com")
      try client.expect("XEXEC args x", "BAD")
      try client.leave()
    },
    Part("commands behind a running program, LOGOUT the last") { stage in
      let client = try stage.connect()
      let tag = try client.start(script: "sleep 0.3; echo one")
      try client.send("n NOOP\r\nx XEXEC args x\r\nc CAPABILITY\r\nl LOGOUT\r\n")
      try client.finish(tag, showing: ["* OK one"])
      for tag in ["n", "x", "c", "l"] { try client.finish(tag) }
      client.close()
    },
    Part("a selected mailbox, into which the program delivers") { stage in
      let client = try stage.connect()
      try client.expect("SELECT INBOX")
      try client.run(
        script: "printf 'Subject: x\\n\\nbody\\n' > Maildir/new/1.M1P1.host",
        showing: ["* 1 EXISTS", "* 1 RECENT"])
      try client.expect("FETCH 1 BODY[]")
      try client.leave()
    },
    Part("a FETCH that is half out") { stage in
      let client = try stage.connect(receiveBufferSize: 8192)
      let message = "Subject: x\r\n\r\n" + String(repeating: "0123456789abcde\r\n", count: 120_000)
      try client.expect("APPEND INBOX {\(message.utf8.count)+}\r\n\(message)")
      try client.expect("SELECT INBOX")
      try client.send("f FETCH * BODY[]\r\nx XEXEC args behind\r\nn NOOP\r\n")
      usleep(500_000)
      for tag in ["f", "x", "n"] { try client.finish(tag) }
      try client.leave()
    },
  ]

  private static let output = [
    Part("output of every kind") { stage in
      let client = try stage.connect()
      try client.run(script: "echo a; printf b", showing: ["* OK a", "* OK b"])
      try client.run(script: "echo x >&2; printf y >&2", showing: ["* NO x", "* NO y"])
      try client.run(script: "head -c 100000 /dev/zero | tr '\\0' a; echo; echo next")
      try client.run(script: "head -c 100000 /dev/zero | tr '\\0' '\\303'")
      try client.run(script: #"printf 'a\000b\001\033\177\tc\r\n\377\376 \303\244 \342\202\n'"#)
      try client.run(script: "echo '[ALERT] x'; echo '[UIDVALIDITY 1] x'; echo '[alert'; echo '['")
      try client.run(script: "head -c 200000 /dev/urandom | tr -d '\\005'")
      try client.run(script: "seq 20000 >&2 & seq 20000; wait")
      try client.run(script: "exec 2>&-; echo a; sleep 0.1; printf b")
      try client.leave()
    },
    Part("every way to exit") { stage in
      let client = try stage.connect()
      try client.run(script: "exit 3", result: "NO command failed (exit status 3)")
      try client.run(script: "kill -KILL $$", result: "NO command failed (signal SIGKILL)")
      try client.run(script: "kill -40 $$", result: "NO command failed (signal ")
      try client.run(script: "sleep 2 & echo on", showing: ["* OK on"])
      try client.run(script: "(trap '' PIPE; yes | head -c 1000000) & sleep 0.2")
      try client.leave()
    },
    Part("a flood, and a client that reads slowly") { stage in
      let client = try stage.connect(receiveBufferSize: 4096)
      let tag = try client.start(script: "seq -f 'line %.0f 01234567890123456789' 60000")
      try client.sendLine("n NOOP")
      usleep(1_000_000)
      try client.finish(tag)
      try client.finish("n")
      try client.leave()
    },
    Part("COMPRESS=DEFLATE: prompts, and a flood") { stage in
      let client = try stage.connect()
      try client.compress()
      let script = repeating(3)
      try client.send(
        "x XEXEC sh {\(script.utf8.count)+}\r\n\(script)\r\n1\r\n2\r\n3\r\nn NOOP\r\n")
      try client.finish("x")
      try client.finish("n")
      let tag = try client.start(script: script)
      for number in 0..<3 {
        _ = try client.readUntilContinuation()
        try client.sendLine("answer \(number)")
      }
      try client.finish(tag, showing: ["* OK <answer 2>"])
      try client.run(script: "seq 50000")
      try client.leave()
    },
  ]

  private static let prompts = [
    Part("prompts, with a label and without") { stage in
      let client = try stage.connect()
      let tag = try client.start(
        script: "printf '\\005\\n'; read a; printf '\\005Your name?\\n'; read b; echo \"$a $b\"")
      try client.expectLine("+ OK")
      try client.sendLine("Joe")
      try client.expectLine("+ Your name?")
      try client.send("Doe\n")
      try client.finish(tag, showing: ["* OK Joe Doe"])
      let cut = try client.start(script: repeating(2))
      for octet in Array("first answer\r\nsecond\r\n".utf8) {
        try client.send([octet])
        usleep(2000)
      }
      try client.finish(cut)
      try client.leave()
    },
    Part("answers ahead") { stage in
      let client = try stage.connect()
      let script = repeating(50)
      try client.send("x XEXEC sh {\(script.utf8.count)+}\r\n\(script)\r\n")
      try client.send((0..<50).map { "answer \($0)\r\n" }.joined() + "n NOOP\r\n")
      try client.finish("x")
      try client.finish("n")
      try client.leave()
    },
    Part("prompts left open, and a closed stdin") { stage in
      let client = try stage.connect()
      try client.run(script: "printf '\\005\\n\\005\\n'", showing: ["+ OK", "+ OK"])
      let tag = try client.start(
        script: "exec <&-; printf '\\005\\n\\005\\n'; sleep 0.5; echo done")
      try client.send("one\r\ntwo\r\n")
      try client.finish(tag, showing: ["+ OK", "+ OK", "* OK done"])
      try client.leave()
    },
    Part("a long answer, to a program that reads late") { stage in
      let client = try stage.connect()
      let tag = try client.start(script: "printf '\\005\\n'; sleep 1; head -n 1 | wc -c")
      try client.expectLine("+ OK")
      try client.sendLine(String(repeating: "x", count: 150_000))
      try client.finish(tag, showing: ["* OK 150001"])
      try client.leave()
    },
    Part("an answer that is too long") { stage in
      let client = try stage.connect()
      let tag = try client.start(script: "printf '\\005\\n'; read x; sleep 100")
      try client.expectLine("+ OK")
      try client.send(String(repeating: "x", count: 1_000_000) + "\r\nn NOOP\r\n")
      try client.finish(tag, result: "BAD")
      try client.finish("n")
      try client.leave()
    },
  ]
}

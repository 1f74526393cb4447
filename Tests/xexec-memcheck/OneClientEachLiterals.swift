import Foundation
import PrivateDovecot

extension Dialogue {
  /// The parts in which a literal is the program's stdin.
  static let literals =
    [
      Part("literals of every size and form") { stage in
        let client = try stage.connect()
        for size in [0, 1, 5000, 300_000] {
          let tag = try client.start(size, "data \"wc -c\"")
          try client.sendLine(String(repeating: "x", count: size))
          try client.finish(tag, showing: ["* OK \(size)"])
        }
        try client.sendLine("s XEXEC data \"wc -c\" {5}")
        try client.expectLine("+ OK")
        try client.sendLine("12345")
        try client.finish("s", showing: ["* OK 5"])
        try client.expect("XEXEC data \"cat >/dev/null\" {3+}\r\nabc more", "BAD")
        try client.expect("XEXEC data \"exit 3\" {3+}\r\nabc", "NO command failed (exit status 3)")
        try client.expect("XEXEC data (x {3+}\r\nabc", "BAD")
        try client.run(script: "printf '\\005\\n'", showing: ["+ OK"])
        try client.leave()
      },
      Part("a literal and its echo, with commands behind") { stage in
        let client = try stage.connect(receiveBufferSize: 4096)
        let line = String(repeating: "x", count: 99) + "\n"
        let tag = try client.start(500_000, "data cat")
        let sender = Thread {
          try? client.send(String(repeating: line, count: 5000) + "\r\nn NOOP\r\n")
        }
        sender.start()
        try client.finish(tag, showing: Array(repeating: "* OK \(line.dropLast())", count: 5000))
        try client.finish("n")
        try client.leave()
      },
      Part("literals that nobody reads, or that are refused") { stage in
        let client = try stage.connect()
        for (module, size, result) in [
          ("data \"exit 3\"", 900_000, "NO command failed"),
          ("data \"exec 0<&-; sleep 0.2\"", 900_000, "OK"),
          ("data x", 2_000_000, "NO [LIMIT]"), ("gone-data", 100_000, "NO "),
          ("short \"sleep 100\"", 500_000, "NO [LIMIT] command timed out"),
        ] {
          let tag = try client.start(size, module)
          try client.sendLine(String(repeating: "x", count: size))
          try client.finish(tag, result: result)
          try client.expect("NOOP")
        }
        try client.expect("XEXEC data x {99999999999}", "NO [LIMIT]")
        try client.leave()
      },
      Part("a literal larger than any number") { stage in
        let client = try stage.connect()
        try client.sendLine("a XEXEC data x {99999999999999999999+}")
        _ = try client.readToEnd()
      },
    ]
    + Departure.allCases.flatMap { departure in
      [
        Part("\(departure.rawValue), in the middle of a literal") { stage in
          let client = try stage.connect()
          _ = try client.start(100, "data \"echo on; exec cat\"")
          try client.expectLine("* OK on")
          try client.send("12345")
          departure.leave(client)
        },
        Part("\(departure.rawValue), in the middle of a literal behind a full pipe") { stage in
          let client = try stage.connect()
          _ = try client.start(900_000, "data \"trap '' TERM; echo on; sleep 100\"")
          try client.expectLine("* OK on")
          try client.send(String(repeating: "x", count: 100_000))
          departure.leave(client)
        },
        Part("\(departure.rawValue), in the middle of a literal that is skipped") { stage in
          let client = try stage.connect()
          _ = try client.start(900_000_000, "data x")
          try client.send(String(repeating: "x", count: 100_000))
          departure.leave(client)
        },
        Part("\(departure.rawValue), in the middle of a service's literal") { stage in
          let client = try stage.connect()
          _ = try client.start(100, "far \"echo on; cat\"")
          try client.expectLine("* OK on")
          try client.send("12345")
          departure.leave(client)
        },
        Part("\(departure.rawValue), in a service's prompt") { stage in
          let client = try stage.connect()
          try client.sendLine("a XEXEC far \"printf '\\\\005\\\\n'; read x\"")
          try client.expectLine("+ OK")
          departure.leave(client)
        },
      ]
    }

  /// The parts in which the program is behind a service.
  static let services = [
    Part("a program behind a service") { stage in
      let client = try stage.connect()
      try client.expect("XEXEC far \"echo on\"")
      try client.expect("XEXEC far \"exit 3\"", "NO command failed")
      try client.expect("XEXEC far \"seq 50000 | sed 's/$/ +/'\"")
      try client.expect("XEXEC far \"cat; echo -\" {1+}\r\nx")
      let tag = try client.start(500_000, "far \"wc -c\"")
      try client.sendLine(String(repeating: "x", count: 500_000))
      try client.finish(tag, showing: ["* OK 500000"])
      try client.sendLine("p XEXEC far \"printf '\\\\005+\\\\n'; read x; echo $x\"")
      try client.expectLine("+ +")
      try client.sendLine("joe")
      try client.finish("p", showing: ["* OK joe"])
      try client.expect("XEXEC hasty \"sleep 3\"", "NO [LIMIT] command timed out")
      try client.leave()
    },
    Part("a service that cannot be reached") { stage in
      let client = try stage.connect()
      for module in ["absent", "closed", "unknown", "wrong", "absent x {3+}\r\nabc"] {
        try client.expect("XEXEC \(module)", "NO [UNAVAILABLE]")
      }
      try client.expect("NOOP")
      try client.leave()
    },
  ]
}

extension IMAPConnection {
  /// Sends `XEXEC` up to a literal of so many octets. Returns the tag.
  fileprivate func start(_ size: Int, _ command: String) throws -> String {
    let tag = makeTag()
    try sendLine("\(tag) XEXEC \(command) {\(size)+}")
    return tag
  }
}

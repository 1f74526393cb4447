import Foundation
import PrivateDovecot

/// How a client goes without LOGOUT.
enum Departure: String, CaseIterable {
  case close, reset
  case halfClose = "half close"

  func leave(_ client: IMAPConnection) {
    switch self {
    case .close: client.close()
    case .reset: client.reset()
    case .halfClose: client.shutdownWrite()
    }
  }
}

extension Dialogue {
  /// The parts in which the server ends the program.
  static let endings =
    [
      Part("the time limit") { stage in
        let client = try stage.connect()
        let result = "NO [LIMIT] command timed out"
        try client.run(script: "echo on; sleep 100", module: "limited", result: result)
        let tag = try client.start(
          script: "printf '\\005\\n'; read x; exec sleep 100", module: "limited")
        try client.expectLine("+ OK")
        usleep(1_500_000)
        try client.sendLine("late")
        try client.finish(tag, result: result)
        try client.leave()
      },
      Part("the time limit, in a flood, and SIGTERM ignored") { stage in
        let client = try stage.connect(receiveBufferSize: 4096)
        let tag = try client.start(script: "trap '' TERM; exec yes", module: "limited")
        usleep(8_000_000)
        try client.finish(tag, result: "NO [LIMIT] command timed out")
        try client.leave()
      },
      Part("the time limit, and a child that stays") { stage in
        let client = try stage.connect()
        try client.run(
          script: "(trap '' TERM; exec sleep 100) & wait", module: "limited",
          result: "NO [LIMIT] command timed out")
        try client.expect("NOOP")
        try client.leave()
      },
      Part("doveadm kick") { stage in
        let client = try stage.connect()
        _ = try client.start(script: "trap '' TERM; echo on; while :; do sleep 0.1; done")
        try client.expectLine("* OK on")
        let result = try stage.dovecot.doveadm("kick", Stage.user)
        try demand(result.status == 0, "doveadm kick: \(result)")
        _ = try client.readToEnd()
      },
    ] + departures

  /// The client goes, in every way and at every stage.
  private static let departures = Departure.allCases.flatMap { departure in
    [
      Part("\(departure.rawValue), while the program works") { stage in
        let client = try stage.connect()
        _ = try client.start(script: "echo on; sleep 100 & sleep 100")
        try client.expectLine("* OK on")
        departure.leave(client)
      },
      Part("\(departure.rawValue), in a prompt") { stage in
        let client = try stage.connect()
        _ = try client.start(script: "printf '\\005\\n'; read x")
        try client.expectLine("+ OK")
        try client.send("half an answer")
        departure.leave(client)
      },
      Part("\(departure.rawValue), in a flood") { stage in
        let client = try stage.connect(receiveBufferSize: 4096)
        _ = try client.start(script: "exec yes")
        try client.expectLine("* OK y")
        usleep(300_000)
        departure.leave(client)
      },
      Part("\(departure.rawValue), with commands behind, and SIGTERM ignored") { stage in
        let client = try stage.connect()
        _ = try client.start(script: "trap '' TERM; echo on; while :; do sleep 0.1; done")
        try client.expectLine("* OK on")
        try client.send(String(repeating: "x NOOP\r\n", count: 1000))
        departure.leave(client)
      },
      Part("\(departure.rawValue), before the command is complete") { stage in
        let client = try stage.connect()
        try client.send("x XEXEC args y {100+}\r\nfour")
        departure.leave(client)
      },
    ]
  }
}

import Foundation
import PrivateDovecot

extension Dialogue {
  /// How many clients the one imap process serves before it ends.
  private static let clientCount = 9

  /// All clients are in one imap process.
  static let sharedProcess = Dialogue(
    title: "\(clientCount) clients in one imap process",
    parts: [Part("side by side, coming and going", sideBySide)],
    configure: { options in
      configureModules(&options)
      options.imapService = .init(
        clientLimit: clientCount + 1, serviceCount: clientCount, processLimit: 1)
    })

  @Sendable private static func sideBySide(_ stage: Stage) throws {
    let plain = try stage.connect(as: "plain@example.com")
    let bad = try stage.connect(as: "bad@example.com")
    let clients = try (0..<5).map { _ in try stage.connect() }
    try demand(
      stage.valgrind.processes(of: stage.dovecot).count == 1, "there is more than one imap process")

    let tags = try clients.enumerated().map { number, client in
      try client.start(
        script: "printf '\\005\\n'; read x; sleep 0.5; echo \"\(number) $x\"; exit \(number)")
    }
    for _ in 0..<5 {
      try plain.expect("XEXEC args x", "BAD")
      try bad.expect("XEXEC args x")
    }
    for (number, client) in clients.enumerated().reversed() {
      try client.expectLine("+ OK")
      try client.sendLine("answer-\(number)")
    }
    for (number, client) in clients.enumerated() {
      try client.finish(
        tags[number], showing: ["* OK \(number) answer-\(number)"],
        result: number == 0 ? "OK" : "NO")
    }

    // these leave while their programs run on, each in another way
    for (client, script) in zip(
      clients,
      [
        "trap '' TERM; echo on; while :; do sleep 0.1; done", "echo on; exec yes",
        "echo on; printf '\\005\\n'; read x", "sleep 100 & echo on; sleep 100",
      ])
    {
      _ = try client.start(script: script)
      try client.expectLine("* OK on")
      client.close()
    }
    try clients[4].run(script: repeating(0))
    let own = try stage.connect(as: "own@example.com")
    try own.expect("XEXEC mine")
    let late = try stage.connect()
    try late.run(script: "sleep 7; echo here", showing: ["* OK here"])
    for client in [plain, bad, clients[4], own, late] { try client.leave() }
  }
}

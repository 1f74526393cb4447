import PrivateDovecot

/// The instructions that imap takes for what is measured: the figure that is the same on every run.
func countInstructions(_ tools: Tools, _ interruption: Interruption) throws -> [Row] {
  func onServer<Result>(
    _ candidate: Candidate, _ body: (PrivateDovecot, Callgrind) throws -> Result
  ) throws -> Result {
    var prepared: Callgrind?
    let dovecot = try interruption.watch {
      try PrivateDovecot { folder, options in
        try configure(&options, as: candidate, tools, folder)
        let callgrind = try Callgrind(in: folder)
        prepared = callgrind
        options.imapService.executable = callgrind.script
        // valgrind keeps books about all memory
        options.imapService.vszLimit = "0"
      }
    }
    defer { interruption.letGo { dovecot.stop() } }
    guard let callgrind = prepared else { throw KitError(.system, "no callgrind") }
    return try body(dovecot, callgrind)
  }
  func count(
    _ server: (dovecot: PrivateDovecot, callgrind: Callgrind),
    _ work: (Client) throws -> Void = { _ in }
  ) throws -> Double {
    let instructions = try server.callgrind.instructions(of: server.dovecot) {
      let client = try server.dovecot.logIn()
      try work(client)
      try client.logOut()
    }
    return Double(instructions) / 1000
  }
  func run(times: Int) -> (Client) throws -> Void {
    { client in
      for _ in 0..<times {
        try client.send("r XEXEC true\r\n")
        try client.expect(beginning: "r OK command exited successfully")
      }
    }
  }

  let null = try onServer(.nullPluginAndSettings) { try count(($0, $1)) }
  return try onServer(.tenModules) { dovecot, callgrind in
    let server = (dovecot, callgrind)
    let login = try count(server)
    // the first run takes more: it binds, and grows what the others find
    let once = try count(server, run(times: 1))
    let eleven = try count(server, run(times: 11))
    let output = try [60, 1000].map { length in
      let output = Output(lineLength: length, size: 1_000_000)
      return Row(
        "instructions for 1 MB in lines of \(length)",
        [try count(server) { try output.run($0) } - login], .thousandInstructions, nil)
    }
    return [
      Row(
        "instructions for login + logout, ten modules", [login], moreThan: [null],
        of: Candidate.nullPluginAndSettings.name, .thousandInstructions, nil),
      Row("instructions for XEXEC true", [(eleven - once) / 10], .thousandInstructions, nil),
    ] + output
  }
}

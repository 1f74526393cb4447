import Foundation
import PrivateDovecot

/// Much output of a program in lines of one length, and a message of the same text.
struct Output {
  /// The octets of a line, with its line feed.
  let length: Int
  /// How many lines there are.
  let count: Int

  private let responses: Lines
  private let messageLines: Lines

  private static let header = "Subject: lines\r\n\r\n"

  init(lineLength: Int, size: Int) {
    length = lineLength
    count = size / lineLength
    responses = Lines(length: lineLength, prefix: "* OK ", lineEnd: "\r\n")
    messageLines = Lines(length: lineLength, lineEnd: "\r\n")
  }

  /// The octets of all lines.
  var size: Int { length * count }

  /// Has the program write it to a client that checks and drops it.
  ///
  /// - Parameters:
  ///   - module: The module and its arguments; `nil` for the program that makes the lines.
  ///   - meanwhile: Is called about a hundred times on the way.
  func run(
    _ client: Client, module: String? = nil, meanwhile: () throws -> Void = {}
  ) throws {
    try client.send("o XEXEC \(module ?? "lines \(length) \(count)")\r\n")
    try client.expect(lines: responses, count: count, every: count / 100, meanwhile: meanwhile)
    try client.expect(beginning: "o OK command exited successfully")
  }

  /// Puts it into a file that the mail user can read, and returns the path.
  func store(in folder: PrivateFolder, named name: String) throws -> String {
    try folder.addFile(named: name, octets: octets, mode: 0o644)
  }

  /// All of it, as a program writes it.
  private var octets: [UInt8] {
    let lines = Lines(length: length, lineEnd: "\n")
    var octets: [UInt8] = []
    octets.reserveCapacity(size)
    while octets.count < size {
      let now = min(size - octets.count, lines.size)
      octets += UnsafeRawBufferPointer(start: lines.octets, count: now)
    }
    return octets
  }

  /// Fetches the message of the same text.
  ///
  /// - Parameter number: Its sequence number in the mailbox that is selected.
  func fetch(_ client: Client, message number: Int) throws {
    let octets = Self.header.utf8.count + (length + 1) * count
    try client.send("f FETCH \(number) BODY[]\r\n")
    let line = try client.receiveLine()
    guard line == "* \(number) FETCH (BODY[] {\(octets)}" else {
      throw KitError(.protocolViolation, "not the message: \(line)")
    }
    try client.expect(octets: Self.header)
    try client.expect(lines: messageLines, count: count)
    try client.expect(beginning: ")")
    try client.expect(beginning: "f OK ")
  }

  /// Puts the message into the user's INBOX, as Dovecot itself would store it: with line feeds
  /// alone, and its two sizes in the file name.
  ///
  /// - Parameter number: Messages get their sequence numbers in the order of these.
  func store(in folder: PrivateFolder, as number: Int) throws {
    let home = "home/\(Servers.user.name)"
    for name in ["Maildir", "Maildir/tmp", "Maildir/new", "Maildir/cur"] {
      try folder.addSharedFolder(named: "\(home)/\(name)")
    }
    let octets = Array(Self.header.replacing("\r\n", with: "\n").utf8) + self.octets
    let wireSize = Self.header.utf8.count + (length + 1) * count
    let sizes = "S=\(octets.count),W=\(wireSize)"
    let name = "\(1_000_000_000 + number).M\(number)P1.localhost,\(sizes):2,S"
    try folder.addFile(named: "\(home)/Maildir/cur/\(name)", octets: octets)
  }
}

/// Much output, against FETCH of as much.
func measureOutput(_ servers: Servers, _ plan: Plan) throws -> [Row] {
  let server = servers[.tenModules]
  let short = Output(lineLength: 60, size: plan.outputSize)
  let long = Output(lineLength: 1000, size: plan.outputSize)
  try short.store(in: server.folder, as: 1)
  try long.store(in: server.folder, as: 2)
  let file = try short.store(in: server.folder, named: "lines")
  let outputs: [(Output, message: Int, module: String?, Row.Bar)] = [
    (short, 1, nil, .atLeast(0.6)), (long, 2, nil, .atLeast(0.8)),
    // the most ordinary program there is: it reads the file, and FETCH has to do so too
    (short, 1, "cat \(file)", .atLeast(0.9)),
  ]
  let client = try server.logIn()
  try client.send("s SELECT INBOX\r\n")
  while try !client.receiveLine().hasPrefix("s OK ") {}

  var rows: [Row] = []
  for (output, message, module, bar) in outputs {
    var written: [Double] = []
    var fetched: [Double] = []
    func rate(_ nanoseconds: Double) -> Double { Double(output.size) * 1000 / nanoseconds }
    // the first reads the message from the disk
    try output.fetch(client, message: message)
    for _ in 0..<plan.outputs {
      written.append(rate(try time { try output.run(client, module: module) }))
      fetched.append(rate(try time { try output.fetch(client, message: message) }))
    }
    let program = module == nil ? "output" : "output of /bin/cat"
    rows.append(
      Row(
        "\(program) in lines of \(output.length) octets", written, to: fetched, of: "FETCH BODY[]",
        .megabytesPerSecond, bar))
  }
  try client.logOut()
  return rows
}

/// What much output adds to the memory of the imap process.
func measureOutputMemory(_ servers: Servers, _ plan: Plan) throws -> [Row] {
  let server = servers[.tenModules]
  let client = try server.logIn()
  let process = try server.imapProcess()
  let before = try ProcessUsage(of: process)
  var looks = [before]
  func look() throws { looks.append(try ProcessUsage(of: process)) }
  try Output(lineLength: 60, size: plan.outputSize).run(client) {
    // the server goes on meanwhile, and fills all buffers on the way
    usleep(20_000)
    try look()
  }
  try look()
  try client.logOut()
  func row(
    _ figure: String, _ what: (ProcessUsage) -> Int, _ bar: Row.Bar?
  ) -> Row {
    let peak = looks.map(what).max() ?? 0
    return Row(
      figure, [Double(peak)], moreThan: [Double(what(before))], of: "before it", .kilobytes, bar)
  }
  return [
    row("peak of its own memory during output", \.anonymousKilobytes, .atMost(256)),
    // with the pages of libraries, shared by all processes, that are used for the first time
    row("peak resident memory during output", \.residentKilobytes, nil),
  ]
}

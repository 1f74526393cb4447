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
  /// - Parameter meanwhile: Is called about a hundred times on the way.
  func run(_ client: Client, meanwhile: () throws -> Void = {}) throws {
    try client.send("o XEXEC lines \(length) \(count)\r\n")
    try client.expect(lines: responses, count: count, every: count / 100, meanwhile: meanwhile)
    try client.expect(beginning: "o OK command exited successfully")
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
    let header = Array(Self.header.replacing("\r\n", with: "\n").utf8)
    let lines = Lines(length: length, lineEnd: "\n")
    var octets = header
    octets.reserveCapacity(header.count + size)
    var rest = size
    while rest > 0 {
      let now = min(rest, lines.size)
      octets += UnsafeRawBufferPointer(start: lines.octets, count: now)
      rest -= now
    }
    let wireSize = Self.header.utf8.count + (length + 1) * count
    let sizes = "S=\(octets.count),W=\(wireSize)"
    let name = "\(1_000_000_000 + number).M\(number)P1.localhost,\(sizes):2,S"
    try folder.addFile(named: "\(home)/Maildir/cur/\(name)", octets: octets)
  }
}

/// Much output, against FETCH of as much.
func measureOutput(_ servers: Servers, _ plan: Plan) throws -> [Row] {
  let server = servers[.tenModules]
  let outputs = [
    (Output(lineLength: 60, size: plan.outputSize), 0.6),
    (Output(lineLength: 1000, size: plan.outputSize), 0.8),
  ]
  for (number, (output, _)) in zip(1..., outputs) {
    try output.store(in: server.folder, as: number)
  }
  let client = try server.logIn()
  try client.send("s SELECT INBOX\r\n")
  while try !client.receiveLine().hasPrefix("s OK ") {}

  var rows: [Row] = []
  for (number, (output, bar)) in zip(1..., outputs) {
    var written: [Double] = []
    var fetched: [Double] = []
    func rate(_ nanoseconds: Double) -> Double { Double(output.size) * 1000 / nanoseconds }
    // the first reads the message from the disk
    try output.fetch(client, message: number)
    for _ in 0..<plan.outputs {
      written.append(rate(try time { try output.run(client) }))
      fetched.append(rate(try time { try output.fetch(client, message: number) }))
    }
    rows.append(
      Row(
        "output in lines of \(output.length) octets", written, to: fetched, of: "FETCH BODY[]",
        .megabytesPerSecond, .atLeast(bar)))
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

import Foundation
import PrivateDovecot
import Testing

/// The module `smtp` run by itself, with a message on its stdin.
struct SMTPRun {
  let status: Int32
  /// What the client gets of its stdout, and what Dovecot's log gets.
  let output: String
  let logLines: [String]
  let errorOutput: String

  static let user = "marc@perkel.com"

  /// Runs it to its end.
  ///
  /// - Parameters:
  ///   - words: What the client sends.
  ///   - message: What comes on stdin.
  ///   - size: The size that is announced; nil for the message's, 0 or less for none.
  ///   - relay: The port of the relay.
  ///   - options: Further options of the administrator's.
  ///   - user: The login name.
  ///   - libraries: A folder where libraries are looked for first.
  ///   - log: What is `/dev/log` to it, if it is to have one. Only root can give it that.
  ///   - started: Called when stdin is written and before it is closed.
  init(
    _ words: [String], message: [UInt8], size: Int? = nil, relay: UInt16, options: [String] = [],
    user: String = Self.user, libraries: String? = nil, log: SystemLog? = nil,
    started: (Process) throws -> Void = { _ in }
  ) throws {
    let process = Process()
    let arguments = ["smtp", "--relay", "smtp://127.0.0.1:\(relay)"] + options + ["--"] + words
    if let log {
      process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
      process.arguments =
        ["--mount", "/bin/sh", "-c", SystemLog.script, log.path, PrivateDovecot.modulesProgram]
        + arguments
    } else {
      process.executableURL = URL(fileURLWithPath: PrivateDovecot.modulesProgram)
      process.arguments = arguments
    }
    var environment = ["USER": user, "HOME": "/", "PATH": "/usr/bin:/bin"]
    let size = size ?? message.count
    if size >= 0 { environment["XEXEC_LITERAL_SIZE"] = String(size) }
    environment["LD_LIBRARY_PATH"] = libraries
    process.environment = environment
    let folder = NSTemporaryDirectory() + uniqueWord()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let files = ["out", "err"].map { "\(folder)/\($0)" }
    for file in files { _ = FileManager.default.createFile(atPath: file, contents: nil) }
    process.standardOutput = FileHandle(forWritingAtPath: files[0])
    process.standardError = FileHandle(forWritingAtPath: files[1])
    let input = Pipe()
    process.standardInput = input
    signal(SIGPIPE, SIG_IGN)
    try process.run()
    try? input.fileHandleForWriting.write(contentsOf: Data(message))
    try started(process)
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
    status = process.terminationStatus
    let lines = try String(contentsOfFile: files[0], encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
    output = lines.filter { !$0.hasPrefix("\u{5}[LOG") }.joined(separator: "\n")
    logLines = lines.filter { $0.hasPrefix("\u{5}[LOG") }.map { String($0.dropFirst()) }
    errorOutput = try String(contentsOfFile: files[1], encoding: .utf8)
  }
}

/// Stands in for the system's log, for a process with a `/dev` of its own.
final class SystemLog {
  static let isPossible = PrivateDovecot.canHaveMounts

  /// Runs a command with the socket `$0` as its log.
  fileprivate static let script =
    "mount -t tmpfs none /dev && ln -s \"$0\" /dev/log && exec \"$@\""

  let path: String
  private let receiver: Int32

  init() throws {
    path = NSTemporaryDirectory() + uniqueWord()
    receiver = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(receiver, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0 else { throw KitError(.system, "no socket at \(path)") }
  }

  deinit {
    close(receiver)
    unlink(path)
  }

  /// What has been logged since the last time, priority and all.
  func lines() -> [String] {
    var lines: [String] = []
    while true {
      let line = [UInt8](unsafeUninitializedCapacity: 65536) { room, count in
        count = max(0, recv(receiver, room.baseAddress, room.count, Int32(MSG_DONTWAIT)))
      }
      if line.isEmpty { return lines }
      lines.append(String(decoding: line, as: UTF8.self))
    }
  }
}

/// A Dovecot with the module `smtp`, and the Postfix behind it.
struct MailServer {
  static let other = "joe@example.com"

  let server: Server
  let postfix: PrivatePostfix

  /// Starts both.
  ///
  /// - Parameters:
  ///   - options: Options of the module.
  ///   - settings: Further lines of Postfix's main.cf.
  ///   - configure: Changes anything else of Dovecot's.
  init(
    options moduleOptions: (PrivateFolder) throws -> String = { _ in "" },
    settings: (PrivateFolder) throws -> PrivateDovecot.Settings = { _ in [:] },
    configure: (PrivateFolder, inout PrivateDovecot.Options) throws -> Void = { _, _ in }
  ) throws {
    let port = try findFreePort()
    server = try Server { folder, options in
      options.users.append(.init(name: Self.other, password: Server.password))
      options.users.append(.init(name: "ann@example.com", password: Server.password))
      PrivatePostfix.prepare(folder, &options)
      let program = try folder.addProgram(copying: PrivateDovecot.modulesProgram)
      options.modules["smtp"] =
        "\(program) smtp --relay smtp://127.0.0.1:\(port) \(try moduleOptions(folder)) --"
      options.globalText += "submission_host = 127.0.0.1:\(port)\n"
      options.modules["smtp"]?.stdin = "literal"
      options.modules["smtp"]?.maxLiteral = "50M"
      options.modules["smtp"]?.timeout = "5m"
      try configure(folder, &options)
    }
    postfix = try PrivatePostfix(
      deliveringTo: server.dovecot, port: port, settings: settings(server.dovecot.folder))
  }

  /// Waits for messages in a user's INBOX, and fetches the last of them.
  func waitForMessage(_ count: Int = 1, of user: String) throws -> [UInt8] {
    let client = try server.connect(as: user)
    var found = 0
    try expectSoon("\(count) messages for \(user)", within: 120) {
      let reply = try client.command("STATUS INBOX (MESSAGES)")
      found =
        reply.texts.first.flatMap { text in
          text.split(whereSeparator: { " ()".contains($0) }).last.flatMap { Int($0) }
        } ?? 0
      return found >= count
    }
    #expect(found == count, "\(postfix.logText())")
    _ = try client.command("EXAMINE INBOX")
    let tag = client.makeTag()
    try client.sendLine("\(tag) FETCH \(found) BODY.PEEK[]")
    let reply = try client.readResponses(untilTagged: tag, timeout: .seconds(120))
    let octets = try #require(reply.untagged.first).octets
    let start = try #require(octets.firstIndex(of: 0x0A))
    // the literal ends before " )" or ")"
    return Array(octets[(start + 1)..<octets.count - 1])
  }

  /// How many messages are in a user's INBOX.
  func messageCount(of user: String) throws -> Int {
    let status = try server.dovecot.doveadm(
      "-f", "flow", "mailbox", "status", "-u", user, "messages", "INBOX")
    return status.output.split(separator: "=").last
      .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? 0
  }
}

/// Messages for tests.
enum TestMessage {
  static let small = Array(
    "From: marc@perkel.com\r\nTo: joe@example.com\r\nSubject: Hello\r\n\r\nHello, Joe.\r\n".utf8)

  /// A message with everything that SMTP has to take care of: dots at the start of lines, long
  /// lines, octets of eight bits, blanks at the end.
  ///
  /// - Parameter size: How many octets it has at least.
  static func large(_ size: Int) -> [UInt8] {
    var message = Array("From: marc@perkel.com\r\nSubject: large\r\n\r\n".utf8)
    message.reserveCapacity(size + 70_000)
    let lines = [
      ".", "..", "...", ".x", "", ". ", "From here on", " ", "x ", "\u{e4}\u{20ac}", ".\t",
      String(repeating: "long ", count: 1990), "." + String(repeating: "8", count: 2049),
    ].map { Array($0.utf8) }
    var number = 0
    while message.count < size {
      message += lines[number % lines.count]
      if number % 7 == 0 { message += (0x80...0xFF).map { UInt8($0) } }
      message += [0x0D, 0x0A]
      number += 1
    }
    return message
  }
}

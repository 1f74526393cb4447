import Foundation
import PrivateDovecot

/// A program of `Tests/Clients`: a real IMAP library that reads what modules write.
struct ClientProgram: Sendable, CustomStringConvertible {
  /// Its source file.
  let file: String
  /// What a program in C needs: a header, and the libraries.
  var header: String?
  var libraries: [String] = []

  static let all = [
    Self(file: "c-client.c", header: "c-client/c-client.h", libraries: ["-lc-client"]),
    Self(file: "c-libetpan.c", header: "libetpan/libetpan.h", libraries: ["-l:libetpan.so.20"]),
    Self(file: "perl-mail-imapclient.pl"),
    Self(file: "perl-mail-imaptalk.pl"),
    Self(file: "perl-net-imap-client.pl"),
    Self(file: "perl-net-imap-simple.pl"),
    Self(file: "php-horde.php"),
    Self(file: "php-roundcube.php"),
    Self(file: "python-aioimaplib.py"),
    Self(file: "python-imapclient.py"),
    Self(file: "python-imaplib.py"),
    Self(file: "python-imaplib2.py"),
    Self(file: "ruby-net-imap.rb"),
  ]

  var description: String { file }

  /// What came of a run.
  struct Report {
    /// The library and its version.
    var client = ""
    /// What harmed it, by the line's number.
    var harm: [Int: String] = [:]
    /// How many lines it read, and how many it had no way to.
    var read = 0
    var notApplicable = 0
  }

  /// Why the library cannot be tried: it is not there.
  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  /// Lets the client read lines.
  ///
  /// - Parameters:
  ///   - lines: The lines that the server was started with.
  ///   - port: The server's.
  ///   - folder: Where files can be put.
  ///   - timeout: After how many seconds a line counts as a hang.
  /// - Throws: ``Missing`` if the library is not there, ``KitError`` if the program does not do what
  ///   it should.
  func read(
    _ lines: [HostileLine], port: UInt16, in folder: PrivateFolder, timeout: Int = 10
  ) throws -> Report {
    let cases = zip(1..., lines).map { "\($0) \($1.module.rawValue)\n" }.joined()
    let name = "clients/\(file)-\(UUID().uuidString)"
    let list = try folder.addFile(named: name, octets: Array(cases.utf8))
    let result = try run(
      try command(in: folder) + ["\(port)", Server.user, Server.password, list],
      environment: environment(timeout), timeout: .seconds(900))
    if result.status == 77 { throw Missing(description: "\(file): \(result.errorOutput)") }
    let report = try Self.parse(result.output)
    guard report.read + report.notApplicable + report.harm.count == lines.count else {
      throw KitError(
        .system,
        "\(file) ended early, with \(result.status):\n\(result.output.suffix(500))\(result.errorOutput)"
      )
    }
    return report
  }

  private static let folder = "\(PrivateDovecot.packageRoot)/Tests/Clients"
  /// What `make clients` has brought from elsewhere than Debian's packages.
  private static let brought = "\(PrivateDovecot.packageRoot)/.build/clients"
  private static let unpacked = "\(brought)/unpacked/usr"

  private func environment(_ timeout: Int) -> [String: String] {
    [
      "PATH": "/usr/bin:/bin", "HOME": "/", "CLIENT_TIMEOUT": "\(timeout)",
      "ROUNDCUBE": "\(Self.unpacked)/share/roundcube",
    ]
  }

  /// What starts it.
  private func command(in folder: PrivateFolder) throws -> [String] {
    let source = "\(Self.folder)/\(file)"
    switch (file as NSString).pathExtension {
    case "c": return [try compile(source, in: folder)]
    case "pl": return [try interpreter("/usr/bin/perl"), source]
    case "php": return [try interpreter("/usr/bin/php"), source]
    case "rb": return [try interpreter("/usr/bin/ruby"), source]
    default:
      let own = "\(Self.brought)/venv/bin/python3"
      let isThere = FileManager.default.isExecutableFile(atPath: own)
      return [try interpreter(isThere ? own : "/usr/bin/python3"), "-B", source]
    }
  }

  private func interpreter(_ path: String) throws -> String {
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw Missing(description: "\(file): no \(path)")
    }
    return path
  }

  private func compile(_ source: String, in folder: PrivateFolder) throws -> String {
    let folders = ["/usr/include", "\(Self.unpacked)/include"]
    let headers = folders.map { "\($0)/\(header ?? "")" }
    guard headers.contains(where: FileManager.default.fileExists(atPath:)) else {
      throw Missing(description: "\(file): no <\(header ?? "")>")
    }
    let program = "\(folder.path)/clients-\(file)-\(UUID().uuidString)"
    let flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-I\(folders[1])"]
    let result = try run(
      ["/usr/bin/gcc"] + flags + ["-o", program, source, "\(Self.folder)/harness.c"] + libraries,
      environment: ["PATH": "/usr/bin:/bin"], timeout: .seconds(60))
    guard result.status == 0 else { throw KitError(.system, "\(file): \(result.errorOutput)") }
    return program
  }

  private static func parse(_ output: String) throws -> Report {
    var report = Report()
    for line in output.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 2).map(String.init)
      switch (Int(words[0]), words.count > 1 ? words[1] : "") {
      case (nil, _) where words[0] == "client":
        report.client = words.dropFirst().joined(separator: " ")
      case (.some, "ok"): report.read += 1
      case (.some, "n/a"): report.notApplicable += 1
      case (.some(let number), "harm"): report.harm[number] = words.count > 2 ? words[2] : ""
      default: throw KitError(.protocolViolation, "not a verdict: \(line)")
      }
    }
    return report
  }
}

import Foundation
import Glibc
import Testing

@testable import xexec_modules

@Suite("The folder of lists and scripts")
final class FilterFolderTests {
  private let base: String
  private let user: MailUser
  private let folder: FilterFolder
  private var home: String { "\(base)/homes/marc" }

  init() throws {
    base = NSTemporaryDirectory() + "xexec-\(UUID().uuidString)"
    mkdir(base, 0o700)
    user = try MailUser(name: "marc", home: "\(base)/homes/marc", for: "a list")
    folder = try FilterFolder(".xexec", of: user, subject: "The list")
  }

  deinit { try? FileManager.default.removeItem(atPath: base) }

  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  @Test("a home that is not there is made for what is to be kept, and for nothing else")
  func home_() throws {
    var calls = 0
    try folder.locked(creating: false) { () throws(Refusal) in calls += 1 }
    #expect(access("\(base)/homes", F_OK) != 0)
    try folder.locked(creating: true) { () throws(Refusal) in calls += 1 }
    #expect(calls == 2)
    #expect(mode("\(base)/homes") == 0o700)
    #expect(mode(home) == 0o700)
    #expect(mode("\(home)/.xexec") == 0o700)
  }

  @Test("a home that cannot be made is said so")
  func noHome() throws {
    #expect(FileManager.default.createFile(atPath: "\(base)/homes", contents: nil))
    #expect(
      throws: Refusal(
        .misconfigured, "The list cannot be written: tell your administrator",
        log: .error("mkdir \(home): Not a directory"))
    ) { try folder.locked(creating: true) { () throws(Refusal) in } }
  }

  @Test("a home that is a Maildir has no such folder where a client sees it")
  func maildir() throws {
    for name in ["cur", "new", "tmp"] {
      try FileManager.default.createDirectory(
        atPath: "\(home)/\(name)", withIntermediateDirectories: true)
    }
    for isCreating in [true, false] {
      let refusal = thrown(Refusal.self) {
        try folder.locked(creating: isCreating) { () throws(Refusal) in }
      }
      #expect(refusal?.message == Refusal.notSetUp("").message)
      let cause =
        "the home \(home) is a Maildir, where a client could delete .xexec as a mail folder"
      #expect(refusal?.log?.text.hasPrefix(cause) == true)
    }
    #expect(access("\(home)/.xexec", F_OK) != 0)
    for path in ["xexec", "\(base)/.elsewhere"] {
      try FilterFolder(path, of: user, subject: "").locked(creating: true) {
        () throws(Refusal) in
      }
    }
  }

  /// Files that are none of ours, and the refusals.
  private func put(_ name: String, _ make: (String) -> Void) throws {
    try folder.locked(creating: true) { () throws(Refusal) in }
    mkdir("\(home)/.xexec/sieve", 0o700)
    make("\(home)/.xexec/\(name)")
  }

  @Test(
    "a symbolic link, a FIFO, a folder is read neither as a list nor as a script",
    arguments: ["blacklist", "sieve/20-blacklist.sieve"])
  func odd(name: String) throws {
    let other = "\(base)/other"
    try "joe@example.com\n".write(toFile: other, atomically: true, encoding: .utf8)
    for make in [
      { symlink(other, $0) }, { symlink("/dev/zero", $0) }, { mkfifo($0, 0o600) },
      { mkdir($0, 0o700) },
    ] as [(String) -> Int32] {
      try put(name) { _ = make($0) }
      let refusal = thrown(Refusal.self) {
        if name == "blacklist" {
          _ = try folder.readList(.blacklist)
        } else {
          try folder.install(.blacklist([.address("a@b")], except: [], action: "discard;\n"))
        }
      }
      #expect(refusal?.status == .misconfigured)
      #expect(refusal?.message.contains("\n") == false && refusal?.message.contains("/") == false)
      #expect(refusal?.log?.text.hasPrefix("\(home)/.xexec/\(name): ") == true)
      try FileManager.default.removeItem(atPath: "\(home)/.xexec/\(name)")
    }
    #expect(try String(contentsOfFile: other, encoding: .utf8) == "joe@example.com\n")
  }

  @Test("a folder that is a symbolic link is not used")
  func linkedFolder() throws {
    mkdir("\(base)/other", 0o700)
    try put("x") { _ in }
    try FileManager.default.removeItem(atPath: "\(home)/.xexec")
    symlink("\(base)/other", "\(home)/.xexec")
    #expect(
      throws: Refusal(
        .misconfigured, "The list cannot be used: the folder is a symbolic link",
        log: .error("\(home)/.xexec: the folder is a symbolic link"))
    ) {
      try folder.locked(creating: false) { () throws(Refusal) in }
    }
  }

  @Test("a file of 100 MB is not read, and one of the largest size is")
  func large() throws {
    try put("blacklist") {
      _ = FileManager.default.createFile(atPath: $0, contents: nil)
      truncate($0, 100 << 20)
    }
    #expect(
      throws: Refusal(
        .badData, "The list cannot be read: the file blacklist is larger than it may be",
        log: .warning("\(home)/.xexec/blacklist has more than the 2097152 octets that are read"))
    ) { try folder.read(.blacklist) }
    truncate("\(home)/.xexec/blacklist", 2 << 20)
    #expect(try folder.read(.blacklist)?.count == 2 << 20)
    try put("forwardmail") {
      _ = FileManager.default.createFile(atPath: $0, contents: Data(count: 5000))
    }
    #expect(throws: Refusal.self) { try folder.readForwarding() }
  }

  @Test("a script that is too large is replaced, and the action of one that is not ours is unknown")
  func largeScript() throws {
    let script = FilterScript.blacklist([.address("a@b")], except: [], action: "discard;\n")
    try put("sieve/20-blacklist.sieve") {
      _ = FileManager.default.createFile(atPath: $0, contents: nil)
      truncate($0, 100 << 20)
    }
    #expect(try folder.readBlacklistAction() == nil)
    try folder.install(script)
    #expect(try folder.readBlacklistAction() == "discard;\n")
    let file = "\(home)/.xexec/sieve/20-blacklist.sieve"
    #expect(FileManager.default.contents(atPath: file).map(Array.init) == script.octets)
  }
}

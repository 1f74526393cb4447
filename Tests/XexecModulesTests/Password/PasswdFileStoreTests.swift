import Foundation
import Testing

@testable import xexec_modules

/// A folder that goes with the test.
final class Folder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "xexec-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws {
    try text.write(toFile: "\(path)/\(name)", atomically: false, encoding: .utf8)
  }

  func read(_ name: String) throws -> String {
    try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
  }

  func status(_ name: String) -> stat {
    var status = stat()
    stat("\(path)/\(name)", &status)
    return status
  }
}

@Suite("A passwd-file on disk")
struct PasswdFileStoreTests {
  private let folder = try! Folder()
  private let joe = Array("joe".utf8)

  private func store(_ name: String = "users") throws -> PasswdFileStore {
    try PasswdFileStore(path: "\(folder.path)/\(name)")
  }

  @Test("Mode and group stay, the time goes forward by a second at least, nothing is left behind")
  func change() throws {
    try folder.write("joe:{PLAIN}a\n", to: "users")
    chmod("\(folder.path)/users", 0o640)
    if geteuid() == 0 { chown("\(folder.path)/users", 12345, 54321) }
    var old = folder.status("users")
    for round in 1...3 {
      try store().setPassword(of: joe, to: Array("\(round)".utf8))
      #expect(try folder.read("users") == "joe:\(round)\n")
      let new = folder.status("users")
      #expect(new.st_mode == old.st_mode && new.st_uid == old.st_uid && new.st_gid == old.st_gid)
      #expect(new.st_mtim.tv_sec > old.st_mtim.tv_sec)
      old = new
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.sorted() == [".users.flock", "users"])
  }

  @Test("A symbolic link stays, and the file that it leads to changes")
  func link() throws {
    try folder.write("joe:{PLAIN}a\n", to: "users")
    symlink("users", "\(folder.path)/link")
    try store("link").setPassword(of: joe, to: Array("b".utf8))
    #expect(try folder.read("users") == "joe:b\n")
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder.path)/link") == "users")
  }

  @Test("What a killed program left, or somebody planted, is not in the way")
  func leftovers() throws {
    try folder.write("joe:{PLAIN}a\n", to: "users")
    try folder.write("precious", to: "other")
    symlink("other", "\(folder.path)/.users.new")
    try store().setPassword(of: joe, to: Array("b".utf8))
    #expect(try folder.read("users") == "joe:b\n")
    #expect(try folder.read("other") == "precious")
  }

  @Test("What is wrong is in the log with the path, and not in the message")
  func refusals() throws {
    try folder.write("joe\nann:a\nx:1\nx:2\ny:\u{0}\n", to: "users")
    func refusal(_ name: String, in file: String = "users") -> Refusal? {
      thrown(Refusal.self) { try store(file).entry(of: Array(name.utf8)) }
    }
    let path = "\(folder.path)/users"
    let pieces: [(Refusal?, Refusal.Status, String)] = [
      (refusal("bob"), .noUser, "\(path) has no line of \"bob\""),
      (
        refusal("joe"), .notPermitted,
        "\(path): the line of \"joe\" has no password, or a locked one"
      ),
      (refusal("x"), .misconfigured, "\(path) has more than one line of \"x\""),
      (refusal("y"), .misconfigured, "\(path) has a NUL in the line of \"y\""),
      (
        refusal("ann", in: "none"), .misconfigured,
        "open \(folder.path)/none: No such file or directory"
      ),
      (refusal("ann", in: ""), .misconfigured, "open \(folder.path): Invalid argument"),
    ]
    for (refusal, status, text) in pieces {
      #expect(refusal?.status == status)
      #expect(refusal?.log?.text == text)
      #expect(refusal?.message.contains("/") == false)
    }
  }

  @Test("Whoever stands there by another --username-format is a hint for the administrator")
  func otherFormat() throws {
    try folder.write("joe:{PLAIN}a\n", to: "users")
    let user = try MailUser(name: "Joe@example.com", home: nil, for: "a test")
    let refusal = thrown(Refusal.self) {
      try store().entry(
        of: UserTemplate.wholeName.lookupKey(for: user),
        orUnder: UserTemplate.usual.map { ($0.text, $0.lookupKey(for: user)) })
    }
    let cause = "\(folder.path)/users has no line of \"Joe@example.com\""
    #expect(refusal?.log == .warning("\(cause); there is one with --username-format %Ln"))
  }

  @Test("Changes at the same time all stay")
  func concurrent() async throws {
    let names = (0..<20).map { "user\($0)" }
    try folder.write(names.map { "\($0):{PLAIN}a:rest\n" }.joined(), to: "users")
    let store = try store()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for name in names {
        group.addTask { try store.setPassword(of: Array(name.utf8), to: Array("new".utf8)) }
      }
      try await group.waitForAll()
    }
    #expect(try folder.read("users") == names.map { "\($0):new:rest\n" }.joined())
  }

  @Test("A password is put back only in place of the one that was set")
  func putBack() throws {
    try folder.write("joe:{PLAIN}a:x\n", to: "users")
    let store = try store()
    #expect(try store.entry(of: joe) == Array("{PLAIN}a".utf8))
    let before = try store.setPassword(of: joe, to: Array("b".utf8))
    #expect(before == Array("{PLAIN}a".utf8))
    let time = folder.status("users").st_mtim.tv_sec
    try store.setPassword(of: joe, to: before, inPlaceOf: Array("b".utf8))
    #expect(try folder.read("users") == "joe:{PLAIN}a:x\n")
    #expect(folder.status("users").st_mtim.tv_sec > time)
    #expect(
      try store.setPassword(of: joe, to: Array("c".utf8), inPlaceOf: Array("b".utf8)) == before)
    #expect(try folder.read("users") == "joe:{PLAIN}a:x\n")
  }
}

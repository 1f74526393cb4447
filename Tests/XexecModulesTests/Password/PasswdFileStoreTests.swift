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

  @Test("The message says nothing about the server, and the account that is not there nothing more")
  func refusals() throws {
    try folder.write("joe\nann:a\n", to: "users")
    for name in ["joe", "bob"] {
      #expect(
        throws: Refusal(.notPermitted, "The password of this account is not kept here.")
      ) { try store().entry(of: Array(name.utf8)) }
    }
    #expect(throws: ServerFault.self) { try store("none") }
    #expect(throws: ServerFault.self) { try store("").entry(of: joe) }
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

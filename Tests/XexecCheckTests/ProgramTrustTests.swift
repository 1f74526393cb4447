import Foundation
import Testing

@testable import xexec_check

/// Who could change the programs of modules.
@Suite struct ProgramTrustTests {
  let folder: CheckedFolder

  init() throws { folder = try CheckedFolder() }

  private func lines(_ program: String) -> [String] { folder.lines(["xexec": "a:\(program)"]) }

  @Test("Everybody may change it, or what is in its folder")
  func everybody() throws {
    let program = try folder.addProgram("bin/program")
    try #require(chmod(program, 0o757) == 0)
    try #require(chmod("\(folder.path)/bin", 0o777) == 0)
    #expect(
      lines(program) == [
        "error: xexec: everybody may write @/bin and replace the program: \"chmod o-w @/bin\"",
        "error: xexec: everybody may write @/bin/program and change the program: "
          + "\"chmod o-w @/bin/program\"",
      ])
    // as /tmp
    try #require(chmod(program, 0o755) == 0)
    try #require(chmod("\(folder.path)/bin", 0o1777) == 0)
    #expect(lines(program) == [])
  }

  @Test("Where a symbolic link leads is looked at too")
  func link() throws {
    let program = try folder.addProgram("open/program")
    try #require(chmod("\(folder.path)/open", 0o777) == 0)
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/link", withDestinationPath: program)
    #expect(
      lines("\(folder.path)/link") == [
        "error: xexec: everybody may write @/open and replace the program: \"chmod o-w @/open\""
      ])
  }

  @Test("A link of somebody's in a folder where all may write", .enabled(if: geteuid() == 0))
  func linkOfOthers() throws {
    let program = try folder.addProgram()
    try folder.add("tmp/.keep", "")
    let link = "\(folder.path)/tmp/link"
    try #require(symlink(program, link) == 0 && lchown(link, 54321, 54321) == 0)
    #expect(lines(link) == [])
    try #require(chmod("\(folder.path)/tmp", 0o1777) == 0)
    #expect(
      lines(link) == [
        "warning: xexec: account 54321 owns the link @/tmp/link and may replace the program: "
          + "write the path that it leads to"
      ])
  }

  @Test("Each folder on the way is looked at, also between two links")
  func way() throws {
    let path = folder.path
    let program = try folder.addProgram("real/program")
    try folder.add("open/.keep", "")
    try FileManager.default.createSymbolicLink(
      atPath: "\(path)/open/link", withDestinationPath: "../real/./program")
    try FileManager.default.createSymbolicLink(
      atPath: "\(path)/link", withDestinationPath: "\(path)/open/link")
    #expect(
      steps(to: "\(path)/link") == ["/", "/tmp", path, "\(path)/open", "\(path)/real", program])
    try FileManager.default.createSymbolicLink(
      atPath: "\(path)/loop", withDestinationPath: "loop")
    #expect(steps(to: "\(path)/loop") == ["/", "/tmp", path])
    try #require(chmod("\(path)/open", 0o777) == 0)
    #expect(
      lines("\(path)/link") == [
        "error: xexec: everybody may write @/open and replace the program: \"chmod o-w @/open\""
      ])
  }

  @Test("Another account owns it, and the account of all mail users", .enabled(if: geteuid() == 0))
  func owner() throws {
    let program = try folder.addProgram()
    try #require(chown(program, 54321, 54321) == 0)
    try #require(chmod(program, 0o775) == 0)
    let texts = [
      "xexec: group 54321 may write @/program and change the program: \"chmod g-w @/program\"",
      "xexec: account 54321 owns @/program and may change the program: \"chown root @/program\"",
    ]
    #expect(lines(program) == texts.map { "warning: \($0)" })
    folder.configuration.mailUser = "54321"
    folder.configuration.mailGroup = "54321"
    #expect(lines(program) == texts.map { "error: \($0)" })
    // of some of them
    folder.configuration.mailUser = ""
    folder.configuration.mailUsers = ["54321"]
    #expect(lines(program) == ["warning: \(texts[0])", "error: \(texts[1])"])
  }

  @Test(
    "A folder of another account: not all of it is to be given to root",
    .enabled(if: geteuid() == 0))
  func ownerOfFolder() throws {
    let program = try folder.addProgram("bin/ask")
    try #require(chown("\(folder.path)/bin", 54321, 54321) == 0)
    #expect(
      lines(program) == [
        "warning: xexec: account 54321 owns @/bin and may replace the program: "
          + "move the program to a folder of root's, as /usr/local/bin"
      ])
  }
}

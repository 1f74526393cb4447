import Foundation
import Testing

@testable import xexec_check

/// The programs of modules.
@Suite struct ProgramTests {
  let folder: CheckedFolder

  init() throws { folder = try CheckedFolder() }

  private func lines(_ program: String) -> [String] { folder.lines(["xexec": "a:\(program)"]) }
  private func lines(ofText text: String, mode: mode_t = 0o755) throws -> [String] {
    lines(try folder.add("program", text, mode: mode))
  }

  @Test("One that is not there, with the name that was probably meant")
  func missing() throws {
    try folder.addProgram("bin/average")
    let path = folder.path
    #expect(
      lines("\(path)/bin/averge") == [
        "error: xexec: there is no @/bin/averge: @/bin/average was meant?"
      ])
    #expect(
      lines("\(path)/bni/average") == [
        "error: xexec: @/bni/average: there is no @/bni: @/bin was meant?"
      ])
    #expect(
      lines("\(path)/bin/other") == [
        "error: xexec: there is no @/bin/other: correct the path, or install the file"
      ])
    #expect(
      lines("\(path)/bin/average/x") == [
        "error: xexec: @/bin/average/x: @/bin/average is no folder: correct the path"
      ])
    try FileManager.default.createSymbolicLink(
      atPath: "\(path)/bin/link", withDestinationPath: "nowhere")
    #expect(
      lines("\(path)/bin/link") == [
        "error: xexec: @/bin/link is a symbolic link to nowhere: correct the path, or install the file"
      ])
  }

  @Test("No program: a folder, a FIFO, one that is not executable, an empty one")
  func noProgram() throws {
    #expect(
      lines(folder.path) == ["error: xexec: @ is a folder, and no program: correct the path"])
    mkfifo("\(folder.path)/fifo", 0o755)
    #expect(
      lines("\(folder.path)/fifo") == [
        "error: xexec: @/fifo is no regular file, and no program: correct the path"
      ])
    #expect(
      try lines(ofText: "#!/bin/sh\n", mode: 0o644) == [
        "error: xexec: @/program is not executable: \"chmod 755 @/program\""
      ])
    #expect(try lines(ofText: "") == ["error: xexec: @/program is empty: write the program"])
    #expect(
      try lines(ofText: "#!/bin/sh\n", mode: 0o750) == [
        "warning: xexec: not everybody may execute @/program, so maybe not all users: "
          + "\"chmod 755 @/program\""
      ])
  }

  @Test("What stands in front")
  func start() throws {
    #expect(
      try lines(ofText: "echo hello\n") == [
        "error: xexec: @/program has no #! line, and cannot be started: begin it with \"#!/bin/sh\""
      ])
    #expect(
      try lines(ofText: "#!/bin/sh\r\necho hello\r\n") == [
        "error: xexec: @/program has line ends of DOS (CR LF): \"sed -i 's/\\r$//' @/program\""
      ])
    #expect(
      try lines(ofText: "\u{FEFF}#!/bin/sh\n") == [
        "error: xexec: @/program has a UTF-8 mark (BOM) in front of its #!: "
          + "\"sed -i '1s/^\\xEF\\xBB\\xBF//' @/program\""
      ])
    #expect(
      try lines(ofText: "#!python3\n") == [
        "error: xexec: @/program: its #! names \"python3\": write the interpreter's absolute path"
      ])
    #expect(
      try lines(ofText: "#!/usr/bin/pyhton9 -E\n") == [
        "error: xexec: @/program: its #! wants /usr/bin/pyhton9, which is not there: install it"
      ])
    #expect(
      try lines(ofText: "#!/usr/bin/env pyhton9\n") == [
        "error: xexec: @/program: its #! wants pyhton9, which is not in PATH: install it"
      ])
    #expect(
      try lines(ofText: "#!/etc/passwd\n") == [
        "error: xexec: @/program: its #! wants /etc/passwd, which is not executable: "
          + "correct the #! line"
      ])
    let mips = [0x7F] + Array("ELF".utf8) + [UInt8](repeating: 0, count: 14) + [8, 0]
    #expect(
      lines(try folder.add("program", mips, mode: 0o755)) == [
        "error: xexec: @/program was compiled for another kind of processor: "
          + "compile it on this machine"
      ])
    #expect(lines("/bin/sh") == [])
    for sound in ["#! /bin/sh -e \necho\n", "#!/usr/bin/env sh", "\u{7F}ELF\u{1}", "a\0b"] {
      #expect(try lines(ofText: sound) == [])
    }
  }

  @Test("A variable in the path, and octets that are no UTF-8")
  func variable() {
    #expect(
      lines("/opt/%u/program") == [
        "warning: xexec: the program's path has a variable in it, so that user names choose the "
          + "program: write it in full"
      ])
    #expect(
      lines("/opt/\u{FFFD}/program") == [
        "warning: xexec: /opt/\u{FFFD}/program: is not UTF-8, and cannot be checked: rename the file"
      ])
  }

  @Test("The mail user may not reach it, execute it or read it", .enabled(if: geteuid() == 0))
  func access() throws {
    folder.configuration.mailUser = "54321"
    folder.configuration.mailGroup = "54321"
    let program = try folder.addProgram("bin/program")
    try #require(chmod(program, 0o711) == 0)
    #expect(
      lines(program) == [
        "error: xexec: account 54321 may not read the script @/bin/program: "
          + "\"chmod 755 @/bin/program\""
      ])
    try #require(chmod(program, 0o750) == 0)
    #expect(
      lines(program) == [
        "error: xexec: account 54321 may not execute @/bin/program: \"chmod 755 @/bin/program\""
      ])
    try #require(chown(program, 0, 54321) == 0)
    #expect(lines(program) == [])
    try #require(chmod("\(folder.path)/bin", 0o700) == 0)
    #expect(
      lines(program) == [
        "error: xexec: @/bin/program: account 54321 may not enter @/bin: \"chmod a+x\", "
          + "or move the file"
      ])
  }

  @Test("Whoever swaps the program for a device or a FIFO does not get it opened")
  func swapped() throws {
    let path = "\(folder.path)/link"
    symlink("/dev/zero", path)
    #expect(readRegularFile(path, limit: 10) == nil)
    mkfifo("\(folder.path)/fifo", 0o755)
    #expect(readRegularFile("\(folder.path)/fifo", limit: 10) == nil)
    #expect(readRegularFile("\(folder.path)/none", limit: 10) == nil)
    #expect(
      readRegularFile(try folder.addProgram(), limit: 5) == Array("#!/bi".utf8))
  }

  @Test("A program of several modules is complained of once")
  func once() throws {
    let program = try folder.add("program", "", mode: 0o755)
    #expect(
      folder.lines(["xexec": "a:\(program)", "xexec2": "b:\(program) x"]) == [
        "error: xexec: @/program is empty: write the program"
      ])
  }
}

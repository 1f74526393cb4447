import CXexec
import Testing

@testable import XexecCore

@Suite("Why a program could not be started")
struct StartFailureTests {
  private func line(_ name: String, mode: mode_t, _ text: String) throws -> String {
    var folder = Array("/tmp/xexec-test-XXXXXX".utf8CString)
    try #require(mkdtemp(&folder) != nil)
    let path = folder.withUnsafeBufferPointer { String(cString: $0.baseAddress!) } + "/" + name
    let file = FileDescriptor(owning: creat(path, mode))
    _ = text.withCString { CXexec.write(file.number, $0, strlen($0)) }
    file.close()
    defer {
      unlink(path)
      rmdir(folder)
    }
    return try line(path).replacing(path, with: "PATH")
  }

  private func line(_ path: String) throws -> String {
    let host = RunHost()
    let modules = table([("xexec", Octets("a:" + path))]).table
    let request = CRequest("a")
    #expect(throws: Run.Refusal.notStarted) {
      _ = try Run.start(request.request, in: modules, host: host.host)
    }
    return try #require(host.errors.first)
      .replacing("xexec: module a: program could not be started: ", with: "")
  }

  @Test("The interpreter that is not there is told from the script that is not")
  func interpreter() throws {
    let hint =
      " (the file is there, but not the interpreter behind its #!, or its lines end with CR LF)"
    for script in ["#!/no/such/shell\n", "#!/bin/sh\r\necho x\r\n"] {
      #expect(
        try line("script", mode: 0o755, script) == "PATH: No such file or directory" + hint)
    }
    #expect(try line("/no/such/script") == "/no/such/script: No such file or directory")
  }

  @Test("A script without #!, a folder, and a file that is not executable")
  func others() throws {
    #expect(
      try line("script", mode: 0o755, "echo x\n")
        == "PATH: Exec format error (a script needs #! and an interpreter in its first line)")
    #expect(try line("/etc") == "/etc: Permission denied (it is a folder)")
    #expect(try line("script", mode: 0o644, "#!/bin/sh\n") == "PATH: Permission denied")
  }
}

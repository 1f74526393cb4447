import Foundation
import Testing

@testable import xexec_check

/// The programs that are asked.
@Suite struct ChildProcessTests {
  @Test("Both outputs and the status")
  func result() throws {
    let result = try #require(runChild(["sh", "-c", "echo out; echo err >&2; exit 3"]))
    #expect((result.status, result.output, result.errorOutput) == (3, "out\n", "err\n"))
    #expect(runChild(["/no-such-program"]) == nil)
  }

  @Test(
    "One that hangs is killed, whatever it has closed",
    arguments: ["exec sleep 60", "echo x; exec >&- 2>&- sleep 60", "trap : TERM; exec sleep 60"])
  func hangs(script: String) throws {
    let start = ContinuousClock.now
    let result = try #require(runChild(["sh", "-c", script], seconds: 1))
    #expect(result.isKilled)
    #expect(ContinuousClock.now - start < .seconds(30))
  }

  @Test("doveconf hangs behind its first line: that is said, and it is not asked again")
  func doveconf() throws {
    let folder = try CheckedFolder()
    let program = try folder.add(
      "doveconf", "#!/bin/sh\necho '# 2.3.19 (x): /etc/dovecot/dovecot.conf'\nexec sleep 60\n",
      mode: 0o755)
    var reason: String?
    do throws(Doveconf.Failure) {
      _ = try Doveconf(program: program, file: nil, patience: 1).read()
    } catch {
      if case .unusable(let text) = error { reason = text }
    }
    #expect(reason == "\(program) was killed, or has not ended within 1 seconds")
  }

  @Test("A program that somebody is still writing is waited for")
  func beingWritten() throws {
    let path = NSTemporaryDirectory() + UUID().uuidString
    try FileManager.default.copyItem(atPath: "/bin/echo", toPath: path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    try #require(writer >= 0)
    let thread = Thread {
      usleep(200_000)
      close(writer)
    }
    thread.start()
    #expect(runChild([path, "out"])?.output == "out\n")
  }
}

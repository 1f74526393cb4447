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
    #expect(result.status == 128 + 9)
    #expect(ContinuousClock.now - start < .seconds(30))
  }
}

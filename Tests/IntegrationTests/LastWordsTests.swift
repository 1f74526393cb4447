import Foundation
import PrivateDovecot
import Testing

/// What a client sees of a module that fails as it never should.
@Suite struct LastWordsTests {
  @Test(
    "One sentence, and nothing of what the runtime of Swift writes",
    arguments: ["ILL", "TRAP", "ABRT", "SEGV", "BUS", "FPE"])
  func sentence(signal: String) throws {
    let home = NSTemporaryDirectory() + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: home) }
    // it waits for the lock: time to look at it, and to make it fail
    let script = """
      mkdir -p "$HOME/.xexec"; exec 9>"$HOME/.xexec/.lock"; flock 9
      "$0" blacklist -- list 9>&- & pid=$!
      for i in $(seq 500); do
        [ "$(readlink /proc/$pid/fd/2)" = /dev/null ] && break; sleep 0.01
      done
      readlink /proc/$pid/fd/2
      kill -\(signal) $pid; wait $pid; echo "status $?"
      """
    let result = try run(
      ["/bin/sh", "-c", script, PrivateDovecot.modulesProgram],
      environment: ["PATH": "/usr/bin:/bin", "USER": "joe", "HOME": home], timeout: .seconds(60))
    #expect(result.output == "/dev/null\nstatus 70\n")
    #expect(result.errorOutput == "This module has failed, which is a fault of its own\n")
  }
}

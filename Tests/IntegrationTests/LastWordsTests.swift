import Foundation
import PrivateDovecot
import Testing

/// What a client sees of a module that fails as it never should.
@Suite struct LastWordsTests {
  @Test(
    "One sentence, and nothing of what the runtime of Swift writes",
    arguments: ["ILL", "TRAP", "ABRT", "SEGV", "BUS", "FPE"], [false, true])
  func sentence(signal: String, isBehindService: Bool) throws {
    let home = NSTemporaryDirectory() + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: home) }
    // it waits for the lock: time to look at it, and to make it fail
    let script = """
      mkdir -p "$HOME/.xexec"; exec 9>"$HOME/.xexec/.lock"; flock 9
      "$0" blacklist -- list 9>&- \(isBehindService ? "" : ">\"$HOME/out\"") & pid=$!
      for i in $(seq 500); do
        [ "$(readlink /proc/$pid/fd/2)" = /dev/null ] && break; sleep 0.01
      done
      readlink /proc/$pid/fd/2
      kill -\(signal) $pid; wait $pid; status=$?
      \(isBehindService ? "" : "cat \"$HOME/out\"")
      echo "status $status"
      """
    let result = try run(
      ["/bin/sh", "-c", script, PrivateDovecot.modulesProgram],
      environment: ["PATH": "/usr/bin:/bin", "USER": "joe", "HOME": home], timeout: .seconds(60))
    let message = "This module has failed, which is a fault of its own\n"
    let log = "\u{5}[LOG] it ended by a check of its own, or for want of memory"
    #expect(
      result.output == "/dev/null\n\(log): a fault of xexec-modules\n"
        + (isBehindService ? "\u{5}[STATUS 70] \(message)status 0\n" : "status 70\n"))
    #expect(result.errorOutput == (isBehindService ? "" : message))
  }
}

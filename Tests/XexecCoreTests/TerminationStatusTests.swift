import CXexec
import Testing

@testable import XexecCore

@Suite("TerminationStatus")
struct TerminationStatusTests {
  @Test("Every status of wait(2) is read")
  func everyStatus() {
    for status in Int32(0)...255 {
      #expect(TerminationStatus(waitStatus: status << 8) == .exited(Int(status)))
    }
    for signal in Int32(1)...64 {
      #expect(TerminationStatus(waitStatus: signal) == .signalled(Int(signal)))
      let withCore = signal | 0x80
      #expect(TerminationStatus(waitStatus: withCore) == .signalled(Int(signal)))
    }
  }

  @Test(
    "An end is described",
    arguments: [
      (.exited(0), "exit status 0"),
      (.exited(3), "exit status 3"),
      (.exited(255), "exit status 255"),
      (.signalled(Int(SIGHUP)), "signal SIGHUP"),
      (.signalled(Int(SIGKILL)), "signal SIGKILL"),
      (.signalled(Int(SIGSEGV)), "signal SIGSEGV"),
      (.signalled(Int(SIGTERM)), "signal SIGTERM"),
      (.signalled(Int(SIGXCPU)), "signal SIGXCPU"),
      (.signalled(Int(SIGSYS)), "signal SIGSYS"),
      // libc's own two
      (.signalled(32), "signal SIG32"),
      (.signalled(33), "signal SIG33"),
      (.signalled(34), "signal SIGRTMIN+0"),
      (.signalled(64), "signal SIGRTMIN+30"),
      (.unknown, "exit status unknown"),
    ] as [(TerminationStatus, Octets)])
  func descriptions(status: TerminationStatus, expected: Octets) {
    #expect(appended { status.describe(to: &$0) } == expected)
  }

  @Test("Every signal has a name, and none has that of another")
  func names() {
    let names = (1...64).map { signal in
      appended { Signal.appendName(of: signal, to: &$0) }
    }
    #expect(names.allSatisfy { $0.string.hasPrefix("SIG") && $0.count > 3 })
    #expect(Set(names).count == 64)
  }
}

import Glibc
import Testing

@testable import xexec_modules

@Suite("Refusals, and what the log gets")
struct RefusalTests {
  @Test("the response code goes with the status, and stands in front of the last line")
  func codes() {
    #expect(Refusal(.badData, "no").lines == ["[CANNOT] no"])
    #expect(Refusal(.badData, "too large", code: .limit).lines == ["[LIMIT] too large"])
    #expect(Refusal(.notPermitted, "a\nb").lines == ["a", "[NOPERM] b"])
    #expect(Refusal.notSetUp("why").lines.first?.hasPrefix("[CONTACTADMIN] This module") == true)
    for status: Refusal.Status in [.usage, .cutInput, .noUser, .unavailable, .temporary] {
      #expect(Refusal(status, "x").lines == ["x"])
    }
  }

  @Test(
    "an error of the system's: who can help",
    arguments: [
      (EACCES, "[CONTACTADMIN] It cannot be read: tell your administrator", .misconfigured),
      (ENOENT, "[CONTACTADMIN] It cannot be read: tell your administrator", .misconfigured),
      (ENOSPC, "It cannot be read, try again later", .temporary),
      (EMFILE, "It cannot be read, try again later", .temporary),
      (EDQUOT, "[OVERQUOTA] It cannot be read: your space on the server is full", .temporary),
    ] as [(Int32, String, Refusal.Status)])
  func systemErrors(code: Int32, line: String, status: Refusal.Status) {
    let refusal = Refusal("It cannot be read", because: SystemError("open", "/a/b", code: code))
    #expect(refusal.lines == [line])
    #expect(refusal.status == status)
    #expect(refusal.log == .error("open /a/b: \(String(cString: strerror(code)))"))
  }

  @Test("a line of the log is one line, whatever is in it")
  func oneLine() {
    #expect(LogLine.error("a\r\nb\u{5}[STATUS 1] c\u{85}").text == "a  b [STATUS 1] c ")
  }
}

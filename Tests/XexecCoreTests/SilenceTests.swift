import Testing

@testable import XexecCore

@Suite("Silence")
struct SilenceTests {
  @Test("The first word comes after 10 seconds, further ones after 15")
  func intervals() {
    var silence = Silence(now: 100)
    #expect(silence.timeout(now: 100) == 10_000)
    #expect(silence.timeout(now: 9_100) == 1000)
    #expect(silence.timeout(now: 50_000) == 0)
    silence.end(withReport: true, now: 10_100)
    #expect(silence.timeout(now: 10_100) == 15_000)
    silence.end(withReport: true, now: 25_100)
    #expect(silence.timeout(now: 25_100) == 15_000)
  }

  @Test("What the program says ends it, and it begins anew")
  func output() {
    var silence = Silence(now: 0)
    silence.end(withReport: true, now: 10_000)
    silence.end(withReport: false, now: 12_000)
    #expect(silence.timeout(now: 12_000) == 10_000)
  }

  @Test("There is none while the client is waited for")
  func waitingForClient() {
    var silence = Silence(now: 0)
    silence.setWaitingForClient(true, now: 9_000)
    #expect(silence.timeout(now: 60_000) == nil)
    silence.end(withReport: false, now: 60_000)
    #expect(silence.timeout(now: 60_000) == nil)
    silence.setWaitingForClient(true, now: 61_000)
    silence.setWaitingForClient(false, now: 70_000)
    #expect(silence.timeout(now: 70_000) == 10_000)
    silence.setWaitingForClient(false, now: 75_000)
    #expect(silence.timeout(now: 75_000) == 5_000)
  }

  @Test("Reports of the program pass once a second")
  func reports() {
    var silence = Silence(now: 0)
    #expect(silence.takesReport(now: 0))
    silence.end(withReport: false, now: 5)
    #expect(silence.takesReport(now: 5))
    silence.end(withReport: true, now: 10)
    #expect(!silence.takesReport(now: 10))
    silence.end(withReport: false, now: 500)
    #expect(!silence.takesReport(now: 1_009))
    #expect(silence.takesReport(now: 1_010))
  }
}

import Testing

@testable import XexecCore

@Suite("TimeLimit")
struct TimeLimitTests {
  @Test("0 is no limit, whatever happens")
  func none() {
    var limit = TimeLimit(milliseconds: 0, now: 100)
    #expect(limit.timeout(now: 100) == nil)
    limit.setRunning(false, now: 200)
    #expect(limit.timeout(now: 300) == nil)
    limit.setRunning(true, now: 400)
    #expect(limit.timeout(now: .max) == nil)
    #expect(limit.remaining(now: .max) == nil)
  }

  @Test("The time runs from the start, and ends at 0")
  func runs() {
    let limit = TimeLimit(milliseconds: 1000, now: 50)
    #expect(limit.timeout(now: 50) == 1000)
    #expect(limit.timeout(now: 51) == 999)
    #expect(limit.timeout(now: 1049) == 1)
    #expect(limit.timeout(now: 1050) == 0)
    #expect(limit.timeout(now: 100_000) == 0)
  }

  @Test("While the time stands still, there is nothing to wait for and nothing is lost")
  func pauses() {
    var limit = TimeLimit(milliseconds: 1000, now: 0)
    limit.setRunning(false, now: 300)
    #expect(limit.timeout(now: 300) == nil)
    #expect(limit.timeout(now: 1_000_000) == nil)
    #expect(limit.remaining(now: 1_000_000) == 700)
    limit.setRunning(true, now: 1_000_000)
    #expect(limit.timeout(now: 1_000_000) == 700)
    #expect(limit.timeout(now: 1_000_699) == 1)
    #expect(limit.timeout(now: 1_000_700) == 0)
  }

  @Test("Setting it to what it is changes nothing")
  func idempotent() {
    var limit = TimeLimit(milliseconds: 1000, now: 0)
    limit.setRunning(true, now: 400)
    #expect(limit.timeout(now: 400) == 600)
    limit.setRunning(false, now: 500)
    limit.setRunning(false, now: 800)
    limit.setRunning(true, now: 900)
    limit.setRunning(true, now: 950)
    #expect(limit.timeout(now: 950) == 450)
  }

  @Test("Many pauses add up to no more than the limit")
  func manyPauses() {
    var limit = TimeLimit(milliseconds: 1000, now: 0)
    var now = 0
    for _ in 0..<100 {
      now += 7
      limit.setRunning(false, now: now)
      now += 1000
      limit.setRunning(true, now: now)
    }
    #expect(limit.timeout(now: now) == 300)
  }

  @Test("A limit that was reached stays reached, over a pause too")
  func reached() {
    var limit = TimeLimit(milliseconds: 10, now: 0)
    limit.setRunning(false, now: 50)
    #expect(limit.remaining(now: 60) == 0)
    limit.setRunning(true, now: 70)
    #expect(limit.timeout(now: 70) == 0)
  }

  @Test("The longest limit there is does not overflow")
  func longest() {
    let limit = TimeLimit(milliseconds: .max, now: 5)
    #expect(limit.timeout(now: 5) == Int(UInt32.max))
    #expect(limit.timeout(now: 6) == Int(UInt32.max) - 1)
  }
}

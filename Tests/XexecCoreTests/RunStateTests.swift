import Testing

@testable import XexecCore

@Suite("How far a run has come")
struct RunStateTests {
  @Test("The first reason to end a program counts, and how it ended then")
  func ending() {
    var state = RunState.running
    #expect(state.isRunning && !state.hasEnded)
    let (first, second) = (state.end(for: .timedOut), state.end(for: .connectionClosed))
    #expect(first && !second)
    #expect(!state.isRunning && !state.hasEnded)
    state.end(with: .signalled(15))
    #expect(state.hasEnded)
    #expect(state.outcome.reason == .timedOut && state.outcome.status == .signalled(15))
  }

  @Test("A program that has ended by itself is not ended, but its client may be to blame")
  func blame() {
    var state = RunState.running
    state.end(with: .exited(0))
    let isInTime = state.end(for: .timedOut)
    #expect(!isInTime)
    #expect(state.outcome.reason == nil && state.outcome.status == .exited(0))
    state.blame(.literalNotLast)
    #expect(state.outcome.reason == .literalNotLast && state.outcome.status == .exited(0))
    state.blame(.timedOut)
    #expect(state.outcome.reason == .literalNotLast)
  }

  @Test("Who works, or is being ended, is not blamed afterwards")
  func notBlamed() {
    var state = RunState.running
    state.blame(.literalNotLast)
    #expect(state.isRunning)
    _ = state.end(for: .timedOut)
    state.blame(.literalNotLast)
    #expect(state.outcome.reason == .timedOut)
  }
}

@Suite("What runs out while a program works")
struct RunClockTests {
  @Test("The first of all times is waited for, and none is before now")
  func first() {
    var clock = RunClock(limit: 1000, now: 0)
    #expect(clock.timeout(ending: nil, others: (nil, nil), now: 400) == 600)
    #expect(clock.timeout(ending: nil, others: (700, 200), now: 400) == 200)
    #expect(clock.timeout(ending: nil, others: (-5, nil), now: 400) == 0)
    // its own time counts no more when it is being ended
    #expect(clock.timeout(ending: 5000, others: (nil, nil), now: 400) == 5000)
    clock.setWaitingForClient(true, now: 400)
    #expect(clock.timeout(ending: nil, others: (nil, nil), now: 5000) == nil)
    #expect(!clock.isTimedOut(now: 5000))
    clock.setWaitingForClient(false, now: 5000)
    #expect(!clock.isTimedOut(now: 5599) && clock.isTimedOut(now: 5600))
  }

  @Test(
    "A client that has ended its sending side is given up 10 seconds after the first word of it")
  func halfClosed() {
    var clock = RunClock(limit: 0, now: 0)
    #expect(!clock.givesUpClient(now: 100_000))
    let (first, second) = (clock.clientHalfClosed(now: 1000), clock.clientHalfClosed(now: 9000))
    #expect(first && !second)
    #expect(clock.timeout(ending: nil, others: (nil, nil), now: 2000) == 9000)
    #expect(!clock.givesUpClient(now: 10_999) && clock.givesUpClient(now: 11_000))
  }
}

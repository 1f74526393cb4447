/// How a run ended, in words that stay as long as this.
struct RunWords: ~Copyable {
  private var reply = OctetBuffer()
  private var log = OctetBuffer()

  struct End {
    /// The text of the tagged response: behind `BAD` if bad, else with its own `NO` or `OK`.
    let reply: UnsafePointer<CChar>
    let isBad: Bool
    let log: UnsafePointer<CChar>
    /// Of what is left of the program.
    let teardown: Teardown?
  }

  @_optimize(size)
  mutating func end(_ program: RunningProgram, now: Int) -> End {
    var outcome = program.state.outcome
    // a status that the program has given itself counts if it exits with 0
    if outcome.status == .exited(0), let own = program.conversation.ownStatus {
      outcome = RunOutcome(status: .exited(Int(own)), reason: outcome.reason)
    }
    outcome.appendReply(to: &reply)
    program.log.append(
      outcome, octetsOut: program.conversation.octetsOut,
      octetsIn: program.conversation.octetsIn, now: now, to: &log)
    let teardown = program.teardown
    return End(
      reply: reply.cString(), isBad: outcome.isClientsFault, log: log.cString(),
      teardown: teardown?.isOver == false ? teardown : nil)
  }
}

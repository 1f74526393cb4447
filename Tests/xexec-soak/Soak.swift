import Foundation
import PrivateDovecot

/// The load: many connections at once over both kinds of imap process, and many runs in a row.
struct Soak {
  private let plan: Plan
  private let report = Report()
  private let interruption: Interruption

  /// Makes it; ``run()`` does it.
  init(_ plan: Plan) {
    self.plan = plan
    interruption = Interruption(timeLimit: plan.timeLimit)
  }

  /// Does all of it.
  ///
  /// - Returns: The exit status of the program.
  func run() -> Int32 {
    let connections = plan.connections
    part(
      "\(connections) connections for \(plan.seconds) s, imap processes with client_limit = 50",
      clientLimit: 50, connections: connections, manyConnections)
    part(
      "\(connections) connections for \(plan.seconds) s, an imap process for each",
      clientLimit: 1, connections: connections, manyConnections)
    part(
      "\(plan.runs) runs in a row on one connection",
      clientLimit: 1, connections: 1, manyRuns)
    say(report.failures == 0 ? "\nAll well." : "\nChecks that FAILED: \(report.failures)")
    return report.failures == 0 ? 0 : 1
  }

  /// Starts a Dovecot, puts load on it, and checks what is left when that is over.
  private func part(
    _ title: String, clientLimit: Int, connections: Int, _ load: (Server, Int) throws -> Void
  ) {
    report.start(title)
    do {
      try raiseDescriptorLimit(to: Server.descriptors(connections: connections))
      var started: Server?
      let dovecot = try interruption.watch {
        let server = try Server(connections: connections, clientLimit: clientLimit)
        started = server
        return server.dovecot
      }
      guard let server = started else { return }
      do {
        try load(server, connections)
      } catch {
        interruption.waitIfInterrupted()
        report.fail(error)
      }
      interruption.letGo {
        let left = dovecot.shutDown().map { "\($0.id) \($0.name) \($0.commandLine)" }
        report.check("left after Dovecot", "\(left.count)", left.isEmpty, details: left)
        let trouble = server.trouble()
        report.check(
          "trouble in the log", "\(trouble.count) lines", trouble.isEmpty, details: trouble)
        dovecot.stop()
      }
    } catch {
      report.fail(error)
    }
  }

  // MARK: - Many connections

  private func manyConnections(_ server: Server, _ connections: Int) throws {
    let start = ContinuousClock.now
    let crowd = try Crowd(
      count: connections, port: server.dovecot.port, users: server.dovecot.options.users)
    crowd.logIn()
    report.tell("all logged in after", seconds(since: start))

    // Looked at between two moments of rest. Every connection has had every kind of run before the
    // first: what a process takes once, for many programs at a time, is no growth.
    crowd.serve(runsEach: Exchange.kinds)
    let first = try footprintAtRest(server)
    let runsBefore = crowd.runs
    let end = ContinuousClock.now + .seconds(plan.seconds)
    crowd.serve { _ in .now < end }
    let last = try footprintAtRest(server)
    check(crowd, "\(crowd.runs) in \(seconds(since: start))")
    compare([first], [last], connections: connections, runs: crowd.runs - runsBefore)
    checkLeftovers(server)
    crowd.leave()
    checkLeaving(crowd)
  }

  /// What the imap processes use once no program runs any more.
  private func footprintAtRest(_ server: Server) throws -> Footprint {
    waitForLeftovers(server)
    usleep(500_000)
    return try server.footprint()
  }

  // MARK: - Many runs in a row

  private func manyRuns(_ server: Server, _ connections: Int) throws {
    let start = ContinuousClock.now
    let crowd = try Crowd(
      count: 1, port: server.dovecot.port, users: server.dovecot.options.users)
    crowd.logIn()
    let hundred = 100
    var first: [Footprint] = []
    var last: [Footprint] = []
    var failure: (any Error)?
    crowd.serve { talker in
      do {
        if talker.runs > 0 && talker.runs <= hundred {
          first.append(try server.footprint())
        } else if talker.runs > plan.runs - hundred {
          last.append(try server.footprint())
        }
      } catch { failure = error }
      return failure == nil && talker.runs < plan.runs
    }
    if let failure { throw failure }
    check(crowd, "\(crowd.runs) in \(seconds(since: start))")
    report.check("as many as asked for", "\(plan.runs)", crowd.runs == plan.runs)
    compare(first, last, connections: 1, runs: plan.runs - hundred)
    checkLeftovers(server)
    checkLeaving(crowd)
  }

  // MARK: - Checks

  private func check(_ crowd: Crowd, _ runs: String) {
    interruption.waitIfInterrupted()
    report.tell("runs", runs)
    report.tell("prompts answered", "\(crowd.prompts)")
    let failures = crowd.failures
    report.check("errors", "\(failures.count)", failures.isEmpty, details: failures)
  }

  /// Compares what the processes used in the beginning and in the end; where there are several looks
  /// at each, the largest numbers of them.
  ///
  /// Descriptors must not grow by one. Memory may by 64 KiB, and by 8 KiB for each connection, until
  /// all of Dovecot's buffers for it have their size. This is less than 8 octets a run over 10,000
  /// runs in a row, where malloc has no block as small, and some 60 for 500 connections in a minute.
  private func compare(
    _ first: [Footprint], _ last: [Footprint], connections: Int, runs: Int
  ) {
    // one that never had a client may have ended meanwhile, but none may be new
    let before = first.reduce(into: Set()) { $0.formUnion($1.processes) }
    let processes = last.reduce(into: Set()) { $0.formUnion($1.processes) }
    report.check(
      "imap processes", "\(processes.count)",
      !processes.isEmpty && processes.isSubset(of: before))
    func largest(_ looks: [Footprint], _ what: (ProcessUsage) -> Int) -> Int {
      looks.map { $0.sum(processes, what) }.max() ?? 0
    }
    let descriptors = (largest(first, \.descriptors), largest(last, \.descriptors))
    report.check(
      "descriptors", "\(descriptors.0), then \(descriptors.1); none more allowed",
      descriptors.1 <= descriptors.0)
    let memory = (largest(first, \.anonymousKilobytes), largest(last, \.anonymousKilobytes))
    let allowed = 64 + 8 * connections
    report.check(
      "memory of their own",
      "\(memory.0) KiB, then \(memory.1) KiB after \(runs) runs more; \(allowed) KiB more allowed",
      memory.1 - memory.0 <= allowed)
    let resident = (largest(first, \.residentKilobytes), largest(last, \.residentKilobytes))
    report.tell("resident memory", "\(resident.0) KiB, then \(resident.1) KiB")
  }

  private func checkLeaving(_ crowd: Crowd) {
    // those that failed before have been told
    let failuresBefore = crowd.failures.count
    crowd.leave()
    let failures = crowd.failures
    report.check(
      "errors at LOGOUT", "\(failures.count - failuresBefore)", failures.count == failuresBefore,
      details: failures)
  }

  private func checkLeftovers(_ server: Server) {
    let left = waitForLeftovers(server)
    report.check("programs and zombies left", "\(left.count)", left.isEmpty, details: left)
  }

  /// Waits until nothing is left, within reason. For a moment every process that ends is a zombie.
  @discardableResult
  private func waitForLeftovers(_ server: Server) -> [String] {
    let deadline = ContinuousClock.now + .seconds(30)
    while true {
      let left = server.leftovers()
      if left.isEmpty || deadline < .now { return left }
      usleep(50_000)
    }
  }

  private func seconds(since start: ContinuousClock.Instant) -> String {
    "\((start.duration(to: .now) / .milliseconds(100)).rounded() / 10) s"
  }
}

import CBench
import Foundation
import PrivateDovecot

/// Measures everything, one part after the other, and tells the figures.
struct Bench {
  /// What is measured together.
  enum Part: String, CaseIterable {
    case loading, logins, memory, file, runs, output, prompts, growth, modules, instructions

    /// Whether it is measured on the Dovecots that are there side by side.
    var needsServers: Bool { self != .modules && self != .instructions }
  }

  private let plan: Plan
  private let parts: [Part]
  private let interruption = Interruption(timeLimit: Plan.timeLimit)

  /// Makes it; ``run()`` does it.
  ///
  /// - Parameter parts: The names of the parts to measure; none stands for those of the plan.
  /// - Throws: ``KitError`` if there is no part of such a name.
  init(_ plan: Plan, parts: some Collection<String>) throws {
    self.plan = plan
    let named = try parts.map { name in
      guard let part = Part(rawValue: name) else {
        let names = Part.allCases.map(\.rawValue).joined(separator: " ")
        throw KitError(.system, "no part \(name); there are: \(names)")
      }
      return part
    }
    self.parts = named.isEmpty ? plan.parts : named
  }

  /// Does all of it.
  ///
  /// - Returns: The exit status of the program: 0 if everything could be measured and, where that is
  ///   asked for, no figure is far from its bar.
  func run() -> Int32 {
    do {
      // a program that ends while it is written to is an error of write(2)
      signal(SIGPIPE, SIG_IGN)
      let loadBefore = Machine.load()
      let tools = try Tools()
      var rows: [Row] = []
      var scale: Scale?
      try withServers(tools) { servers in
        for part in parts where part.needsServers {
          rows += try measure(part) { try measurement(of: part, servers, &scale) }
        }
      }
      // after the others have gone: valgrind needs no company, nor do small programs
      if parts.contains(.modules) {
        rows += try measure(.modules) { try measureModules(tools, plan) }
      }
      if parts.contains(.instructions) {
        rows += try measure(.instructions) {
          try countInstructions(tools, interruption) + countModuleInstructions()
        }
      }
      let report = Report(machine: Machine(loadBefore: loadBefore), rows: rows, scale: scale)
      report.tell()
      return try conclude(report)
    } catch {
      interruption.waitIfInterrupted()
      say("xexec-bench: \(error)")
      return 1
    }
  }

  private func measurement(
    of part: Part, _ servers: Servers, _ scale: inout Scale?
  ) throws -> [Row] {
    switch part {
    case .loading: return try measureLoading(servers, plan)
    case .logins: return try measureLogins(servers, plan)
    case .memory:
      let memory = try measureLoginMemory(servers, plan)
      scale = memory.scale
      return memory.rows
    case .file: return try measureFile()
    case .runs: return try measureRuns(servers, plan)
    case .output: return try measureOutput(servers, plan)
    case .prompts: return try measurePrompts(servers, plan)
    case .growth: return try measureOutputMemory(servers, plan)
    case .modules, .instructions: return []
    }
  }

  private func conclude(_ report: Report) throws -> Int32 {
    guard let slack = plan.slack else {
      try report.write(to: "\(PrivateDovecot.packageRoot)/.build/bench.json")
      return 0
    }
    let far = report.rows.filter { $0.isFarOff(slack: slack) }
    for row in far { say("FAILED, \(slack) times off its bar: \(row.figure)") }
    return far.isEmpty ? 0 : 1
  }

  /// Starts the Dovecots, and stops them in the end. Trouble in their logs is an error.
  private func withServers(_ tools: Tools, _ body: (Servers) throws -> Void) throws {
    guard parts.contains(where: \.needsServers) else { return }
    var started: Servers?
    _ = try interruption.watchAll {
      let servers = try Servers(tools)
      started = servers
      return servers.all
    }
    guard let servers = started else { return }
    defer { interruption.letGo { servers.stop() } }
    try body(servers)
    let trouble = servers.trouble()
    guard trouble.isEmpty else {
      throw KitError(.system, "in the logs:\n\(trouble.prefix(20).joined(separator: "\n"))")
    }
  }

  /// Measures a part; anew if a figure is far from its bar and that would be a failure.
  private func measure(_ part: Part, _ body: () throws -> [Row]) throws -> [Row] {
    for attempt in 1... {
      let start = bench_now()
      let rows = try body()
      say("\(part): \((bench_now() - start) / 1_000_000) ms")
      guard let slack = plan.slack, attempt < Plan.attempts,
        rows.contains(where: { $0.isFarOff(slack: slack) })
      else { return rows }
    }
    return []
  }
}

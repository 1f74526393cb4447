import PrivateDovecot

// What each command takes that starts a module: `blacklist list`, next to a shell script that prints
// the same, and to a program that does nothing.

/// The lists that are shown, by their entries. The longer is as long as a list may be, but for one.
private let listLengths = [1, 9999]

/// CPU time and memory.
func measureModules(_ tools: Tools, _ plan: Plan) throws -> [Row] {
  try listLengths.flatMap { entries in
    try ListedHome.with(entries: entries) { try measure($0, tools, plan) }
  }
}

private func measure(_ home: ListedHome, _ tools: Tools, _ plan: Plan) throws -> [Row] {
  let programs = ListedHome.Program.allCases
  var times = programs.map { _ in [Double]() }
  var peaks = programs.map { _ in [Double]() }
  for _ in 0..<plan.starts {
    for program in programs {
      let usage = try ProgramUsage(
        of: program.arguments, environment: home.environment, tools)
      times[program.rawValue].append(usage.milliseconds)
      peaks[program.rawValue].append(usage.peakKilobytes)
    }
  }
  let isShort = home.entries == listLengths[0]
  return
    rows("CPU time", home, times, .milliseconds, .atMost(isShort ? 5 : 25))
    + rows("peak resident memory", home, peaks, .kilobytes, isShort ? .atMost(8192) : nil)
}

/// Instructions, of all processes.
func countModuleInstructions() throws -> [Row] {
  try listLengths.flatMap { entries in
    try ListedHome.with(entries: entries) { home in
      let counts = try ListedHome.Program.allCases.map { program in
        let count = try Callgrind.instructions(
          of: program.arguments, environment: home.environment, in: home.path)
        return [Double(count) / 1000]
      }
      return rows(
        "instructions", home, counts, .thousandInstructions,
        entries == listLengths[0] ? .atMost(6000) : nil)
    }
  }
}

/// A figure by itself, for which the bar is, and what it is times that of the other programs.
private func rows(
  _ figure: String, _ home: ListedHome, _ values: [[Double]], _ unit: Summary.Unit,
  _ bar: Row.Bar?
) -> [Row] {
  let entries = home.entries == 1 ? "1 entry" : "\(home.entries) entries"
  let figure = "blacklist list, \(entries): \(figure)"
  let module = values[ListedHome.Program.module.rawValue]
  return [Row(figure, module, unit, bar)]
    + [ListedHome.Program.script, .true].map { other in
      Row(figure, module, to: values[other.rawValue], of: other.name, unit, nil)
    }
}

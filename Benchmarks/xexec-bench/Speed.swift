import CBench
import Glibc
import PrivateDovecot

// What the user of a module waits for.

/// `XEXEC true`, from its start to the tagged line.
func measureRuns(_ servers: Servers, _ plan: Plan) throws -> [Row] {
  let client = try servers[.tenModules].logIn()
  let idle = try servers[.tenModules].logIn()
  var runs: [Double] = []
  var bare: [Double] = []
  var noops: [Double] = []
  for _ in 0..<plan.runs {
    runs.append(
      try time {
        try client.send("r XEXEC true\r\n")
        try client.expect(beginning: "r OK command exited successfully")
      } / 1000)
    bare.append(
      try time {
        guard bench_bare_run("/bin/true") else {
          throw KitError(.system, "/bin/true: \(String(cString: strerror(errno)))")
        }
      } / 1000)
    noops.append(try time { try idle.noop() } / 1000)
  }
  try client.logOut()
  try idle.logOut()
  return [
    Row("XEXEC true", runs, to: bare, of: "posix_spawn, pipes, wait", .microseconds, .atMost(1.25)),
    // what any command takes on this machine, and any program
    Row(
      "XEXEC true", runs, to: zip(bare, noops).map { $0 + $1 },
      of: "posix_spawn, pipes, wait + NOOP", .microseconds, .atMost(1.2)),
  ]
}

/// A prompt, its answer, and the next prompt.
func measurePrompts(_ servers: Servers, _ plan: Plan) throws -> [Row] {
  // the batches take turns, and each goes on while the others rest
  let batch = 100
  let prompting = try servers[.tenModules].logIn()
  let idle = try servers[.tenModules].logIn()
  var program = bench_bare_program()
  let path = try Tools().program
  guard bench_bare_start(&program, path, "prompts") else {
    throw KitError(.system, "\(path): \(String(cString: strerror(errno)))")
  }
  defer { bench_bare_end(&program) }
  func askProgram(_ line: String) throws {
    guard bench_bare_round_trip(&program, line, line.utf8.count) else {
      throw KitError(.protocolViolation, "\(path) does not prompt")
    }
  }
  try askProgram("")
  try prompting.send("p XEXEC prompts\r\n")
  try prompting.expect(beginning: "+ OK")

  var prompts: [Double] = []
  var noops: [Double] = []
  var pipes: [Double] = []
  while prompts.count < plan.prompts {
    for _ in 0..<batch {
      prompts.append(
        try time {
          try prompting.send("answer\r\n")
          try prompting.expect(beginning: "+ OK")
        } / 1000)
    }
    for _ in 0..<batch {
      noops.append(try time { try idle.noop() } / 1000)
    }
    for _ in 0..<batch {
      pipes.append(try time { try askProgram("answer\n") } / 1000)
    }
  }
  try prompting.send("end\r\n")
  try prompting.expect(beginning: "p OK command exited successfully")
  try prompting.logOut()
  try idle.logOut()
  return [
    Row(
      "prompt, reply, next prompt", prompts, to: zip(noops, pipes).map { $0 + $1 },
      of: "NOOP + bare pipe", .microseconds, .atMost(1.5))
  ]
}

/// How much is to be done.
struct Plan {
  /// How long the many connections run programs, for each kind of imap process.
  let seconds: Int
  /// How many connections there are at once.
  let connections: Int
  /// How many runs there are in a row on a single connection.
  let runs: Int

  /// Takes the numbers from SOAK_SECONDS, SOAK_CONNECTIONS and SOAK_RUNS.
  init(environment: [String: String]) {
    func number(_ name: String, atLeast least: Int, otherwise: Int) -> Int {
      max(least, environment[name].flatMap { Int($0) } ?? otherwise)
    }
    seconds = number("SOAK_SECONDS", atLeast: 1, otherwise: 60)
    connections = number("SOAK_CONNECTIONS", atLeast: 1, otherwise: 500)
    runs = number("SOAK_RUNS", atLeast: 200, otherwise: 10_000)
  }

  /// The seconds after which the whole is given up. Far more than a slow machine takes.
  var timeLimit: Int { 4 * seconds + 2400 }
}

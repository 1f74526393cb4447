/// How much is measured.
struct Plan {
  /// How often each plugin is loaded.
  let loads: Int
  /// How many logins there are to each Dovecot.
  let logins: Int
  /// How many imap processes are looked at for their memory.
  let processes: Int
  /// How often a program is run.
  let runs: Int
  /// How many octets a program writes, and a message has.
  let outputSize: Int
  /// How often that is done.
  let outputs: Int
  /// How many prompts are answered.
  let prompts: Int
  /// How often a module is started.
  let starts: Int
  /// What is measured.
  let parts: [Bench.Part]
  /// Bars are this many times wider, and a row that misses is measured again before the whole fails;
  /// `nil` to leave it at telling.
  let slack: Double?

  /// What the bars of the table are for. It takes some minutes.
  static let full = Plan(
    loads: 1000, logins: 500, processes: 11, runs: 1000, outputSize: 200_000_000, outputs: 7,
    prompts: 5000, starts: 200, parts: Bench.Part.allCases, slack: nil)

  /// Enough to notice that something has become ten times worse, on any machine.
  static let smoke = Plan(
    loads: 300, logins: 100, processes: 3, runs: 300, outputSize: 20_000_000, outputs: 5,
    prompts: 1000, starts: 30, parts: Bench.Part.allCases.filter { $0 != .instructions }, slack: 5)

  /// How often a row that misses its widened bar is measured.
  static let attempts = 3

  /// The seconds after which the whole is given up. Far more than a slow machine takes.
  static let timeLimit = 3600
}

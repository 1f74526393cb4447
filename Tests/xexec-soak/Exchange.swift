/// One XEXEC: what the client sends, and what it must get for it, line by line.
struct Exchange {
  /// A line that must come next, and the answer to it.
  struct Step {
    /// The line, or how it begins where Dovecot appends its timing.
    let line: String
    let isBeginning: Bool
    /// What is sent when it has come.
    let answer: String?

    init(_ line: String, isBeginning: Bool = false, answer: String? = nil) {
      self.line = line
      self.isBeginning = isBeginning
      self.answer = answer
    }

    /// Whether a line is the one that must come.
    func accepts(_ line: String) -> Bool {
      isBeginning ? line.hasPrefix(self.line) : line == self.line
    }
  }

  /// The program behind the module `repeat`.
  static let program = """
    #!/bin/sh
    # Prompts $1 times and repeats the answers, then exits with status $2.
    count=0
    while [ "$count" -lt "$1" ]; do
      printf '\\005%s\\n' "$count"
      IFS= read -r answer || exit 99
      printf '%s\\n' "<$answer>"
      count=$((count + 1))
    done
    exit "$2"

    """

  /// The command, with the answers behind it if they are sent ahead.
  let command: String
  /// All that must come.
  let steps: [Step]
  /// How many prompts there are.
  let prompts: Int

  /// How many kinds of run there are. The runs of a connection take turns in them.
  static let kinds = 12

  /// Makes the exchange of one run. No two have the same answers, so that one which goes to another
  /// program is noticed.
  init(connection: Int, run: Int) {
    let kind = (connection + run) % Self.kinds
    prompts = 1 + kind % 4
    let isAhead = kind % 3 == 0
    let isFollowed = kind % 2 == 0
    let status = kind % 5 == 0 ? 3 : 0
    let padding = String(repeating: "x", count: kind % 6 == 1 || kind == 3 ? 400 : 0)
    let tag = "r\(run)"

    var command = "\(tag) XEXEC repeat \(prompts) \(status)\r\n"
    var steps: [Step] = []
    for prompt in 0..<prompts {
      let answer = "connection \(connection), run \(run), prompt \(prompt) \(padding)"
      if isAhead { command += "\(answer)\r\n" }
      steps.append(Step("+ \(prompt)", answer: isAhead ? nil : "\(answer)\r\n"))
      steps.append(Step("* OK <\(answer)>"))
    }
    let result =
      status == 0 ? "OK command exited successfully" : "NO command failed (exit status \(status))"
    steps.append(Step("\(tag) \(result) (", isBeginning: true))
    if isAhead && isFollowed {
      // a command behind the answers: it must wait for the program, and get an answer of its own
      command += "n\(run) NOOP\r\n"
      steps.append(Step("n\(run) OK ", isBeginning: true))
    }
    self.command = command
    self.steps = steps
  }
}

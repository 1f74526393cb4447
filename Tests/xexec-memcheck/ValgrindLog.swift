/// What valgrind wrote about one process.
struct ValgrindLog {
  /// The errors, leaks and descriptors left open that it shows a stack of.
  private(set) var findings: [Finding] = []

  /// Whether the process has come to its end under valgrind. Its leaks are not known otherwise.
  private(set) var isComplete = false

  /// The numbers of system calls that this valgrind does not know, and refused.
  private(set) var unknownSystemCalls: Set<Int> = []

  /// The whole log.
  let text: String

  /// Reads a log.
  init(text: String) {
    self.text = text
    var paragraph: [Substring] = []
    for line in text.split(separator: "\n") {
      // valgrind's lines begin with the process id, in "==" if it is about the program
      let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
      let content = words.count > 1 ? words[1] : ""
      if line.hasPrefix("--") {
        if content.contains("unhandled"), let number = content.split(separator: " ").last {
          unknownSystemCalls.formUnion(Int(number).map { [$0] } ?? [])
        }
        continue
      }
      if content.hasPrefix("ERROR SUMMARY:") { isComplete = true }
      if content.isEmpty {
        add(paragraph)
        paragraph = []
      } else {
        paragraph.append(content)
      }
    }
    add(paragraph)
  }

  private mutating func add(_ paragraph: [Substring]) {
    if let finding = Finding(lines: paragraph.map(String.init)) { findings.append(finding) }
  }
}

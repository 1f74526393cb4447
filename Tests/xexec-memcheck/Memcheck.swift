import Foundation
import PrivateDovecot

/// Plays the dialogues under valgrind, and tells what that found.
struct Memcheck {
  /// The dialogue is given up after this many seconds. It takes a minute or two.
  private static let timeLimit = 1800

  /// Does it.
  ///
  /// - Returns: The exit status of the program: 0 if the dialogue went as it must, and valgrind
  ///   found nothing that has to do with the plugin.
  func run() -> Int32 {
    let interruption = Interruption(timeLimit: Self.timeLimit)
    do {
      try checkPlugin()
      var failures: [String] = []
      var logs: [ValgrindLog] = []
      for dialogue in [Dialogue.oneClientEach, Dialogue.sharedProcess] {
        let valgrind = try play(dialogue, interruption, &failures)
        logs += valgrind
      }
      return report(logs, failures)
    } catch {
      say("xexec-memcheck: \(error)")
      return 1
    }
  }

  /// Without its names nothing would be found to be the plugin's.
  private func checkPlugin() throws {
    let plugin = PrivateDovecot.builtPlugin
    guard let content = FileManager.default.contents(atPath: plugin) else {
      throw KitError(.system, "no plugin at \(plugin); make memcheck builds it")
    }
    guard content.range(of: Data(".debug_info".utf8)) != nil else {
      throw KitError(.system, "\(plugin) has no debugging information; make memcheck builds one")
    }
  }

  /// Starts a Dovecot, plays a dialogue, and waits for the end of all its imap processes.
  private func play(
    _ dialogue: Dialogue, _ interruption: Interruption, _ failures: inout [String]
  ) throws -> [ValgrindLog] {
    var prepared: Valgrind?
    let dovecot = try interruption.watch {
      try PrivateDovecot { folder, options in
        let valgrind = try Valgrind(in: folder)
        prepared = valgrind
        dialogue.configure(&options)
        options.imapService.executable = valgrind.script
        // valgrind keeps books about all memory
        options.imapService.vszLimit = "0"
      }
    }
    defer { interruption.letGo { dovecot.stop() } }
    guard let valgrind = prepared else { return [] }
    say(dialogue.title)
    for part in dialogue.parts {
      do {
        try part.play(Stage(dovecot: dovecot, valgrind: valgrind))
        say("  \(part.title)")
      } catch {
        interruption.waitIfInterrupted()
        say("  \(part.title)  FAILED: \(error)")
        failures.append("\(part.title): \(error)")
      }
    }
    // Each ends by itself once its clients are gone. A SIGKILL would cost its log.
    let deadline = Date(timeIntervalSinceNow: 300)
    while !valgrind.processes(of: dovecot).isEmpty && Date() < deadline { usleep(50_000) }
    interruption.waitIfInterrupted()
    let left = valgrind.processes(of: dovecot)
    if !left.isEmpty { failures.append("\(left.count) imap processes do not end") }
    dovecot.shutDown()
    let trouble = dovecot.logText().split(separator: "\n").filter {
      $0.contains("Panic") || $0.contains("Fatal")
    }
    failures += trouble.map { "in the log: \($0)" }
    return try valgrind.logs()
  }

  private func report(_ logs: [ValgrindLog], _ failures: [String]) -> Int32 {
    let findings = logs.flatMap(\.findings)
    let ours = findings.filter(\.namesPlugin)
    let incomplete = logs.filter { !$0.isComplete }
    func count(_ kind: Finding.Kind, _ list: [Finding]) -> Int {
      list.filter { $0.kind == kind }.count
    }

    let places = Dictionary(grouping: ours, by: \.place).values.sorted { $0.count > $1.count }
    for same in places {
      say("\nfound \(same.count) times:\n\(same[0].lines.joined(separator: "\n"))")
    }
    for log in incomplete { say("\nA log without an end:\n\(log.text.suffix(4000))") }
    say("")
    say("imap processes checked        \(logs.count), \(incomplete.count) of them without an end")
    say("dialogue not as it must be    \(failures.count)")
    for failure in failures { say("  \(failure)") }
    let others = findings.filter { !$0.namesPlugin }
    for (title, list) in [("the plugin in the stack", ours), ("Dovecot alone in it", others)] {
      say(
        "\(title.padding(toLength: 30, withPad: " ", startingAt: 0))"
          + "\(count(.error, list)) errors, \(count(.leak, list)) leaks, "
          + "\(count(.openDescriptor, list)) descriptors left open")
    }
    let unknown = logs.reduce(into: Set<Int>()) { $0.formUnion($1.unknownSystemCalls) }.sorted()
    if !unknown.isEmpty {
      say("system calls that this valgrind refused, not knowing them: \(unknown)")
    }
    let isWell = ours.isEmpty && failures.isEmpty && incomplete.isEmpty && !logs.isEmpty
    say(isWell ? "\nAll well." : "\nFAILED.")
    return isWell ? 0 : 1
  }
}

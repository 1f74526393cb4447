import Foundation
import PrivateDovecot

// Measures what the plugin weighs and how fast it is, next to Dovecot without it, a plugin that does
// nothing, and the bare system calls. With --smoke it does so briefly, and fails only if a figure is
// far from its bar. Names of parts as further arguments leave it at these.
var arguments = CommandLine.arguments.dropFirst()
let plan = arguments.contains("--smoke") ? Plan.smoke : .full
arguments.removeAll { $0 == "--smoke" }
do {
  exit(try Bench(plan, parts: arguments).run())
} catch {
  say("xexec-bench: \(error)")
  exit(1)
}

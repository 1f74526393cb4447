import Foundation

// Plays many clients of the plugin at once, and one of them for long, and looks for errors and for
// what grows. SOAK_SECONDS, SOAK_CONNECTIONS and SOAK_RUNS say how much.
exit(Soak(Plan(environment: ProcessInfo.processInfo.environment)).run())

import Foundation
import PrivateDovecot

/// What is printed, and whether something failed.
final class Report {
  /// How many checks failed.
  private(set) var failures = 0

  /// Starts a part.
  func start(_ title: String) { say("\n\(title)") }

  /// A fact.
  func tell(_ what: String, _ value: String) {
    say("  \(what.padding(toLength: 26, withPad: " ", startingAt: 0))\(value)")
  }

  /// A fact that must hold.
  ///
  /// - Parameter details: What to show of it if it does not hold; only the first few are.
  func check(_ what: String, _ value: String, _ holds: Bool, details: [String] = []) {
    tell(what, holds ? value : "\(value)  FAILED")
    guard !holds else { return }
    failures += 1
    for detail in details.prefix(10) { say("    \(detail)") }
    if details.count > 10 { say("    ... and \(details.count - 10) more") }
  }

  /// Something stopped the work.
  func fail(_ error: any Error) {
    failures += 1
    say("  FAILED: \(error)")
  }
}

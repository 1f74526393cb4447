import Glibc
import PrivateDovecot

/// Many connections, served by one thread.
final class Crowd {
  private let talkers: [Talker]

  /// Connects them all to a port of 127.0.0.1; they are spread over the users.
  init(count: Int, port: UInt16, users: [PrivateDovecot.User]) throws {
    talkers = try (0..<count).map { number in
      let user = users[number % users.count]
      return try Talker(number: number, port: port, user: user.name, password: user.password)
    }
  }

  /// How many runs are finished.
  var runs: Int { talkers.reduce(0) { $0 + $1.runs } }

  /// How many prompts were answered in them.
  var prompts: Int { talkers.reduce(0) { $0 + $1.prompts } }

  /// What went wrong, a line for each connection.
  var failures: [String] {
    talkers.compactMap { if case .failed(let what) = $0.state { what } else { nil } }
  }

  /// Serves all connections until each of them is idle, or has ended.
  ///
  /// - Parameter runsOn: Is asked for each idle connection whether it runs another program.
  func serve(runsOn: (Talker) -> Bool) {
    for talker in talkers { wake(talker, runsOn) }
    var nextCheck = ContinuousClock.now + .seconds(1)
    while true {
      let waiting = talkers.filter { $0.state == .busy }
      if waiting.isEmpty { return }
      var polled = waiting.compactMap(\.polled)
      poll(&polled, nfds_t(polled.count), 1000)
      for (talker, entry) in zip(waiting, polled) where entry.revents != 0 {
        talker.handle(entry.revents)
        wake(talker, runsOn)
      }
      if nextCheck < .now {
        for talker in waiting { talker.checkPatience() }
        nextCheck = .now + .seconds(1)
      }
    }
  }

  /// Has every connection run a number of programs.
  func serve(runsEach: Int) {
    let goals = Dictionary(
      uniqueKeysWithValues: talkers.map { (ObjectIdentifier($0), $0.runs + runsEach) })
    serve { $0.runs < goals[ObjectIdentifier($0), default: 0] }
  }

  /// Serves until all are logged in.
  func logIn() { serve { _ in false } }

  /// Logs all out.
  func leave() {
    for talker in talkers where talker.state == .idle { talker.leave() }
    serve { _ in false }
  }

  private func wake(_ talker: Talker, _ runsOn: (Talker) -> Bool) {
    if talker.state == .idle && runsOn(talker) { talker.startRun() }
  }
}

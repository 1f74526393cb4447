import PrivateDovecot

/// What the imap processes of a Dovecot use at one moment.
struct Footprint {
  private let usages: [Int32: ProcessUsage]

  /// Looks at processes.
  init(of processes: [Int32]) throws {
    usages = Dictionary(
      uniqueKeysWithValues: try processes.map { ($0, try ProcessUsage(of: $0)) })
  }

  /// The process ids.
  var processes: Set<Int32> { Set(usages.keys) }

  /// The sum of something over some of the processes.
  func sum(_ processes: Set<Int32>, _ what: (ProcessUsage) -> Int) -> Int {
    usages.reduce(0) { $0 + (processes.contains($1.key) ? what($1.value) : 0) }
  }
}

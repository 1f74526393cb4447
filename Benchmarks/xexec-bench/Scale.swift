/// What the memory of one connection comes to on a server with many.
struct Scale: Encodable {
  struct Line: Encodable {
    let candidate: String
    /// The memory that an imap process has for itself after login.
    let privateKilobytes: Double
    /// How many of them a GiB holds.
    let connectionsPerGibibyte: Int
    /// What 100,000 of them take, in GiB.
    let gibibytesPer100000: Double
    /// What of that the plugin takes, in MiB.
    let pluginMebibytesPer100000: Double
  }

  let lines: [Line]

  /// Makes it of the memory of each candidate.
  init(_ sizes: [[Double]]) {
    let none = sizes[Candidate.noPlugin.rawValue].median
    lines = Candidate.allCases.map { candidate in
      let size = sizes[candidate.rawValue].median
      return Line(
        candidate: candidate.name, privateKilobytes: size,
        connectionsPerGibibyte: Int(1_048_576 / size),
        gibibytesPer100000: 100_000 * size / 1_048_576,
        pluginMebibytesPer100000: 100_000 * (size - none) / 1024)
    }
  }
}

/// Many measurements of one thing.
struct Summary: Encodable {
  /// What is measured.
  enum Unit: String, Encodable {
    case microseconds = "us"
    case milliseconds = "ms"
    case kilobytes = "kB"
    case megabytesPerSecond = "MB/s"
    case thousandInstructions = "k instr."
  }

  let median: Double
  let lowerQuartile: Double
  let upperQuartile: Double
  let minimum: Double
  /// How many measurements there are.
  let count: Int
  let unit: Unit

  /// Sums up measurements, of which there is at least one.
  init(_ values: [Double], _ unit: Unit) {
    let sorted = values.sorted()
    median = sorted.quantile(0.5)
    lowerQuartile = sorted.quantile(0.25)
    upperQuartile = sorted.quantile(0.75)
    minimum = sorted[0]
    count = sorted.count
    self.unit = unit
  }
}

extension [Double] {
  /// The value below which this part of the sorted values is.
  fileprivate func quantile(_ part: Double) -> Double {
    let position = part * Double(count - 1)
    let below = Int(position)
    let above = Swift.min(below + 1, count - 1)
    return self[below] + (self[above] - self[below]) * (position - Double(below))
  }

  /// The value in the middle.
  var median: Double { sorted().quantile(0.5) }

  /// The values in at most ten parts, one after the other.
  var parts: [ArraySlice<Double>] {
    let parts = Swift.min(10, count)
    return (0..<parts).map { self[$0 * count / parts..<($0 + 1) * count / parts] }
  }
}

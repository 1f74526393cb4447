import ArgumentParser

/// A number of octets, as the administrator writes it: `500k`, `40M`, `1G`, or digits alone.
struct Octets: ExpressibleByArgument, CustomStringConvertible {
  let count: Int
  let description: String

  init?(argument: String) {
    let units = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
    let unit = units[argument.suffix(1).lowercased()]
    guard let number = Int(unit == nil ? argument[...] : argument.dropLast()), number > 0 else {
      return nil
    }
    let (count, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
    if overflow { return nil }
    self.count = count
    description = argument
  }

  var defaultValueDescription: String { description }
}

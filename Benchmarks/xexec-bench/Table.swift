import Foundation

/// Prints rows as a table.
struct Table {
  private var lines: [[String]]

  init(heads: [String]) { lines = [heads] }

  mutating func add(_ cells: [String]) { lines.append(cells) }

  /// The lines of the table: the first column to the left, the others to the right.
  var text: String {
    let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { cells in
      zip(cells, widths).enumerated().map { column, cell in
        let blanks = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + blanks : blanks + cell.0
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}

extension Table {
  /// The figures.
  init(_ rows: [Row]) {
    self.init(heads: ["figure", "median", "quartiles", "compared with", "median", "", "bar", ""])
    for row in rows {
      add([
        row.figure,
        "\(Self.number(row.measured.median)) \(row.measured.unit.rawValue)",
        row.measured.count > 1
          ? Self.range(row.measured.lowerQuartile, row.measured.upperQuartile) : "",
        row.comparedWith ?? "",
        row.compared.map { "\(Self.number($0.median)) \($0.unit.rawValue)" } ?? "",
        Self.result(of: row),
        row.bar?.text ?? "",
        row.isMet.map { $0 ? "met" : "MISSED" } ?? "recorded",
      ])
    }
  }

  /// The memory on servers with many connections.
  init(_ scale: Scale) {
    self.init(heads: [
      "imap process after login", "private kB", "connections per GiB", "100,000 take",
      "plugin's part",
    ])
    for line in scale.lines {
      add([
        line.candidate, Self.number(line.privateKilobytes), "\(line.connectionsPerGibibyte)",
        "\(Self.number(line.gibibytesPer100000)) GiB",
        "\(Self.number(line.pluginMebibytesPer100000)) MiB",
      ])
    }
  }

  private static func range(_ low: Double, _ high: Double) -> String {
    "\(number(low)) .. \(number(high))"
  }

  private static func result(of row: Row) -> String {
    switch row.comparison {
    case .none: return ""
    case .difference: return (row.result < 0 ? "" : "+") + number(row.result)
    case .ratio:
      let tenths = row.resultOfTenths ?? []
      let spread = tenths.map { String(format: "%.2f", $0) }.joined(separator: " .. ")
      return String(format: "%.3f", row.result) + " (\(spread))"
    }
  }

  /// A number with about three digits.
  static func number(_ value: Double) -> String {
    let size = abs(value)
    if size >= 100 || value == value.rounded() { return String(format: "%.0f", value) }
    return String(format: size >= 10 ? "%.1f" : "%.2f", value)
  }
}

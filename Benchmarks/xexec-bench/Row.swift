/// One figure: what was measured, what it is compared with, and its bar.
struct Row: Encodable {
  /// How the two are compared.
  enum Comparison: String, Encodable {
    /// Their ratio.
    case ratio
    /// Their difference.
    case difference
    /// There is nothing to compare with.
    case none
  }

  /// What the result has to be.
  struct Bar: Encodable {
    let limit: Double
    /// The result must not be above the limit; else not below.
    let isUpper: Bool

    static func atMost(_ limit: Double) -> Bar { Bar(limit: limit, isUpper: true) }
    static func atLeast(_ limit: Double) -> Bar { Bar(limit: limit, isUpper: false) }

    /// The bar so many times wider.
    func widened(_ slack: Double) -> Bar {
      Bar(limit: isUpper ? limit * slack : limit / slack, isUpper: isUpper)
    }

    /// As the table has it.
    var text: String { (isUpper ? "<= " : ">= ") + Table.number(limit) }

    /// Whether a result is on the right side of it.
    func isMet(by result: Double) -> Bool { isUpper ? result <= limit : result >= limit }
  }

  let figure: String
  let measured: Summary
  let comparedWith: String?
  let compared: Summary?
  let comparison: Comparison
  /// The ratio of the medians, their difference, or the median itself.
  let result: Double
  /// The smallest and the largest result if each tenth of the run is taken by itself: what the
  /// machine's other work did to it.
  let resultOfTenths: [Double]?
  let bar: Bar?
  /// Whether the result meets its bar; `nil` if it has none.
  let isMet: Bool?

  /// The ratio of two things that were measured in turns.
  init(
    _ figure: String, _ measured: [Double], to compared: [Double], of comparedWith: String,
    _ unit: Summary.Unit, _ bar: Bar?
  ) {
    let ratios = zip(measured.parts, compared.parts).map { Array($0).median / Array($1).median }
    self.init(
      figure, Summary(measured, unit), comparedWith, Summary(compared, unit), .ratio,
      measured.median / compared.median, [ratios.min() ?? 0, ratios.max() ?? 0], bar)
  }

  /// How much more one thing is than another.
  init(
    _ figure: String, _ measured: [Double], moreThan compared: [Double], of comparedWith: String,
    _ unit: Summary.Unit, _ bar: Bar?
  ) {
    self.init(
      figure, Summary(measured, unit), comparedWith, Summary(compared, unit), .difference,
      measured.median - compared.median, nil, bar)
  }

  /// A thing by itself.
  init(_ figure: String, _ values: [Double], _ unit: Summary.Unit, _ bar: Bar?) {
    self.init(figure, Summary(values, unit), nil, nil, .none, values.median, nil, bar)
  }

  private init(
    _ figure: String, _ measured: Summary, _ comparedWith: String?, _ compared: Summary?,
    _ comparison: Comparison, _ result: Double, _ resultOfTenths: [Double]?, _ bar: Bar?
  ) {
    self.figure = figure
    self.measured = measured
    self.comparedWith = comparedWith
    self.compared = compared
    self.comparison = comparison
    self.result = result
    self.resultOfTenths = resultOfTenths
    self.bar = bar
    isMet = bar?.isMet(by: result)
  }

  /// Whether the result is far from what it has to be.
  func isFarOff(slack: Double) -> Bool {
    bar.map { !$0.widened(slack).isMet(by: result) } ?? false
  }
}

/// A module that reads its options itself. They are those of its ``ModuleCommand``, by the same names.
protocol ConfigurableModule: Module {
  /// Makes it as it is without an option.
  init()

  /// Takes an option without a value.
  ///
  /// - Returns: Whether there is such a one.
  mutating func set(flag: String) -> Bool

  /// Takes an option.
  ///
  /// - Returns: Whether there is such a one, and it can have the value.
  mutating func set(_ option: String, to value: String) -> Bool

  /// What is wrong with the values, in the words of a message; nil if they can be used.
  var fault: String? { get }
}

extension ConfigurableModule {
  /// Reads the administrator's words: `--flag`, `--option value` and `--option=value`.
  ///
  /// - Returns: Nil if there is anything else among them, or something is wrong.
  init?(_ words: ArraySlice<String>) {
    self.init()
    var words = words
    while let word = words.popFirst() {
      if set(flag: word) { continue }
      if let sign = word.firstIndex(of: "=") {
        let value = String(word[word.index(after: sign)...])
        guard set(String(word[..<sign]), to: value) else { return nil }
      } else {
        guard let value = words.popFirst(), !value.hasPrefix("-"), set(word, to: value) else {
          return nil
        }
      }
    }
    if fault != nil { return nil }
  }

  /// Puts a value in its place, if it is one.
  func store<Value>(_ value: Value?, in place: inout Value) -> Bool {
    guard let value else { return false }
    place = value
    return true
  }
}

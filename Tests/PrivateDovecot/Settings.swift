extension PrivateDovecot {
  /// Keys with values, in the order in which they are written, as a dictionary literal.
  public struct Settings: Sendable, ExpressibleByDictionaryLiteral {
    /// The pairs, in order. A key may stand twice.
    public private(set) var pairs: [(key: String, value: String)] = []

    /// Makes an empty list.
    public init() {}

    /// Makes a list from a dictionary literal, in the literal's order.
    public init(dictionaryLiteral elements: (String, String)...) {
      pairs = elements.map { (key: $0.0, value: $0.1) }
    }

    /// Adds a pair at the end, even if the key is there already.
    public mutating func append(_ key: String, _ value: String) {
      pairs.append((key: key, value: value))
    }

    /// The last value of a key. Setting it replaces every value of the key; `nil` removes them.
    public subscript(key: String) -> String? {
      get { pairs.last { $0.key == key }?.value }
      set {
        pairs.removeAll { $0.key == key }
        if let newValue { append(key, newValue) }
      }
    }
  }
}

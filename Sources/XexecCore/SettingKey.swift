/// What the key of a setting means to this plugin.
package enum SettingKey: Equatable {
  /// `xexec`, `xexec2`, `xexec3`, ...: an entry. The first one has number 1.
  case entry(number: Int)
  /// `xexec2_timeout`: an option of one entry. `xexec_timeout`, without a number: the same for all
  /// entries that have none of their own.
  case option(Option, number: Int?)
  /// Starts like one of ours, but is none: most likely a slip of the pen.
  case unknown
  /// Another plugin's.
  case foreign

  /// What can be set for an entry.
  package enum Option {
    case timeLimit
    case stdin
    case maximumLiteral
    case progress
    case stderr

    /// The option that stands behind the number, from the underscore on.
    init?(suffix: UnsafeBufferPointer<UInt8>) {
      if ASCII.equalsIgnoringCase(suffix, "_timeout") {
        self = .timeLimit
      } else if ASCII.equalsIgnoringCase(suffix, "_stdin") {
        self = .stdin
      } else if ASCII.equalsIgnoringCase(suffix, "_max_literal") {
        self = .maximumLiteral
      } else if ASCII.equalsIgnoringCase(suffix, "_progress") {
        self = .progress
      } else if ASCII.equalsIgnoringCase(suffix, "_stderr") {
        self = .stderr
      } else {
        return nil
      }
    }
  }

  package init(_ key: UnsafeBufferPointer<UInt8>) {
    let prefix: StaticString = "xexec"
    guard key.count >= prefix.utf8CodeUnitCount,
      ASCII.equalsIgnoringCase(
        UnsafeBufferPointer(rebasing: key[..<prefix.utf8CodeUnitCount]), prefix)
    else {
      self = .foreign
      return
    }

    var position = prefix.utf8CodeUnitCount
    var number = 0
    while position < key.count && ASCII.isDigit(key[position]) && number < 100_000_000 {
      number = number * 10 + Int(key[position] - UInt8(ascii: "0"))
      position += 1
    }
    let digits = key[prefix.utf8CodeUnitCount..<position]
    let suffix = UnsafeBufferPointer(rebasing: key[position...])

    if let first = digits.first, first == UInt8(ascii: "0") || number < 2 {
      // xexec1 would stand beside xexec, xexec02 beside xexec2
      self = .unknown
    } else if suffix.isEmpty {
      self = .entry(number: digits.isEmpty ? 1 : number)
    } else if let option = Option(suffix: suffix) {
      self = .option(option, number: digits.isEmpty ? nil : number)
    } else {
      self = .unknown
    }
  }
}

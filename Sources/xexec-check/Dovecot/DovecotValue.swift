/// Dovecot's own spelling of times and sizes (lib-settings/settings-parser.c): the core asks its
/// host for them, which is Dovecot in the plugin.
enum DovecotValue {
  struct Invalid: Error {
    let reason: String
  }

  /// `60s`, `5 mins`, `500ms`; `0` needs no unit.
  ///
  /// - Throws: Dovecot's words for what is none.
  static func milliseconds(_ text: String) throws(Invalid) -> UInt32 {
    let invalid = Invalid(reason: "Invalid time interval: \(text)")
    guard let (number, unit) = split(text) else { throw invalid }
    if unit.isEmpty {
      if number == 0 { return 0 }
      throw Invalid(
        reason: "Time interval '\(text)' is missing units (add e.g. 's' for seconds)")
    }
    // any beginning of a word will do
    let units: [(words: [String], milliseconds: UInt64)] = [
      (["secs", "seconds"], 1000), (["mins", "minutes"], 60_000),
      (["msecs", "mseconds", "millisecs", "milliseconds"], 1), (["hours"], 3_600_000),
      (["days"], 86_400_000), (["weeks"], 604_800_000),
    ]
    guard let factor = units.first(where: { $0.words.contains { $0.hasPrefix(unit) } }) else {
      throw invalid
    }
    if number > UInt64(UInt32.max) / factor.milliseconds {
      throw Invalid(reason: "Time interval is too large: \(text)")
    }
    return UInt32(number * factor.milliseconds)
  }

  /// `500k`, `40 M`, `1GiB`, `100`.
  ///
  /// - Throws: Dovecot's words for what is none.
  static func octets(_ text: String) throws(Invalid) -> UInt64 {
    let invalid = Invalid(reason: "Invalid size: \(text)")
    guard let (number, unit) = split(text) else { throw invalid }
    let shift: UInt64
    switch unit {
    case "", "b": shift = 0
    case "k", "ki", "kb", "kib": shift = 10
    case "m", "mi", "mb", "mib": shift = 20
    case "g", "gi", "gb", "gib": shift = 30
    case "t", "ti", "tb", "tib": shift = 40
    default: throw invalid
    }
    if number > UInt64.max >> shift { throw Invalid(reason: "Size is too large: \(text)") }
    return number << shift
  }

  /// A number, and what stands behind it in small letters.
  private static func split(_ text: String) -> (UInt64, String)? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let number = UInt64(digits) else { return nil }
    return (number, text.dropFirst(digits.count).drop { $0 == " " }.lowercased())
  }
}

/// What settings have to mean: the contract's rules on the configuration. Slow and simple; nothing
/// of the core is used.
struct ReferenceSettings {
  struct Setting {
    let key: [UInt8]
    let value: [UInt8]
  }

  struct Module: Equatable {
    let name: [UInt8]
    let words: [[UInt8]]
    let timeLimit: UInt32
  }

  private(set) var modules: [Module] = []
  /// For each setting whether the administrator has to hear of it.
  private(set) var isReported: [Bool]

  init(_ settings: [Setting]) {
    isReported = settings.map { _ in false }
    var entries: [(number: Int, index: Int)] = []
    var limits: [Int: UInt32] = [:]
    var commonLimit: UInt32 = 60_000

    for (index, setting) in settings.enumerated() {
      let key = lowercased(setting.key)
      guard key.starts(with: "xexec".utf8) else { continue }
      let isLimit = key.count > 5 && key.suffix(8) == Array("_timeout".utf8)
      let digits = Array(key.dropFirst(5).dropLast(isLimit ? 8 : 0))
      guard let number = ReferenceSettings.number(digits) else {
        isReported[index] = true
        continue
      }
      if !isLimit {
        entries.append((number, index))
      } else if let limit = ReferenceSettings.milliseconds(setting.value) {
        if digits.isEmpty { commonLimit = limit } else { limits[number] = limit }
      } else {
        isReported[index] = true
      }
    }

    // sorted by number; those of the same number as they came
    for entry in entries.sorted(by: { ($0.number, $0.index) < ($1.number, $1.index) }) {
      let limit = limits[entry.number] ?? commonLimit
      if let module = ReferenceSettings.module(settings[entry.index].value, limit),
        !modules.contains(where: { lowercased($0.name) == lowercased(module.name) })
      {
        modules.append(module)
      } else {
        isReported[entry.index] = true
      }
    }
  }

  /// Nothing is 1; else a number from 2 on, as one writes it, of nine digits at most.
  private static func number(_ digits: [UInt8]) -> Int? {
    if digits.isEmpty { return 1 }
    if digits.count > 9 || digits[0] == UInt8(ascii: "0") { return nil }
    if !digits.allSatisfy({ (0x30...0x39).contains($0) }) { return nil }
    let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    return number < 2 ? nil : number
  }

  /// The times that the host of this fuzzer knows: digits and an `s`, or a zero.
  static func milliseconds(_ value: [UInt8]) -> UInt32? {
    if value == [UInt8(ascii: "0")] { return 0 }
    guard value.count >= 2, value.count <= 6, value.last == UInt8(ascii: "s") else { return nil }
    let digits = value.dropLast()
    if !digits.allSatisfy({ (0x30...0x39).contains($0) }) { return nil }
    return digits.reduce(0) { $0 * 10 + UInt32($1 - 0x30) } * 1000
  }

  private static func module(_ value: [UInt8], _ timeLimit: UInt32) -> Module? {
    guard let colon = value.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let name = Array(value[..<colon])
    guard isAtom(name), let words = words(Array(value[(colon + 1)...])),
      words.first?.first == UInt8(ascii: "/")
    else { return nil }
    return Module(name: name, words: words, timeLimit: timeLimit)
  }

  /// RFC 3501: atom.
  static func isAtom(_ octets: [UInt8]) -> Bool {
    !octets.isEmpty && octets.allSatisfy { atomCharacters[Int($0)] }
  }

  private static let atomCharacters: [Bool] = {
    var table = Array(repeating: false, count: 256)
    let characters =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$&'+,-./:;<=>?@[^_`|}~"
    for octet in characters.utf8 { table[Int(octet)] = true }
    return table
  }()

  /// What of the line is quoted at a place.
  private enum Quoting {
    case none
    case single
    case double
  }

  /// The words of a line as a shell has them; nil if something is left open.
  static func words(_ line: [UInt8]) -> [[UInt8]]? {
    var words: [[UInt8]] = []
    /// nil between words
    var word: [UInt8]?
    var quoting = Quoting.none
    var isEscaped = false

    for octet in line {
      let character = Character(UnicodeScalar(octet))
      if isEscaped {
        // in double quotes a backslash stays in front of what is not special there
        if quoting == .double && !"\"\\$`".contains(character) { word?.append(0x5C) }
        word?.append(octet)
        isEscaped = false
        continue
      }
      switch (quoting, character) {
      case (.none, " "), (.none, "\t"):
        if let word { words.append(word) }
        word = nil
        continue
      case (.none, "'"): quoting = .single
      case (.none, "\""): quoting = .double
      case (.single, "'"), (.double, "\""): quoting = .none
      case (.none, "\\"), (.double, "\\"): isEscaped = true
      default:
        word = (word ?? []) + [octet]
        continue
      }
      // a quote begins a word even if there is nothing in it
      word = word ?? []
    }
    if quoting != .none || isEscaped { return nil }
    if let word { words.append(word) }
    return words
  }
}

func lowercased(_ octets: [UInt8]) -> [UInt8] {
  octets.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
}

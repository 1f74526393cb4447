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
    let options: Options
  }

  struct Options: Equatable {
    var timeLimit: UInt32 = 60_000
    var takesLiteral = false
    var maximumLiteral: UInt64 = 41_943_040
    var progress = "code"
    var logsStderr = false

    /// Sets the option of that name. Returns false if the value is none of its.
    mutating func set(_ name: String, _ value: [UInt8]) -> Bool {
      switch name {
      case "_timeout":
        guard let time = ReferenceSettings.milliseconds(value) else { return false }
        timeLimit = time
      case "_max_literal":
        guard let size = ReferenceSettings.size(value) else { return false }
        maximumLiteral = size
      case "_progress":
        let word = String(decoding: lowercased(value), as: UTF8.self)
        guard ["code", "text", "no"].contains(word) else { return false }
        progress = word
      case "_stderr":
        let word = String(decoding: lowercased(value), as: UTF8.self)
        guard ["client", "log"].contains(word) else { return false }
        logsStderr = word == "log"
      default:
        let word = String(decoding: lowercased(value), as: UTF8.self)
        guard ["literal", "prompts"].contains(word) else { return false }
        takesLiteral = word == "literal"
      }
      return true
    }
  }

  private static let optionNames = ["_timeout", "_stdin", "_max_literal", "_progress", "_stderr"]

  private(set) var modules: [Module] = []
  /// All their names fit into the response to a login: 1800 octets with the blanks.
  var announcesAll: Bool {
    modules.isEmpty || modules.reduce(6) { $0 + 7 + $1.name.count } <= 1800
  }
  /// For each setting whether the administrator has to hear of it.
  private(set) var isReported: [Bool]

  init(_ settings: [Setting]) {
    isReported = settings.map { _ in false }
    var entries: [(number: Int, index: Int)] = []
    var own: [(number: Int, name: String, value: [UInt8])] = []
    var common = Options()

    for (index, setting) in settings.enumerated() {
      let key = lowercased(setting.key)
      guard key.starts(with: "xexec".utf8) else { continue }
      let name = ReferenceSettings.optionNames.first {
        key.dropFirst(5).suffix($0.count) == Array($0.utf8)[...]
      }
      let digits = Array(key.dropFirst(5).dropLast(name?.count ?? 0))
      guard let number = ReferenceSettings.number(digits) else {
        isReported[index] = true
        continue
      }
      guard let name else {
        entries.append((number, index))
        continue
      }
      var attempt = Options()
      isReported[index] = !attempt.set(name, setting.value)
      if isReported[index] { continue }
      if digits.isEmpty {
        _ = common.set(name, setting.value)
      } else {
        own.append((number, name, setting.value))
      }
    }

    // sorted by number; those of the same number as they came
    for entry in entries.sorted(by: { ($0.number, $0.index) < ($1.number, $1.index) }) {
      var options = common
      for option in own where option.number == entry.number {
        _ = options.set(option.name, option.value)
      }
      // an empty one takes the module away, and "no"; Dovecot makes a "yes" of an empty one
      let value = lowercased(settings[entry.index].value)
      if value.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      if ["no", "yes"].contains(String(decoding: value, as: UTF8.self)) { continue }
      if let module = ReferenceSettings.module(settings[entry.index].value, options),
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

  /// The sizes that the host of this fuzzer knows: up to 18 digits.
  static func size(_ value: [UInt8]) -> UInt64? {
    if value.isEmpty || value.count > 18 || !isDigits(value) { return nil }
    return value.reduce(0) { $0 * 10 + UInt64($1 - 0x30) }
  }

  private static func isDigits(_ octets: some Sequence<UInt8>) -> Bool {
    octets.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// An absolute path, `unix:SOCKET` or `tcp:HOST:PORT`.
  static func isProgram(_ word: [UInt8]) -> Bool {
    if word.first == UInt8(ascii: "/") { return true }
    if word.starts(with: "unix:".utf8) { return word.count > 5 }
    guard word.starts(with: "tcp:".utf8) else { return false }
    let rest = word.dropFirst(4)
    guard let colon = rest.lastIndex(of: UInt8(ascii: ":")), colon > rest.startIndex else {
      return false
    }
    let port = rest[(colon + 1)...]
    let digits = port.drop { $0 == UInt8(ascii: "0") }
    return isDigits(port) && (1...5).contains(digits.count)
      && digits.reduce(0) { $0 * 10 + Int($1 - 0x30) } <= 65535
  }

  private static func module(_ value: [UInt8], _ options: Options) -> Module? {
    guard let colon = value.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let name = Array(value[..<colon])
    guard isAtom(name), let words = words(Array(value[(colon + 1)...])),
      let program = words.first, isProgram(program)
    else { return nil }
    return Module(name: name, words: words, options: options)
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

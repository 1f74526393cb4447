/// How the kernel will start a program, by its first octets.
enum ProgramStart: Equatable {
  /// `#!INTERPRETER [ARGUMENT]`
  case script(interpreter: String, argument: String?)
  /// A compiled program, or something else that is not text.
  case binary
  /// A compiled program for another processor.
  case otherMachine
  case empty
  /// The octets of a UTF-8 mark (BOM) stand in front: then `#!` is none.
  case byteOrderMark
  /// The `#!` line ends in CR, as in files of other systems: it belongs to the interpreter's name.
  case carriageReturn
  /// Text without `#!`.
  case text

  init(_ octets: [UInt8]) {
    if octets.isEmpty {
      self = .empty
    } else if octets.starts(with: [0xEF, 0xBB, 0xBF]) {
      self = .byteOrderMark
    } else if octets.starts(with: Array("#!".utf8)) {
      self = Self.script(octets.dropFirst(2).prefix { $0 != 0x0A })
    } else if octets.starts(with: [0x7F] + Array("ELF".utf8)) {
      self = Self.compiled(octets)
    } else {
      self = octets.contains(0) ? .binary : .text
    }
  }

  /// What this machine starts, by the numbers of elf(5): EM_X86_64 and EM_386, EM_AARCH64 and EM_ARM.
  #if arch(x86_64)
    private static let machines: [UInt8]? = [62, 3]
  #elseif arch(arm64)
    private static let machines: [UInt8]? = [183, 40]
  #else
    private static let machines: [UInt8]? = nil
  #endif

  private static func compiled(_ octets: [UInt8]) -> ProgramStart {
    guard let machines, octets.count > 19, !machines.contains(octets[18]) else { return .binary }
    return .otherMachine
  }

  private static func script(_ line: ArraySlice<UInt8>) -> ProgramStart {
    if line.last == 0x0D { return .carriageReturn }
    let words = line.split(maxSplits: 1, whereSeparator: { $0 == 0x20 || $0 == 0x09 })
    let texts = words.map { String(decoding: $0, as: UTF8.self) }
    let argument = texts.dropFirst().first.map { String($0.trimmingBlanks) }
    return .script(
      interpreter: texts.first ?? "", argument: argument?.isEmpty == true ? nil : argument)
  }
}

extension String {
  fileprivate var trimmingBlanks: Substring {
    var text = self[...]
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text.drop { $0 == " " || $0 == "\t" }
  }
}

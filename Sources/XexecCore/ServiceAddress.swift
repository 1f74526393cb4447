import CXexec

/// Where a program is that this machine does not start itself: `unix:SOCKET` or `tcp:HOST:PORT`, as
/// Dovecot writes it elsewhere (lib-program-client/program-client.c).
enum ServiceAddress {
  enum Failure: Error {
    case noSocket
    case noHost
    case noPort

    var reason: StaticString {
      switch self {
      case .noSocket: return "no socket behind unix:"
      case .noHost: return "no host behind tcp:"
      case .noPort: return "no port number at the end of tcp:HOST:PORT"
      }
    }
  }

  /// Whether a program's word is an address, right or wrong.
  static func isMeant(by word: UnsafeBufferPointer<UInt8>) -> Bool {
    starts(word, with: "unix:") || starts(word, with: "tcp:")
  }

  /// Checks the form of an address, in which variables may not be expanded yet.
  static func check(_ word: UnsafeBufferPointer<UInt8>) throws(Failure) {
    if starts(word, with: "unix:") {
      if word.count == 5 { throw .noSocket }
      return
    }
    var colon = word.count - 1
    while word[colon] != UInt8(ascii: ":") { colon -= 1 }
    if colon < 4 { throw word.count == 4 ? .noHost : .noPort }
    if colon == 4 { throw .noHost }
    if !isPort(UnsafeBufferPointer(rebasing: word[(colon + 1)...])) { throw .noPort }
  }

  private static func starts(
    _ word: UnsafeBufferPointer<UInt8>, with prefix: StaticString
  ) -> Bool {
    guard let start = word.baseAddress, word.count >= prefix.utf8CodeUnitCount else { return false }
    return memcmp(start, prefix.utf8Start, prefix.utf8CodeUnitCount) == 0
  }

  private static func isPort(_ digits: UnsafeBufferPointer<UInt8>) -> Bool {
    var number = 0
    for digit in digits {
      if !ASCII.isDigit(digit) || number > 65535 { return false }
      number = number * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return number >= 1 && number <= 65535
  }
}

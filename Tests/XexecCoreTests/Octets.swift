@testable import XexecCore

/// Octets that can be written as a literal and are readable when a test fails.
struct Octets: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  var array: [UInt8]

  init(_ octets: some Sequence<UInt8> = []) { array = Array(octets) }
  init(stringLiteral text: String) { array = Array(text.utf8) }
  init(_ text: String) { array = Array(text.utf8) }

  /// A part of it that repeats.
  init(_ text: Octets, times: Int) {
    array = Array(repeatElement(text.array, count: times).joined())
  }

  /// Octets that are no text.
  static func raw(_ octets: UInt8...) -> Octets { Octets(octets) }

  static func + (left: Octets, right: Octets) -> Octets { Octets(left.array + right.array) }
  static func += (left: inout Octets, right: Octets) { left.array += right.array }

  var count: Int { array.count }
  var isEmpty: Bool { array.isEmpty }
  var string: String { String(decoding: array, as: UTF8.self) }

  func contains(_ part: Octets) -> Bool { string.contains(part.string) }

  /// The responses among them, each with its CRLF.
  var responses: [Octets] {
    var lines: [Octets] = []
    var start = 0
    for (index, octet) in array.enumerated() where octet == 0x0A {
      lines.append(Octets(array[start...index]))
      start = index + 1
    }
    if start < array.count { lines.append(Octets(array[start...])) }
    return lines
  }

  var description: String {
    let shown = array.prefix(400).map { octet -> String in
      switch octet {
      case 0x0A: "\\n"
      case 0x0D: "\\r"
      case 0x20...0x7E where octet != UInt8(ascii: "\\"): String(UnicodeScalar(octet))
      default: "\\x" + (octet < 16 ? "0" : "") + String(octet, radix: 16)
      }
    }
    return shown.joined() + (count > 400 ? "... (\(count) octets)" : "")
  }

  func withBuffer<Result, Failure>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // in Swift 6.0 what is thrown in there comes out without its type
    try array.withUnsafeBufferPointer { buffer in
      Swift.Result { () throws(Failure) in try body(buffer) }
    }.get()
  }

  /// A copy with a NUL behind it.
  var cString: OwnedCString {
    (array + [0]).withUnsafeBytes {
      OwnedCString(copying: $0.baseAddress!.assumingMemoryBound(to: CChar.self))
    }
  }
}

extension OwnedCString {
  var octets: Octets { Octets(XexecCore.octets(of: start)) }
}

/// What `body` appends to an empty buffer.
func appended(_ body: (inout OctetBuffer) throws -> Void) rethrows -> Octets {
  var buffer = OctetBuffer()
  try body(&buffer)
  return Octets(buffer.octets)
}

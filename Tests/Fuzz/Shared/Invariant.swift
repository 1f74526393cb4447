import CXexec
import Glibc

/// Ends the process if an invariant does not hold, with a message that says which.
@inline(__always)
func require(
  _ holds: Bool, _ invariant: StaticString, _ details: @autoclosure () -> String = "",
  file: StaticString = #fileID, line: UInt = #line
) {
  if !holds { fail(invariant, details(), file, line) }
}

/// Ends the process if octets are not those expected.
@inline(__always)
func requireEqual(
  _ got: UnsafeBufferPointer<UInt8>, _ expected: UnsafeBufferPointer<UInt8>,
  _ invariant: StaticString, file: StaticString = #fileID, line: UInt = #line
) {
  if !isEqual(got, expected) {
    fail(invariant, difference(got, expected), file, line)
  }
}

@inline(__always)
func requireEqual(
  _ got: [UInt8], _ expected: [UInt8], _ invariant: StaticString, file: StaticString = #fileID,
  line: UInt = #line
) {
  got.withUnsafeBufferPointer { got in
    expected.withUnsafeBufferPointer { expected in
      requireEqual(got, expected, invariant, file: file, line: line)
    }
  }
}

@inline(never)
private func fail(
  _ invariant: StaticString, _ details: String, _ file: StaticString, _ line: UInt
) -> Never {
  fatalError("BROKEN INVARIANT: \(invariant)\n\(details)", file: file, line: line)
}

func isEqual(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
  if left.count != right.count { return false }
  guard let start = left.baseAddress, let other = right.baseAddress else { return true }
  return memcmp(start, other, left.count) == 0
}

/// Where octets begin to differ, for a reader.
private func difference(
  _ got: UnsafeBufferPointer<UInt8>, _ expected: UnsafeBufferPointer<UInt8>
) -> String {
  let same = zip(got, expected).prefix { $0 == $1 }.count
  let from = max(0, same - 40)
  return """
      they differ from octet \(same) on
      got      \(got.count) octets, ... \(shown(got.dropFirst(from)))
      expected \(expected.count) octets, ... \(shown(expected.dropFirst(from)))
    """
}

/// Octets in a form that can be read, the first of them at least.
func shown(_ octets: some Collection<UInt8>) -> String {
  var text = "\""
  for octet in octets.prefix(120) {
    switch octet {
    case 0x0A: text += "\\n"
    case 0x0D: text += "\\r"
    case 0x20...0x7E where octet != 0x5C && octet != 0x22: text.unicodeScalars.append(.init(octet))
    default: text += "\\x" + (octet < 16 ? "0" : "") + String(octet, radix: 16)
    }
  }
  return text + "\"" + (octets.count > 120 ? "..." : "")
}

/// libFuzzer calls this first.
///
/// The backtrace of Swift's runtime comes before libFuzzer where it is switched on, and would keep
/// it from saving the input. SIGPIPE is ignored as in every Dovecot process.
@_cdecl("LLVMFuzzerInitialize")
public func initializeFuzzer(
  _ count: UnsafeMutablePointer<Int32>?, _ arguments: UnsafeMutableRawPointer?
) -> Int32 {
  for number in [SIGILL, SIGTRAP, SIGABRT] { signal(number, SIG_DFL) }
  signal(SIGPIPE, SIG_IGN)
  return 0
}

/// Gives a message the line ends of SMTP: CRLF, and neither CR nor LF alone (RFC 5321, section
/// 2.3.8), in pieces of any size.
///
/// A bare LF is a line end of Unix and becomes CRLF. That has to happen before anything looks for
/// dots at the start of lines: with `<LF>.<CRLF>` left in a message, one server could see two
/// messages where the other saw one (SMTP smuggling, CVE-2023-51764). A bare CR is read as a line
/// end by some servers and not by others, so a message with one is refused, and one with NUL is as
/// well.
struct LineNormalizer {
  /// The number of the line that the next octet is in, from 1.
  private var line = 1
  private var isAtLineStart = true
  /// A CR that is not written yet.
  private var isAfterCR = false

  /// Normalizes a piece of a message.
  ///
  /// - Parameters:
  ///   - octets: The piece.
  ///   - output: Where the result is appended, up to two octets for each one.
  /// - Throws: ``MessageFault`` for an octet that no message may hold.
  mutating func normalize(_ octets: [UInt8], into output: inout [UInt8]) throws(MessageFault) {
    output.reserveCapacity(output.count + octets.count + octets.count / 16)
    for octet in octets {
      if octet == 0x0A {
        endLine(&output)
        isAfterCR = false
      } else if isAfterCR {
        throw .bareCR(line: line)
      } else if octet == 0x0D {
        isAfterCR = true
      } else if octet == 0 {
        throw .nul(line: line)
      } else {
        output.append(octet)
        isAtLineStart = false
      }
    }
  }

  /// Ends the last line, if it is not ended.
  mutating func finish(into output: inout [UInt8]) throws(MessageFault) {
    if isAfterCR { throw .bareCR(line: line) }
    if !isAtLineStart { endLine(&output) }
  }

  private mutating func endLine(_ output: inout [UInt8]) {
    output.append(0x0D)
    output.append(0x0A)
    isAtLineStart = true
    line += 1
  }
}

/// Takes the fields Bcc and Resent-Bcc out of a message's header, in pieces of any size. They name
/// those whom the others are not to know of. Nothing else is changed.
struct BccRemover {
  private enum State {
    /// In the name of a field, which could still be one of them.
    case name
    /// In a field that stays.
    case kept
    /// In a field that goes.
    case removed
    case body
  }

  private static let names = [Array("bcc".utf8), Array("resent-bcc".utf8)]
  /// A name with more than that in front of its colon, blanks included, is none.
  private static let maxLength = 998

  private var state = State.name
  /// The field before goes, so what goes on with it does too.
  private var isBehindRemoved = false
  private var isFirstLine = true
  /// The start of the line, as long as its field is not known.
  private var line: [UInt8] = []

  /// Takes the next piece.
  ///
  /// - Parameter octets: It, with CRLF line ends.
  /// - Returns: What stays of it, and of the piece before.
  mutating func filter(_ octets: [UInt8]) -> [UInt8] {
    if state == .body { return octets }
    var output: [UInt8] = []
    output.reserveCapacity(octets.count)
    for (index, octet) in octets.enumerated() {
      if state == .body { return output + octets[index...] }
      switch state {
      case .name: takeOfName(octet, &output)
      case .kept: output.append(octet)
      case .removed, .body: break
      }
      if octet == 0x0A && state != .body { startLine() }
    }
    return output
  }

  /// What is left at the end of the message.
  mutating func finish() -> [UInt8] {
    defer { line = [] }
    return line
  }

  private mutating func startLine() {
    isBehindRemoved = state == .removed
    isFirstLine = false
    state = .name
  }

  private mutating func takeOfName(_ octet: UInt8, _ output: inout [UInt8]) {
    if line.isEmpty && Header.isBlank(octet) && !isFirstLine {
      if isBehindRemoved {
        state = .removed
        return
      }
      settle(.kept, octet, &output)
      return
    }
    if octet == UInt8(ascii: ":") {
      settle(Self.names.contains(name(of: line)) ? .removed : .kept, octet, &output)
    } else if octet == 0x0A {
      settle(line == [0x0D] ? .body : .kept, octet, &output)
    } else {
      line.append(octet)
      if octet == 0x0D || Header.isBlank(octet) && line.count < Self.maxLength { return }
      let name = name(of: line)
      if line.count > Self.maxLength || !Self.names.contains(where: { $0.starts(with: name) }) {
        line.removeLast()
        settle(.kept, octet, &output)
      }
    }
  }

  /// The field's fate is known.
  private mutating func settle(_ state: State, _ octet: UInt8, _ output: inout [UInt8]) {
    self.state = state
    if state != .removed {
      output += line
      output.append(octet)
    }
    line = []
  }

  private func name(of line: [UInt8]) -> [UInt8] {
    line.filter { !Header.isBlank($0) }.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
  }
}

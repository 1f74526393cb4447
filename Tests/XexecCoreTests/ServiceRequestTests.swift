import Testing

@testable import XexecCore

@Suite("ServiceRequest")
struct ServiceRequestTests {
  private func request(_ arguments: [Octets], _ environment: [Octets] = []) -> Octets {
    let request = ServiceRequest(
      arguments: arguments.map(\.cString)[...], environment: environment.map(\.cString))
    return Octets(request.lines.octets)
  }

  /// What `script` makes of a request: it reads up to the first empty line, and takes lines apart.
  private struct Script: Equatable {
    var environment: [Octets] = []
    var arguments: [Octets] = []
    var behind: Octets

    init?(_ sent: Octets) {
      let end = sent.array.indices.dropFirst().first { sent.array[($0 - 1)...$0] == [0x0A, 0x0A] }
      guard let end else { return nil }
      behind = Octets(sent.array[(end + 1)...])
      var lines = sent.array[..<(end - 1)].split(
        separator: 0x0A, omittingEmptySubsequences: false
      ).map(Octets.init)[...]
      guard lines.popFirst() == "VERSION\tscript\t4\t0" else { return nil }
      while let line = lines.first, line.string.hasPrefix("env_") {
        environment.append(Octets(line.array.dropFirst(4)))
        lines.removeFirst()
      }
      guard lines.popFirst() == "-" else { return nil }
      arguments = lines.map(Self.unescape)
    }

    private static func unescape(_ line: Octets) -> Octets {
      let letters: [UInt8: UInt8] = [0x30: 0, 0x31: 1, 0x74: 0x09, 0x72: 0x0D, 0x6E: 0x0A]
      var text: [UInt8] = []
      var rest = line.array[...]
      while let octet = rest.popFirst() {
        text.append(octet == 1 ? rest.popFirst().flatMap { letters[$0] } ?? 0xFF : octet)
      }
      // a C string
      return Octets(text.prefix { $0 != 0 })
    }
  }

  @Test("A request is lines: version, environment, the wish for a result, arguments")
  func lines() {
    #expect(request([]) == "VERSION\tscript\t4\t0\n-\n\n")
    #expect(
      request(["add", "joe@example.com"], ["USER=marc", "EMPTY="])
        == "VERSION\tscript\t4\t0\nenv_USER=marc\nenv_EMPTY=\n-\nadd\njoe@example.com\n\n")
  }

  @Test("What would end a line, a word or the request is escaped")
  func escapes() {
    #expect(
      request(["", "a\tb\r\nc\u{1}", ""])
        == "VERSION\tscript\t4\t0\n-\n\u{1}0\na\u{1}tb\u{1}r\u{1}nc\u{1}1\n\u{1}0\n\n")
  }

  @Test("An entry of the environment that would have to be escaped is left out")
  func environment() {
    let plain: [Octets] = ["A=b c", "HOME=/", "X=\u{E9}=", "Y=\u{7F}\u{2}"]
    let others: [Octets] = ["A=b\tc", "B=\n-\n", "C=\r", "D=\u{1}"]
    #expect(Script(request(["x"], plain + others)) == Script(request(["x"], plain)))
    #expect(Script(request(["x"], plain))?.environment == plain)
  }

  @Test("No argument passes for something else")
  func looks() throws {
    let arguments: [Octets] = [
      "env_USER=root", "noreply", "-", "alarm=1", "VERSION\tscript\t4\t0", "\n", "\n\n", "\u{1}0",
      "+", "", "",
    ]
    let script = try #require(Script(request(arguments, ["USER=joe"]) + "data\n\n"))
    #expect(script.environment == ["USER=joe"])
    #expect(script.arguments == arguments)
    #expect(script.behind == "data\n\n")
  }

  @Test("Any arguments arrive octet for octet", arguments: UInt64(1)...20)
  func anyArguments(seed: UInt64) {
    var chance = Chance(seed: seed)
    let arguments = (0..<50).map { _ in
      Octets(
        (0..<Int.random(in: 0...40, using: &chance)).map { _ in
          Bool.random(using: &chance)
            ? UInt8.random(in: 1...255, using: &chance)
            : [1, 9, 10, 13, 48].randomElement(using: &chance)!
        })
    }
    #expect(Script(request(arguments))?.arguments == arguments, "seed \(seed)")
  }
}

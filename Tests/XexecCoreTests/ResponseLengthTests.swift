import Testing

@testable import XexecCore

@Suite("ResponseWriter: long lines, and any octets")
struct ResponseLengthTests {
  // MARK: - Long lines

  @Test(
    "A line goes on in further responses from octet 8001 on",
    arguments: [1, 7999, 8000, 8001, 15_999, 16_000, 16_001, 100_000])
  func longLine(length: Int) {
    var expected = Octets()
    var left = length
    while left > 0 {
      expected += "* NO " + Octets("x", times: min(left, 8000)) + "\r\n"
      left -= min(left, 8000)
    }
    let line = Octets("x", times: length)
    #expect(responses(to: line + "\n", on: .stderr) == expected)
    #expect(responses(to: line + "\r\n", on: .stderr) == expected)
    #expect(responses(to: line, on: .stderr) == expected)
  }

  @Test("Lines are cut between characters, and nothing is dropped")
  func cutBetweenCharacters() {
    for character in ["\u{E9}", "\u{20AC}", "\u{1F600}"] as [Octets] {
      for offset in 0...8 {
        let text = Octets("x", times: 7996 + offset) + Octets(character, times: 5)
        let lines = responses(to: text + "\n").responses
        let texts = lines.map { Octets($0.array.dropFirst(5).dropLast(2)) }
        #expect(texts.count == (text.count > 8000 ? 2 : 1))
        #expect(texts[0].count <= 8000 && texts[0].count + character.count > min(8000, text.count))
        #expect(texts.allSatisfy { String(validating: $0.array, as: UTF8.self) != nil })
        #expect(texts.reduce("", +) == text)
      }
    }
  }

  @Test("What is replaced counts as what it becomes")
  func longReplacements() {
    let lines = responses(to: Octets([UInt8](repeating: 0xFF, count: 2667)) + "\n").responses
    #expect(lines.map(\.count) == [7 + 2666 * 3, 7 + 3])
  }

  @Test("A CR in the middle of a long line is a space, at its end it is nothing")
  func carriageReturnAtTheCut() {
    let full = Octets("x", times: 8000)
    #expect(responses(to: full + "\r\n") == "* OK " + full + "\r\n")
    #expect(responses(to: full + "\r\r\n") == "* OK " + full + "\r\n* OK  \r\n")
    #expect(responses(to: full + "\ry\n") == "* OK " + full + "\r\n* OK  y\r\n")
  }

  @Test("A part that starts with a bracket is no code, though the line's start may be one")
  func continuedCode() {
    let full = Octets("x", times: 8000)
    #expect(
      responses(to: full + "[ALERT] y\n") == "* OK " + full + "\r\n* OK [XEXEC] [ALERT] y\r\n")
    #expect(
      responses(to: full + full + "[UIDNEXT 1] y\n") == "* OK " + full + "\r\n* OK " + full
        + "\r\n* OK [XEXEC] [UIDNEXT 1] y\r\n")
    #expect(
      responses(to: "[ALERT] " + full + "\n") == "* OK [ALERT] " + Octets("x", times: 7992)
        + "\r\n* OK xxxxxxxx\r\n")
    #expect(
      responses(to: "[" + full + "\n") == "* OK [XEXEC] [" + Octets("x", times: 7999)
        + "\r\n* OK x\r\n")
    // the next line is a line again
    #expect(
      responses(to: full + "x\n[ALERT] y\n") == "* OK " + full + "\r\n* OK x\r\n* OK [ALERT] y\r\n")
  }

  @Test(
    "A prompt is one continuation request, however long its label",
    arguments: [1, 7999, 8000, 8001, 16_000, 16_001, 50_000])
  func longPrompt(length: Int) {
    let (octets, prompts) = XexecCoreTests.written(
      ["\u{5}" + Octets("y", times: length) + "\nnext\n"])
    #expect(prompts == 1)
    let lines = octets.responses
    let requests = lines.indices.filter { lines[$0].string.hasPrefix("+ ") }
    #expect(requests == [lines.count - 2])
    #expect(lines.dropLast(2).allSatisfy { $0.string.hasPrefix("* OK y") })
    #expect(lines.last == "* OK next\r\n")
    #expect(octets.array.count { $0 == UInt8(ascii: "y") } == length)
  }

  @Test("A line of 50 MB without a newline leaves as it comes")
  func hugeLine() {
    let block = Octets("0123456789abcdef", times: 4096)
    let blocks = 50 * 1024 * 1024 / block.count
    var writer = ResponseWriter(stream: .stdout)
    var text = 0
    for number in 1...blocks {
      let sent = appended { buffer in
        block.withBuffer { _ = writer.write($0, to: &buffer) }
      }
      let lines = sent.array.count { $0 == 0x0A }
      text += sent.count - 7 * lines
      // all but one response line of what was written has been sent
      #expect(text >= number * block.count - 8000)
    }
    let rest = appended { _ = writer.finish(to: &$0) }
    #expect(text + rest.count - 7 == blocks * block.count)
  }

  @Test("So does one that is no text", arguments: [0x00, 0x05, 0x0D, 0x5B, 0x80, 0xC3, 0xF0, 0xFF])
  func hugeBinaryLine(octet: UInt8) {
    let block = Octets([UInt8](repeating: octet, count: 65_536))
    var writer = ResponseWriter(stream: .stderr)
    for _ in 1...8 {
      let sent = appended { buffer in
        block.withBuffer { _ = writer.write($0, to: &buffer) }
      }
      #expect(sent.count >= 65_536 - 8000)
      #expect(sent.count <= 65_536 * 4)
    }
  }

  // MARK: - Any octets, cut anywhere

  /// Pieces of which tricky input is made.
  private static let pieces: [Octets] = [
    "\n", "\r", "\r\n", "\n\n", "\u{5}", "\u{0}", "\t", "\u{7F}", "\u{1B}", " ", "a", "word", "[",
    "]", "}", "{3}", "[ALERT] ", "[alert] x", "[ALERT]", "[UIDVALIDITY 1] x", "[LIMIT] ", "\u{E9}",
    "\u{20AC}",
    "\u{1F600}", "\u{10FFFF}", "\u{FFFD}", "\u{85}", .raw(0xE2), .raw(0xE2, 0x82),
    .raw(0xF0, 0x9F, 0x98), .raw(0xF0, 0x9F), .raw(0xC3), .raw(0x80), .raw(0xC0, 0xAF), .raw(0xFF),
    .raw(0xED, 0xA0, 0x80), .raw(0xF4, 0x90, 0x80, 0x80), .raw(0xC0, 0x8A),
  ]
  private static let longPieces: [Octets] = [
    Octets("x", times: 7990), Octets("x", times: 8000), Octets("y", times: 7999),
    Octets("\u{E9}", times: 4000), Octets("\u{20AC}", times: 2666),
    Octets("\u{1F600}", times: 2000), Octets([UInt8](repeating: 0xFF, count: 2666)),
    Octets("\r", times: 7998), Octets(" [", times: 4001),
  ]

  /// Compares with the model, and judges the responses by themselves.
  private func check(
    _ pieces: [Octets], on stream: ResponseWriter.Stream, _ expected: ResponseModel, _ which: String
  ) {
    let (octets, prompts) = XexecCoreTests.written(pieces, on: stream)
    if octets != expected.octets || prompts != expected.prompts {
      Issue.record(
        "\(which): \(pieces) gave \(octets), \(prompts) prompts; expected \(expected.octets)")
    }
  }

  private static let trickyInputs: [Octets] = [
    "hello\n\r\n\n", "a\r\r\nb\rc\r", "\u{5}\n\u{5}Name\r\n\u{5}", "\u{5}\r\r\n \u{5}\n",
    "[ALERT] x\n[ALERT]x\n[ALERT] \n", "[UIDVALIDITY 1] x\n[\n[]", "\u{5}[ALERT] x\n\u{5}[x] y\n",
    "\u{E9}\u{20AC}\u{1F600}\n", "\u{0}\u{1}\t\u{7F}\n\u{0}",
    .raw(0xE2, 0x82, 0x0A, 0xF0, 0x9F, 0x98, 0x0D, 0x0A, 0xC3),
    .raw(0xE2, 0xE2, 0x82, 0xE2, 0x82, 0xAC, 0x0A, 0x80, 0xFF),
    .raw(0xF0, 0x9F, 0x41, 0xED, 0xA0, 0x80, 0xC0, 0x8A, 0xF4, 0x90, 0x0D, 0x0D, 0x0A),
    .raw(0x05, 0xE2, 0x0D, 0x0A, 0x05, 0xC3, 0xA9, 0x0A, 0x05, 0x05),
  ]

  @Test("The cuts of what a program writes make no difference", arguments: trickyInputs)
  func everyCut(input: Octets) {
    for stream in [ResponseWriter.Stream.stdout, .stderr] {
      let expected = ResponseModel(of: input, on: stream)
      expected.checkIsValid(on: stream)
      check([input], on: stream, expected, "whole")
      check(input.array.map { .raw($0) }, on: stream, expected, "octet by octet")
      for first in 0...input.count {
        for second in first...input.count {
          check(
            [
              Octets(input.array[..<first]), Octets(input.array[first..<second]),
              Octets(input.array[second...]),
            ], on: stream, expected, "cut at \(first) and \(second)")
        }
      }
    }
  }

  @Test("Nor do they around the end of a long response", arguments: 0..<longPieces.count)
  func everyCutOfLongLines(index: Int) {
    let long = Self.longPieces[index]
    for tail in ["\u{E9}\r\n", "[ALERT] x\n", "\r\r\n\u{5}", "\u{1F600}\u{20AC}"] as [Octets] {
      for head in ["", "\u{5}", "[ALERT] ", "[ALERT"] as [Octets] {
        let input = head + long + tail
        let expected = ResponseModel(of: input, on: .stdout)
        expected.checkIsValid(on: .stdout)
        check([input], on: .stdout, expected, "whole")
        for cut in (input.count - 16)...input.count {
          let pieces = [Octets(input.array[..<cut]), Octets(input.array[cut...])]
          check(pieces, on: .stdout, expected, "\(head) cut at \(cut)")
        }
      }
    }
  }

  @Test("Nothing written breaks a rule, however it is cut", arguments: Array(UInt64(1)...8))
  func random(seed: UInt64) {
    var chance = Chance(seed: seed)
    for round in 0..<40 {
      var input = Octets()
      for _ in 0..<Int.random(in: 0...40, using: &chance) {
        switch Int.random(in: 0...120, using: &chance) {
        case 0: input += Self.longPieces.randomElement(using: &chance)!
        case 1...15: input += .raw(.random(in: 0...255, using: &chance))
        default: input += Self.pieces.randomElement(using: &chance)!
        }
      }
      for stream in [ResponseWriter.Stream.stdout, .stderr] {
        let which = "seed \(seed), round \(round)"
        let expected = ResponseModel(of: input, on: stream)
        expected.checkIsValid(on: stream)
        check([input], on: stream, expected, which)
        for longest in [2, 5000] {
          check(chance.cut(input, longest: longest), on: stream, expected, which)
        }
      }
    }
  }
}

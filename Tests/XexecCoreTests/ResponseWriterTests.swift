import Testing

@testable import XexecCore

@Suite("ResponseWriter")
struct ResponseWriterTests {
  @Test(
    "A line of stdout becomes a response",
    arguments: [
      ("", ""),
      ("hello\n", "* OK hello\r\n"),
      ("a\nb\nc\n", "* OK a\r\n* OK b\r\n* OK c\r\n"),
      (" a  b \n", "* OK  a  b \r\n"),
      ("a\tb\n", "* OK a\tb\r\n"),
      ("\u{E9}\u{20AC}\u{1F600}\n", "* OK \u{E9}\u{20AC}\u{1F600}\r\n"),
      ("* OK x\n", "* OK * OK x\r\n"),
      // text has one octet at least
      ("\n", "* OK  \r\n"),
      ("\n\na\n", "* OK  \r\n* OK  \r\n* OK a\r\n"),
      // the last line needs no newline
      ("a\nb", "* OK a\r\n* OK b\r\n"),
      (" ", "* OK  \r\n"),
    ] as [(Octets, Octets)])
  func stdout(written: Octets, expected: Octets) {
    #expect(responses(to: written) == expected)
  }

  @Test("A line of stderr becomes a NO, and there are no prompts on stderr")
  func stderr() {
    #expect(responses(to: "a\nb", on: .stderr) == "* NO a\r\n* NO b\r\n")
    #expect(responses(to: "\n", on: .stderr) == "* NO  \r\n")
    let (octets, prompts) = XexecCoreTests.written(["\u{5}\n\u{5}Name\n"], on: .stderr)
    #expect(octets == "* NO  \r\n* NO  Name\r\n")
    #expect(prompts == 0)
  }

  @Test(
    "A trailing CR is dropped, one and no other",
    arguments: [
      ("a\r\n", "* OK a\r\n"),
      ("\r\n", "* OK  \r\n"),
      ("a\r", "* OK a\r\n"),
      ("\r", "* OK  \r\n"),
      ("a\r\r\n", "* OK a \r\n"),
      ("a\rb\n", "* OK a b\r\n"),
      ("\ra\n", "* OK  a\r\n"),
      ("a\r\rb\r\n", "* OK a  b\r\n"),
      ("\u{E9}\r\n", "* OK \u{E9}\r\n"),
      ("\u{5}\r\n", "+ OK\r\n"),
      ("\u{5}a\r\n", "+ a\r\n"),
      ("[ALERT] \r\n", "* OK [XEXEC] [ALERT] \r\n"),
    ] as [(Octets, Octets)])
  func carriageReturn(written: Octets, expected: Octets) {
    #expect(responses(to: written) == expected)
  }

  @Test("Control octets but TAB become a space")
  func controls() {
    for octet in UInt8.min...0x7F where octet != 0x0A && octet != 0x5B {
      let isControl = (octet < 0x20 && octet != 0x09) || octet == 0x7F
      let shown: UInt8 = isControl ? 0x20 : octet
      #expect(
        responses(to: "a" + .raw(octet) + "b\n") == "* OK a" + .raw(shown) + "b\r\n",
        "octet \(octet)")
    }
    #expect(responses(to: "\u{0}\u{0}\n") == "* OK   \r\n")
  }

  @Test("An octet that is not plain is found wherever it stands", arguments: 0...25)
  func anywhere(position: Int) {
    for octets in [
      "\u{0}", "\t", "\u{5}", "\r", "\u{1F}", " ", "~", "\u{7F}", "\u{E9}", "[", .raw(0x80),
      .raw(0xFF), "\t\u{0}", "\t\t\u{E9}\u{7F}",
    ] as [Octets] {
      for other in [" ", "a", "~", "\t"] as [Octets] {
        let text =
          Octets(other, times: position) + octets + Octets(other, times: 25 - position) + "\n"
        #expect(responses(to: text) == ResponseModel(of: text, on: .stdout).octets)
      }
    }
  }

  @Test("The C1 controls of Unicode are characters like others")
  func c1() {
    #expect(responses(to: "\u{80}\u{9F}\u{2028}\n") == "* OK \u{80}\u{9F}\u{2028}\r\n")
  }

  @Test("A byte order mark does not hide a bracket: there is none at the start")
  func byteOrderMark() {
    #expect(responses(to: "\u{FEFF}[UIDNEXT 1] x\n") == "* OK [XEXEC] \u{FEFF}[UIDNEXT 1] x\r\n")
  }

  @Test("Octets that are no UTF-8 become U+FFFD")
  func invalid() {
    #expect(responses(to: .raw(0xFF, 0x0A)) == "* OK \u{FFFD}\r\n")
    #expect(responses(to: "a" + .raw(0xE2, 0x82) + "b\n") == "* OK a\u{FFFD}b\r\n")
    // cut off by the end of the line, by CR, by another character, by the end of the stream
    #expect(responses(to: .raw(0xE2, 0x82, 0x0A)) == "* OK \u{FFFD}\r\n")
    #expect(responses(to: .raw(0xE2, 0x82, 0x0D, 0x0A)) == "* OK \u{FFFD}\r\n")
    #expect(responses(to: .raw(0xE2, 0xC3, 0xA9, 0x0A)) == "* OK \u{FFFD}\u{E9}\r\n")
    #expect(responses(to: .raw(0xF0, 0x9F)) == "* OK \u{FFFD}\r\n")
    // the next line starts afresh
    #expect(responses(to: .raw(0xE2, 0x0A, 0x82, 0x0A)) == "* OK \u{FFFD}\r\n* OK \u{FFFD}\r\n")
    // overlong CR LF, and a surrogate
    #expect(
      responses(to: .raw(0xC0, 0x8D, 0xC0, 0x8A)) == "* OK " + Octets("\u{FFFD}", times: 4)
        + "\r\n")
    #expect(
      responses(to: .raw(0xED, 0xA0, 0x80)) == "* OK " + Octets("\u{FFFD}", times: 3) + "\r\n")
  }

  @Test(
    "The octet 0x05 in front makes a prompt, with the rest of the line as its label",
    arguments: [
      ("\u{5}\n", "+ OK\r\n", 1),
      ("\u{5}Name?\n", "+ Name?\r\n", 1),
      ("\u{5} \n", "+  \r\n", 1),
      ("\u{5}\u{5}\n", "+  \r\n", 1),
      ("\u{5}", "+ OK\r\n", 1),
      ("\u{5}Name?", "+ Name?\r\n", 1),
      ("a\n\u{5}\n\u{5}b\nc\n", "* OK a\r\n+ OK\r\n+ b\r\n* OK c\r\n", 2),
      ("a\u{5}\n", "* OK a \r\n", 0),
      (" \u{5}\n", "* OK   \r\n", 0),
      ("\u{5}[ALERT] x\n", "+ [ALERT] x\r\n", 1),
      ("\u{5}[UIDNEXT 1] x\n", "+ [XEXEC] [UIDNEXT 1] x\r\n", 1),
      ("\u{5}pw {5}\n", "+ pw {5} .\r\n", 1),
    ] as [(Octets, Octets, Int)])
  func prompts(written: Octets, expected: Octets, count: Int) {
    let (octets, prompts) = XexecCoreTests.written([written])
    #expect(octets == expected)
    #expect(prompts == count)
  }

  @Test("A prompt is counted when its response is there, not before")
  func promptCount() {
    var writer = ResponseWriter(stream: .stdout)
    var counts: [Int] = []
    _ = appended { buffer in
      for piece in ["\u{5}", "Na", "me\n", "x\n", "\u{5}\n\u{5}"] as [Octets] {
        counts.append(piece.withBuffer { writer.write($0, to: &buffer) })
      }
      counts.append(writer.finish(to: &buffer))
      counts.append(writer.finish(to: &buffer))
    }
    #expect(counts == [0, 0, 1, 0, 1, 1, 0])
  }

  @Test("Whole lines become responses at once, others only when they end")
  func atOnce() {
    #expect(responses(to: "a\nb\nc", finishing: false) == "* OK a\r\n* OK b\r\n")
    #expect(responses(to: "\u{5}", finishing: false) == "")
    #expect(responses(to: "[ALERT]", finishing: false) == "")
  }

  @Test("The end of a stream behind a newline, and of one that said nothing, says nothing")
  func nothingAtTheEnd() {
    #expect(responses(to: "a\n") == "* OK a\r\n")
    #expect(responses(to: "") == "")
    #expect(XexecCoreTests.written(["", "", ""]).octets == "")
  }
}

import Glibc
import Testing

@testable import xexec_modules

@Suite("Messages on their way")
struct MessageTests {
  private func normalize(_ pieces: [[UInt8]]) throws -> [UInt8] {
    var normalizer = LineNormalizer()
    var output: [UInt8] = []
    for piece in pieces { try normalizer.normalize(piece, into: &output) }
    try normalizer.finish(into: &output)
    return output
  }

  private func pieces(_ octets: [UInt8], of size: Int) -> [[UInt8]] {
    stride(from: 0, to: octets.count, by: size).map {
      Array(octets[$0..<min($0 + size, octets.count)])
    }
  }

  @Test(
    "line ends become CRLF, wherever the pieces end",
    arguments: [
      ("", ""), ("a", "a\r\n"), ("a\r\n", "a\r\n"), ("a\n", "a\r\n"), ("\n\n", "\r\n\r\n"),
      ("\r\n\n\r\n", "\r\n\r\n\r\n"), ("a\n.\r\nb", "a\r\n.\r\nb\r\n"),
      ("a\r\n.\nb\n", "a\r\n.\r\nb\r\n"),
      (".", ".\r\n"), ("a\n.\n", "a\r\n.\r\n"),
    ])
  func lineEnds(text: String, expected: String) throws {
    for size in 1...max(1, text.utf8.count) {
      let output = try normalize(pieces(Array(text.utf8), of: size))
      #expect(output == Array(expected.utf8), "\(text.debugDescription) in pieces of \(size)")
    }
  }

  @Test("octets of eight bits stay as they are")
  func eightBit() throws {
    let octets = Array((1...255).filter { $0 != 10 && $0 != 13 }.map { UInt8($0) } + [13, 10])
    for size in [1, 7, 300] { #expect(try normalize(pieces(octets, of: size)) == octets) }
  }

  @Test(
    "a bare CR and a NUL are refused with their line",
    arguments: [
      ("a\rb", .bareCR(line: 1)), ("\r", .bareCR(line: 1)), ("a\n\r\r\n", .bareCR(line: 2)),
      ("a\r\nb\r.\r\n", .bareCR(line: 2)), ("\n\n\0", .nul(line: 3)), ("a\r\0", .bareCR(line: 1)),
    ] as [(String, MessageFault)])
  func refused(text: String, fault: MessageFault) {
    for size in 1...text.utf8.count {
      #expect(throws: fault) { try normalize(pieces(Array(text.utf8), of: size)) }
    }
  }

  @Test(
    "the octets are given out once, however small the room and however early the header is read")
  func body() throws {
    let text = "Subject: x\nFrom: y\n\nfirst\n\nlast"
    for size in [1, 2, 5, 1000] {
      for readsHeader in [false, true] {
        let body = MessageBody(Array(text.utf8))
        if readsHeader {
          #expect(try body.header().elementsEqual("Subject: x\nFrom: y\n".utf8))
        }
        #expect(try drain(body, room: size) == text.replacingLineEnds() + "\r\n")
        #expect(body.isComplete)
      }
    }
  }

  @Test(
    "Bcc is taken out, folded too, and nothing else is, wherever the pieces end",
    arguments: [
      ("A: x\r\nBcc: joe@x\r\nB: y\r\n\r\nBcc: text\r\n", "A: x\r\nB: y\r\n\r\nBcc: text\r\n"),
      ("bcc:\r\nresent-BCC : x,\r\n y,\r\n\tz\r\nA: x\r\n y\r\n\r\n", "A: x\r\n y\r\n\r\n"),
      ("Bcc: a\r\n \r\n b\r\nBCC:c\r\n\r\n d\r\n", "\r\n d\r\n"),
      (" Bcc : a\r\nA: x\r\n", "A: x\r\n"), ("B c c: a\r\n", ""), ("Bcc: a", ""),
      ("A: x\r\n Bcc: y\r\n\r\n", "A: x\r\n Bcc: y\r\n\r\n"),
      ("\r\nBcc: a\r\n", "\r\nBcc: a\r\n"), ("Bcc\r\nBc: x\r\n", "Bcc\r\nBc: x\r\n"),
      ("Bccc: x\r\nX-Bcc: y\r\nResent-: z\r\n", "Bccc: x\r\nX-Bcc: y\r\nResent-: z\r\n"),
      (":\r\nResent-Bcc\r\n", ":\r\nResent-Bcc\r\n"), ("Bcc", "Bcc\r\n"), ("", ""),
      ("A\n\u{e4}: b\nBcc: c\n e\n\n.\n", "A\r\n\u{e4}: b\r\n\r\n.\r\n"),
    ])
  func bcc(text: String, expected: String) throws {
    for size in 1...max(1, text.utf8.count) {
      var normalizer = LineNormalizer()
      var remover = BccRemover()
      var output: [UInt8] = []
      for piece in pieces(Array(text.utf8), of: size) {
        var lines: [UInt8] = []
        try normalizer.normalize(piece, into: &lines)
        output += remover.filter(lines)
      }
      var lines: [UInt8] = []
      try normalizer.finish(into: &lines)
      output += remover.filter(lines) + remover.finish()
      #expect(output == Array(expected.utf8), "\(text.debugDescription) in pieces of \(size)")
    }
    for room in [1, 7, 1000] {
      #expect(try drain(MessageBody(Array(text.utf8)), room: room) == expected)
    }
  }

  @Test("what is removed is still looked at: a NUL in Bcc is refused, with its line")
  func nulInBcc() {
    let body = MessageBody(Array("A: x\nBcc: a\n b\0\n\nx\n".utf8))
    #expect(throws: MessageFault.nul(line: 3)) { try drain(body, room: 100) }
  }

  @Test("a line of blanks takes no memory because it could be Bcc")
  func blanks() throws {
    var remover = BccRemover()
    let blanks = [UInt8](repeating: 0x20, count: 100_000)
    #expect(remover.filter(Array("Bcc".utf8) + blanks).count > 99_000)
  }

  @Test("a header ends at the first empty line, or with the message")
  func header() throws {
    for (text, expected) in [
      ("a\r\nb\r\n\r\nc", "a\r\nb\r\n"), ("\n", ""), ("\r\nx", ""), ("a: b\n", "a: b\n"),
      ("a", "a"),
      ("a\n \nb\n\nc", "a\n \nb\n"),
    ] {
      let header = try MessageBody(Array(text.utf8)).header()
      #expect(
        String(decoding: header, as: UTF8.self).filter { $0 != "\r" }
          == expected.filter { $0 != "\r" },
        "\(text.debugDescription)")
    }
  }

  @Test("a literal is complete with its last octet and the end behind it, and not before")
  func literal() throws {
    #expect(try drain(literal("a: b\n\ntext\n", size: 11), room: 4) == "a: b\r\n\r\ntext\r\n")
    let cut = try literal("a: b\n\ntext\n", size: 12)
    #expect(throws: MessageFault.cut(received: 11, size: 12)) { try drain(cut, room: 100) }
    #expect(!cut.isComplete)
    let surplus = try literal("a: b\n\ntext\n", size: 10)
    #expect(throws: MessageFault.surplus(size: 10)) { try drain(surplus, room: 100) }
    #expect(!surplus.isComplete)
  }

  @Test("a header without an end is refused")
  func endlessHeader() throws {
    let octets = [UInt8](repeating: 0x61, count: 1_000_000)
    let file = tmpfile()!
    defer { fclose(file) }
    fwrite(octets, 1, octets.count, file)
    rewind(file)
    let body = MessageBody(
      LiteralReader(
        descriptor: fileno(file), size: octets.count, termination: termination()))
    #expect(throws: MessageFault.headerTooLong(limit: MessageBody.headerLimit)) {
      try body.header()
    }
  }

  /// One that does not hold SIGTERM back: this thread has other work to do.
  private func termination() -> Termination {
    defer {
      var signals = sigset_t()
      sigemptyset(&signals)
      sigaddset(&signals, SIGTERM)
      pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }
    return Termination()
  }

  private func literal(_ text: String, size: Int) throws -> MessageBody {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    _ = Array(text.utf8).withUnsafeBytes { write(ends[1], $0.baseAddress, $0.count) }
    close(ends[1])
    return MessageBody(
      LiteralReader(descriptor: ends[0], size: size, termination: termination()))
  }

  private func drain(_ body: MessageBody, room size: Int) throws -> String {
    var output: [UInt8] = []
    var room = [UInt8](repeating: 0, count: size)
    while true {
      let count = try room.withUnsafeMutableBytes { try body.read(into: $0) }
      if count == 0 { return String(decoding: output, as: UTF8.self) }
      output += room[..<count]
    }
  }
}

extension String {
  fileprivate func replacingLineEnds() -> String {
    split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
  }
}

import Testing

@testable import xexec_modules

@Suite("The command line of xexec-modules")
struct InvocationTests {
  @Test("the configured words end at the first --, and what the client sends cannot move it")
  func split() throws {
    let invocation = try invocation("smtp", "--relay", "host", "--", "--relay", "evil", "--", "x")
    #expect(invocation.configured == ["smtp", "--relay", "host"])
    #expect(invocation.fromClient == ["--relay", "evil", "--", "x"])
  }

  @Test("nothing from the client is not the same as no separator")
  func noWords() throws {
    #expect(try invocation("smtp", "--").fromClient == [])
    #expect(try invocation("smtp", "add").fromClient == nil)
    #expect(try invocation().configured == [])
  }

  @Test("a word that is not UTF-8 is refused")
  func notUTF8() {
    #expect(throws: Refusal.self) { try invocation(octets: [[0x61], [0x2D, 0x2D], [0xFF]]) }
  }

  private func invocation(_ words: String...) throws -> Invocation {
    try invocation(octets: words.map { Array($0.utf8) })
  }

  private func invocation(octets words: [[UInt8]]) throws -> Invocation {
    var argv: [UnsafeMutablePointer<CChar>?] = ([Array("xexec-modules".utf8)] + words).map { word in
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: word.count + 1)
      for (index, octet) in (word + [0]).enumerated() { copy[index] = CChar(bitPattern: octet) }
      return copy
    }
    defer { for word in argv { word?.deallocate() } }
    return try argv.withUnsafeMutableBufferPointer {
      try Invocation($0.baseAddress!, count: $0.count)
    }
  }
}

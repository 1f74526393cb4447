import Testing

@testable import xexec_modules

@Suite("Who may send as whom")
struct SenderTests {
  @Test(
    "From fields as mail programs write them",
    arguments: [
      ("a@b", ["a@b"]), ("<a@b>", ["a@b"]), ("Joe Smith <a@b>", ["a@b"]),
      (#""Smith, Joe" <a@b>"#, ["a@b"]), (#""x\"<c@d>" <a@b>"#, ["a@b"]),
      ("a@b (Joe (the <c@d>) one)", ["a@b"]), ("(x) a@b", ["a@b"]), ("a@b, c@d", ["a@b", "c@d"]),
      ("Joe <a@b>,\r\n\tAnn <c@d>", ["a@b", "c@d"]), ("=?utf-8?Q?J=C3=B6?= <a@b>", ["a@b"]),
      ("J. Smith <a@b>", ["a@b"]), ("J\u{f6} <a@b>", ["a@b"]), (#""a b"@c"#, nil),
      (#""ab"@c"#, [#""ab"@c"#]), ("team: a@b, Ann <c@d>;", ["a@b", "c@d"]), ("a@b,,", ["a@b"]),
      ("< a@b >", ["a@b"]), (#""a@b" <c@d>"#, ["c@d"]),
      ("", nil), (" ", nil), ("Joe", nil), ("a@b <c@d>", nil), ("<a@b> c@d", nil), ("<a@b", nil),
      ("a@b>", nil), ("<a@b> <c@d>", nil), ("<@x:a@b>", nil), ("(a@b", nil), ("\"a", nil),
      ("team: a@b", nil), ("a@b;", nil), ("x: y: a@b;", nil), ("<>", nil), ("a@b c@d", nil),
      ("a@b)", nil), ("a@b\0", nil),
    ] as [(String, [String]?)])
  func fromField(value: String, expected: [String]?) {
    for header in [
      "From: \(value)\r\nTo: x@y\r\n", "To: x@y\nfrom \t:\(value)\n", " From: \(value)\n",
    ] {
      let found = try? FromField(header: Array(header.utf8)).addresses?.map(\.text)
      #expect(found == expected, "\(header.debugDescription)")
    }
  }

  @Test("no From field is no claim; two are refused")
  func count() throws {
    #expect(try FromField(header: Array("To: a@b\r\nX-From: c\r\n".utf8)).addresses == nil)
    #expect(try FromField(header: []).addresses == nil)
    #expect(throws: FromField.Fault.twice) {
      try FromField(header: Array("From: a@b\r\nfROM: a@b\r\n".utf8))
    }
  }

  @Test("the list of senders: comments, several lines for a user, line ends of any kind")
  func aliases() throws {
    let file = try AliasFile(
      text: "# x: y\n\njoe: a@b , c@d\r\nann:e@f\r\n joe :g@h,\nbad: no address\n")
    #expect(try file.addresses(of: "joe").map(\.text) == ["a@b", "c@d", "g@h"])
    #expect(try file.addresses(of: "ann").map(\.text) == ["e@f"])
    #expect(try file.addresses(of: "Joe").isEmpty)
    #expect(throws: Refusal.self) { try file.addresses(of: "bad") }
    let error = #expect(throws: Refusal.self) { try AliasFile(text: "joe: a@b\nno colon\n") }
    #expect(error?.message.hasSuffix("line 2.") == true)
    #expect(error?.status == .misconfigured)
  }

  @Test("a login name without a domain gets one; another may not be used")
  func policy() throws {
    let policy = try SenderPolicy(
      user: "joe", domain: "Example.com", aliases: AliasFile(text: "joe: sales@x.org"))
    for allowed in ["joe@example.COM", "sales@X.org"] {
      #expect(policy.allows(try Mailbox(allowed)))
    }
    for forged in ["ann@example.com", "joe@example.org", "JOE@example.com", "x.sales@x.org"] {
      #expect(!policy.allows(try Mailbox(forged)))
    }
    #expect(throws: Refusal.self) { try SenderPolicy(user: "joe", domain: nil, aliases: nil) }
    #expect(throws: Refusal.self) { try SenderPolicy(user: "a b@c", domain: nil, aliases: nil) }
  }
}

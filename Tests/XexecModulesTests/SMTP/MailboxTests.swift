import Testing

@testable import xexec_modules

@Suite("Mail addresses")
struct MailboxTests {
  @Test(
    "what RFC 5321 allows is taken, and taken apart",
    arguments: [
      ("a@b", "a", "b"), ("a@b_c.d", "a", "b_c.d"),
      ("joe.smith+tag@mail.example.com", "joe.smith+tag", "mail.example.com"),
      ("!#$%&'*+-/=?^_`{|}~@x.y", "!#$%&'*+-/=?^_`{|}~", "x.y"),
      ("\"joe@home\"@example.com", "\"joe@home\"", "example.com"),
      (#""a\"b"@example.com"#, #""a\"b""#, "example.com"),
      ("a@[192.0.2.1]", "a", "[192.0.2.1]"), ("a@[IPv6:2001:db8::1]", "a", "[IPv6:2001:db8::1]"),
      ("a@xn--mnchen-3ya.de", "a", "xn--mnchen-3ya.de"),
      ("jos\u{e9}@m\u{fc}nchen.de", "jos\u{e9}", "m\u{fc}nchen.de"),
      (String(repeating: "a", count: 64) + "@b.c", String(repeating: "a", count: 64), "b.c"),
    ])
  func good(text: String, localPart: String, domain: String) throws {
    let mailbox = try Mailbox(text)
    #expect(mailbox.localPart == localPart)
    #expect(mailbox.domain == domain)
    #expect(mailbox.needsUTF8 == (localPart.unicodeScalars.count != localPart.utf8.count))
  }

  @Test(
    "everything else is refused",
    arguments: [
      ("", .empty), ("joe", .noDomain), ("joe@", .badDomain), ("@x.y", .badLocalPart),
      ("a@b@c", .badLocalPart), ("a..b@c", .badLocalPart), (".a@c", .badLocalPart),
      ("a.@c", .badLocalPart), ("a@b..c", .badDomain), ("a@.b", .badDomain), ("a@b.", .badDomain),
      ("a@-b", .badDomain), ("a@b-", .badDomain), ("a@b!c", .badDomain), ("a@b/c", .badDomain),
      ("a@[1.2.3]", .badDomain), ("a@[IPv6:x]", .badDomain), ("a@[1.2.3.4", .badDomain),
      ("a@[1.2.3.4]x", .badDomain), ("<a@b>", .badDomain), ("a@b>", .badDomain),
      ("<a@b", .badLocalPart), ("a b@c", .blankOrControl), ("a@b\r\n", .blankOrControl),
      ("a\n@b", .blankOrControl), ("a\t@b", .blankOrControl), ("a\u{7f}@b", .blankOrControl),
      ("a\u{0}@b", .blankOrControl), ("a\u{85}@b", .blankOrControl),
      ("a\u{a0}@b", .blankOrControl), ("a\u{2028}@b", .blankOrControl),
      ("a\u{202e}@b", .blankOrControl), ("a\u{200b}@b", .blankOrControl),
      ("a\u{fffd}@b", .blankOrControl), ("\"a@b", .badLocalPart), ("\"@b", .badLocalPart),
      ("\"\"@b", .badLocalPart), ("\"a\"b\"@c", .badLocalPart), (#""a\"@b"#, .badLocalPart),
      ("\"a>b\"@c", .badLocalPart), ("\"<\"@c", .badLocalPart), ("(a)b@c", .badLocalPart),
      ("a,b@c", .badLocalPart), ("a@b,c", .badDomain), ("@a,@b:c@d", .badLocalPart),
      (String(repeating: "a", count: 65) + "@b", .tooLong),
      ("a@" + String(repeating: "b", count: 64), .badDomain),
      ("a@" + String(repeating: "b.", count: 127) + "c", .tooLong),
      (String(repeating: "a", count: 65_536), .tooLong), ("a@b\u{308}@", .badDomain),
    ] as [(String, Mailbox.Fault)])
  func bad(text: String, fault: Mailbox.Fault) {
    #expect(throws: fault) { try Mailbox(text) }
  }

  @Test("two addresses are the same if only the case differs, or the spelling of the domain")
  func same() throws {
    let mailbox = try Mailbox("joe@Example.com")
    #expect(mailbox.isSame(as: try Mailbox("joe@eXAMPLE.COM")))
    #expect(mailbox.isSame(as: try Mailbox("Joe@example.com")))
    #expect(try Mailbox("joe@M\u{dc}nchen.de").isSame(as: Mailbox("joe@XN--mnchen-3ya.de")))
    #expect(!mailbox.isSame(as: try Mailbox("joe@example.co")))
    // the same to Unicode, and not to a mail server
    #expect(!(try Mailbox("jos\u{e9}@x").isSame(as: Mailbox("jose\u{301}@x"))))
    #expect(!(try Mailbox("jos\u{e9}@x").isSame(as: Mailbox("jos\u{c9}@x"))))
  }

  @Test(
    "an international domain goes to the relay in A-labels, if it has any",
    arguments: [
      ("joe@ex\u{e4}mple.com", "joe@xn--exmple-cua.com", false),
      ("joe@EX\u{c4}MPLE.com", "joe@xn--exmple-cua.com", false),
      ("joe@b\u{fc}ro.m\u{fc}nchen.de", "joe@xn--bro-hoa.xn--mnchen-3ya.de", false),
      ("jos\u{e9}@ex\u{e4}mple.com", "jos\u{e9}@xn--exmple-cua.com", true),
      ("joe@example.com", "joe@example.com", false), ("joe@[192.0.2.1]", "joe@[192.0.2.1]", false),
      // a letter that would become a mark of SMTP's
      ("joe@\u{e4}\u{ff1e}.com", "joe@\u{e4}\u{ff1e}.com", true),
      ("joe@\u{e4}\u{ff20}b.com", "joe@\u{e4}\u{ff20}b.com", true),
    ])
  func aLabels(text: String, wireText: String, needsUTF8: Bool) throws {
    let mailbox = try Mailbox(text)
    #expect(mailbox.wireText == wireText)
    #expect(mailbox.needsUTF8 == needsUTF8)
    #expect(mailbox.text == text)
  }
}

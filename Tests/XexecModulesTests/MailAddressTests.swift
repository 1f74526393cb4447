import Testing

@testable import xexec_modules

@Suite("Addresses and senders")
struct MailAddressTests {
  private static let longestLocalPart = String(repeating: "l", count: 64) + "@example.com"
  private static let longestLabel = "a@" + String(repeating: "d", count: 63) + ".example"
  private static let longestDomain = "a@" + String(repeating: "b.", count: 125) + "cc"
  private static let tooLongLabel = "a@" + String(repeating: "d", count: 64)

  @Test(
    "addresses of the usual form, and unusual ones",
    arguments: [
      "joe@example.com", "a@b", "joe.x+tag@mail.example.com", "o'hara@example.com",
      "!#$%&'*+-/=?^_`{|}~@example.com", "1@2.3", "a@xn--bcher-kva.example", "a@my_host.example",
      "a@a-b.c--d", MailAddressTests.longestLocalPart, MailAddressTests.longestLabel,
      MailAddressTests.longestDomain,
    ])
  func valid(text: String) throws {
    #expect(try MailAddress(text).text == text)
    #expect(try Sender(text) == .address(text))
  }

  @Test(
    "what is none of that form",
    arguments: [
      "joe", "@", "@@", "a@", "@b", "a@b@c", "a@@b", ".a@b", "a.@b", "a..b@c", "a@.b", "a@b.",
      "a@b..c",
      "a@-b", "a@b-", "a@b.-c", "a\"@b", "\"a\"@b", "a\\@b", "a,b@c", "a;b@c", "a:b@c",
      "<a@b", "<>",
      "a<b@c", "a(b)@c", "a[b@c", "a@[1.2.3.4]", "a@b,c", "a@b;c", "a@b\"", "a@b/c", "a@b*", "a@$b",
      "a@%b", "<<a@b>>",
      MailAddressTests.tooLongLabel, "@a:b@c", "mailto:a@b",
    ])
  func invalid(text: String) {
    #expect(throws: Refusal(.badData, "The address is not of the form name@example.com")) {
      try MailAddress(text)
    }
  }

  @Test("each limit has its message")
  func limits() {
    for (text, message) in [
      ("", "The address is empty"),
      (
        "a@" + String(repeating: "b.", count: 126) + "c",
        "The address is longer than 254 octets"
      ),
      (String(repeating: "\"", count: 100_000), "The address is longer than 254 octets"),
      (
        String(repeating: "l", count: 65) + "@example.com",
        "The address has more than 64 octets before the @"
      ),
    ] {
      #expect(throws: Refusal(.badData, message)) { try MailAddress(text) }
    }
  }

  @Test(
    "blanks, line ends and controls of any kind",
    arguments: [
      " ", "a b@c", " a@b", "a@b ", "a\tb@c", "a@b\n", "a@b\r\nc@d", "a\u{0}@b", "a\u{7F}@b",
      "a\u{85}@b",
      "a\u{9B}@b", "a\u{A0}@b", "a\u{2028}@b", "a\u{3000}@b", "\u{5}a@b",
    ])
  func broken(text: String) {
    #expect(throws: Refusal(.badData, "The address holds a blank or a control character")) {
      try MailAddress(text)
    }
    #expect(throws: Refusal.self) { try MailAddress.checkShape(Array(text.utf8)[...]) }
  }

  @Test("a domain may have other letters than ASCII, in any form of them")
  func international() throws {
    for text in ["B\u{FC}cher.Example", "bu\u{308}cher.example", "b\u{FC}cher\u{3002}example"] {
      let address = try MailAddress("Joe@\(text)")
      #expect(address.text == "Joe@b\u{FC}cher.example")
      #expect(address.ascii == "Joe@xn--bcher-kva.example")
      #expect(try Sender("@\(text)") == .domain("b\u{FC}cher.example"))
      #expect(try Sender("joe@\(text)").ascii == "joe@xn--bcher-kva.example")
    }
    #expect(try MailAddress("joe@xn--bcher-kva.example").text == "joe@xn--bcher-kva.example")
    #expect(
      DomainName.forms("xn--bcher-kva.x.org") == ["xn--bcher-kva.x.org", "b\u{FC}cher.x.org"])
    // what only looks like one: it means U+0080
    #expect(DomainName.forms("xn--a.org") == ["xn--a.org"])
    #expect(DomainName.forms("a--b.org") == ["a--b.org"])
    #expect(try Sender("@\u{212A}.org") == .domain("k.org"))
  }

  @Test(
    "more than ASCII in a name is refused, and what is no domain",
    arguments: [
      "j\u{F6}rg@example.com", "\u{430}@example.com", "a\u{FF20}b", "a\u{301}@b",
      "\u{200B}a@b", "\u{202E}a@b", "\u{FEFF}a@b", "a@b\u{202E}.org", "a@b\u{FF20}c.org",
      "a@b\u{FF0F}c.org", "a@b\u{FF02}.org", "a@b.\u{3002}org", "a@-\u{FC}.org", "a@\u{BD}.org",
      "a@" + String(repeating: "\u{FC}", count: 70) + ".org", "@\u{FC}@x.org", "@x\u{FF20}y.org",
    ])
  func notADomain(text: String) {
    #expect(throws: Refusal.self) { try Sender(text) }
  }

  @Test("the forms of a domain: with a star in front, and all below it")
  func domains() throws {
    for text in ["@x.org", "*@x.org", "<@X.org>", "<*@x.org>"] {
      #expect(try Sender(text) == .domain("x.org"), "\(text)")
    }
    for text in ["@*.x.org", "*.x.org", "*@*.X.org"] {
      #expect(try Sender(text) == .subdomains("x.org"), "\(text)")
      #expect(try Sender(text).text == "@*.x.org")
    }
    #expect(try Sender("<Joe@x>") == .address("joe@x"))
    #expect(try Sender("*.a@x.org") == .address("*.a@x.org"))
    for text in ["@com", "*@com", "@*.com", "*.com", "*.\u{440}\u{444}", "@localhost"] {
      #expect(
        throws: Refusal(
          .badData, "The domain is a whole top-level domain, which is not accepted")
      ) { try Sender(text) }
    }
    for text in ["*", "*@", "*.", "@*", "@*.", "@*.*.org", "@x.*.org", "*.*", "@*x.org", "**@"] {
      #expect(throws: Refusal.self) { try Sender(text) }
    }
  }

  @Test("the domain is in lower case, a sender altogether")
  func letterCase() throws {
    #expect(try MailAddress("Joe.X@Example.COM").text == "Joe.X@example.com")
    #expect(try Sender("Joe.X@Example.COM").text == "joe.x@example.com")
    #expect(try Sender("@Example.COM") == .domain("example.com"))
    #expect(try Sender("@Example.COM").text == "@example.com")
  }

  @Test(
    "domains that are none",
    arguments: [
      "@", "@@", "@.", "@a..b", "@a.", "@.a", "@*", "@a@b", "@a,b",
      "@a\"",
      "@[1.2.3.4]", "@-a",
    ])
  func invalidDomain(text: String) {
    #expect(throws: Refusal(.badData, "The domain is not of the form @example.com")) {
      try Sender(text)
    }
  }
}

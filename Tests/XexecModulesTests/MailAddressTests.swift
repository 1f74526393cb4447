import Testing

@testable import xexec_modules

@Suite("Addresses and senders")
struct MailAddressTests {
  @Test(
    "addresses of the usual form, and unusual ones",
    arguments: [
      "joe@example.com", "a@b", "joe.x+tag@mail.example.com", "o'hara@example.com",
      "!#$%&'*+-/=?^_`{|}~@example.com", "1@2.3", "a@xn--bcher-kva.example", "a@my_host.example",
      "a@a-b.c--d", "\(String(repeating: "l", count: 64))@example.com",
      "a@\(String(repeating: "d", count: 63)).example",
      "a@" + String(repeating: "b.", count: 125) + "cc",
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
      "<a@b>",
      "a<b@c", "a(b)@c", "a[b@c", "a@[1.2.3.4]", "a@b,c", "a@b;c", "a@b\"", "a@b/c", "a@b*", "a@$b",
      "a@%b",
      "a@\(String(repeating: "d", count: 64))", "@a:b@c", "mailto:a@b",
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
    #expect(throws: Refusal.self) { try MailAddress.checkShape(text) }
  }

  @Test(
    "more than ASCII is refused, what only looks like it too",
    arguments: [
      "j\u{F6}rg@example.com", "a@b\u{FC}cher.example", "\u{430}@example.com", "a\u{FF20}b",
      "\u{212A}@b",
      "@b\u{FC}cher.example", "a\u{301}@b", "\u{200B}a@b", "\u{202E}a@b",
    ])
  func notASCII(text: String) {
    #expect(
      throws: Refusal(
        .badData, "The address is not plain ASCII; a domain can be written in its xn-- form")
    ) { try Sender(text) }
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

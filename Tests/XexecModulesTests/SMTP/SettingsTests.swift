import Testing

@testable import xexec_modules

@Suite("The settings of smtp")
struct SettingsTests {
  @Test(
    "relays",
    arguments: [
      "smtp://127.0.0.1:25", "smtp://mail.example.com", "smtps://mail.example.com:465/",
      "smtp://[::1]:2525", "smtp://[2001:db8::1]", "smtp://localhost",
    ])
  func relays(text: String) {
    let relay = RelayAddress(argument: text)
    #expect(relay?.url == (text.hasSuffix("/") ? String(text.dropLast()) : text))
    #expect(relay?.isImplicitTLS == text.hasPrefix("smtps"))
  }

  @Test(
    "what is no relay",
    arguments: [
      "", "127.0.0.1:25", "http://x", "smtp://", "smtp://:25", "smtp://x:0", "smtp://x:65536",
      "smtp://x:", "smtp://user:pw@x", "smtp://x/path", "smtp://x?y", "smtp://x y", "smtp://[x]",
      "smtp://[1.2.3.4]", "smtp://x\r\n", "smtp://m\u{fc}.de", "smtp:///x",
    ])
  func noRelays(text: String) { #expect(RelayAddress(argument: text) == nil) }

  @Test("sizes")
  func sizes() {
    for (text, count) in [("1", 1), ("500k", 512_000), ("40M", 41_943_040), ("1G", 1 << 30)] {
      #expect(Octets(argument: text)?.count == count)
    }
    for text in ["", "0", "-1", "k", "1.5M", "1T", "9999999999G", "1 M"] {
      #expect(Octets(argument: text) == nil, "\(text)")
    }
  }

  @Test("credentials are two lines")
  func credentials() throws {
    for text in ["joe\nse cret\n", "joe\nse cret", "joe\r\nse cret\r\n"] {
      let credentials = try Credentials(text: text)
      #expect(credentials.user == "joe" && credentials.password == "se cret")
    }
    for text in ["", "joe", "joe\n", "joe\n\n", "\nsecret\n", "a\nb\nc\n", "a\n\n\n"] {
      #expect(throws: Refusal.self) { try Credentials(text: text) }
    }
  }

  @Test("the command line: what needs TLS, and numbers out of range")
  func validation() throws {
    let relay = ["--relay", "smtp://x"]
    for bad in [
      [], ["--relay", "x"], relay + ["--credentials", "f"], relay + ["--ca-file", "f"],
      relay + ["--timeout", "0"], relay + ["--max-recipients", "0"],
      relay + ["--max-recipients", "1001"], relay + ["--hostname", "a b"],
      relay + ["--max-size", "0"], relay + ["--starttls", "maybe"],
    ] {
      #expect(throws: (any Error).self, "\(bad)") { try SMTP.parse(bad) }
    }
    for good in [
      relay, relay + ["--starttls", "required", "--credentials", "f", "--ca-file", "f"],
      ["--relay", "smtps://x", "--credentials", "f"],
      relay + ["--hostname", "[127.0.0.1]", "--max-recipients", "1000", "--max-size", "1G"],
    ] {
      #expect(throws: Never.self, "\(good)") { try SMTP.parse(good) }
    }
  }
}

@Suite("Messages of the dialogue")
struct DraftTests {
  @Test("a message has its header, and the text behind it")
  func message() throws {
    let draft = Draft(
      sender: try Mailbox("a@b.c"), recipients: [try Mailbox("d@e"), try Mailbox("f@g")],
      subject: "Hello", text: Array("x\n".utf8))
    let text = String(decoding: draft.message(at: 0, identifier: 35), as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0].hasPrefix("Date: "))
    #expect(
      lines[1...5] == [
        "From: a@b.c", "To: d@e,", " f@g", "Subject: Hello", "Message-ID: <0.z@b.c>",
      ])
    #expect(lines.suffix(3) == ["", "x", ""])
  }

  @Test("a subject becomes encoded words where it has to")
  func subject() {
    #expect(Draft.encoded("") == "")
    #expect(Draft.encoded("plain text") == "plain text")
    #expect(Draft.encoded("=?x?=") == "=?utf-8?B?PT94Pz0=?=")
    #expect(Draft.encoded("\u{e4}") == "=?utf-8?B?w6Q=?=")
    let long = Draft.encoded(String(repeating: "\u{20ac}", count: 40))
    let words = long.split(separator: "\n")
    #expect(words.count == 3 && words.dropFirst().allSatisfy { $0.hasPrefix(" =?") })
    #expect(words.allSatisfy { $0.count <= 76 })
    #expect(words[0] == "=?utf-8?B?\(String(repeating: "4oKs", count: 15))?=")
  }
}

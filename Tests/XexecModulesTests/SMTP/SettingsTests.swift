import Glibc
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
      let credentials = try Credentials(text: text, of: "/f")
      #expect(credentials.user == "joe" && credentials.password == "se cret")
    }
    for text in ["", "joe", "joe\n", "joe\n\n", "\nsecret\n", "a\nb\nc\n", "a\n\n\n"] {
      #expect(throws: Refusal.self) { try Credentials(text: text, of: "/f") }
    }
  }

  @Test("the command line: what needs TLS, and numbers out of range")
  func validation() throws {
    func relay(_ more: String...) -> [String] { ["--relay", "smtp://x"] + more }
    let wrong: [[String]] = [
      [], ["--relay", "x"], relay("--credentials", "f"), relay("--ca-file", "f"),
      relay("--timeout", "0"), relay("--max-recipients", "0"),
      relay("--max-recipients", "1001"), relay("--hostname", "a b"),
      relay("--max-size", "0"), relay("--starttls", "maybe"),
      relay("--recipient-delimiter", "a"), relay("--recipient-delimiter", "@"),
      relay("--recipient-delimiter", ""), relay("--recipient-delimiter", "nonesuch"),
      relay("--domain", "a b"), relay("--domain", ""), relay("--from-header", "x"),
    ]
    for bad in wrong {
      #expect(throws: (any Error).self, "\(bad)") { try SMTP.parse(bad) }
    }
    let right: [[String]] = [
      relay(), relay("--starttls", "required", "--credentials", "f", "--ca-file", "f"),
      ["--relay", "smtps://x", "--credentials", "f"],
      relay("--hostname", "[127.0.0.1]", "--max-recipients", "1000", "--max-size", "1G"),
      relay("--recipient-delimiter", "none", "--domain", "x.org", "--from-header", "strict"),
      relay("--recipient-delimiter=-+", "--domain", "/etc/mailname"),
    ]
    for good in right {
      #expect(throws: Never.self, "\(good)") { try SMTP.parse(good) }
    }
  }
}

@Suite("The domain of login names without one")
struct MailDomainTests {
  private func domain(in text: String) throws -> String? {
    let path = "/tmp/xexec-maildomain-\(UInt64.random(in: .min ... .max))"
    let file = try #require(fopen(path, "wx"))
    defer { unlink(path) }
    fputs(text, file)
    fclose(file)
    return try #require(MailDomain(argument: path)).resolve(hostName: "host.example.org")
  }

  @Test("a name, or a file that starts with one")
  func sources() throws {
    #expect(try MailDomain(argument: "x.org")?.resolve() == "x.org")
    for text in ["x.org\n", "x.org", " x.org \r\n", "\n# name\nx.org\ny.org\n"] {
      #expect(try domain(in: text) == "x.org", "\(text.debugDescription)")
    }
    for text in ["", "\n", "x y\n", "x!\n", "# x\n"] {
      let error = thrown(Refusal.self, "\(text.debugDescription)") { try domain(in: text) }
      #expect(error?.status == .misconfigured)
    }
    #expect(throws: Refusal.self) { try MailDomain(argument: "/none/mailname")?.resolve() }
  }

  @Test(
    "without a mail name the host name counts, if it has a domain",
    .enabled(if: access(MailDomain.systemFile, F_OK) != 0))
  func hostName() throws {
    let domain = try #require(MailDomain(argument: MailDomain.systemFile))
    #expect(try domain.resolve(hostName: "mail.example.org") == "mail.example.org")
    for name in ["mail", "", "a..b", nil] { #expect(try domain.resolve(hostName: name) == nil) }
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

  @Test("an international domain stands in the header in A-labels")
  func aLabels() throws {
    let draft = Draft(
      sender: try Mailbox("a@\u{e4}.de"), recipients: [try Mailbox("b@\u{f6}.de")], subject: "",
      text: [])
    let text = String(decoding: draft.message(at: 0, identifier: 0), as: UTF8.self)
    #expect(text.contains("\nFrom: a@xn--4ca.de\nTo: b@xn--nda.de\n"), "\(text)")
    #expect(text.contains("@xn--4ca.de>\n"))
  }

  @Test("a text that not every relay could pass on is encoded")
  func encoding() throws {
    func message(_ text: String) throws -> String {
      let draft = Draft(
        sender: try Mailbox("a@b"), recipients: [try Mailbox("c@d")], subject: "",
        text: Array(text.utf8))
      return String(decoding: draft.message(at: 0, identifier: 0), as: UTF8.self)
    }
    let line = String(repeating: "x", count: 998)
    #expect(try message("= \n\(line)\n").hasSuffix("-Encoding: 7bit\n\n= \n\(line)\n"))
    #expect(try message("\(line)x\n").contains("-Encoding: quoted-printable\n"))
    #expect(
      try message("\u{e4} = \n.\n\u{1}\ty").hasSuffix(
        "-Encoding: quoted-printable\n\n=C3=A4 =3D=20\n.\n=01\ty"))
    for length in 70...160 {
      let text = Array(String(repeating: "a", count: length).utf8) + [0xE4, 0x20, 0x0A]
      let lines = Draft.quotedPrintable(text).split(separator: 0x0A)
      #expect(lines.allSatisfy { $0.count <= 76 })
      let joined = lines.map { $0.last == 0x3D ? $0.dropLast() : $0 }.joined()
      #expect(Array(joined) == Array(text.dropLast(3)) + Array("=E4=20".utf8))
    }
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

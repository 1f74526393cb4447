import Testing

@testable import xexec_modules

@Suite("Forwarding")
struct ForwardTests {
  private let user = try! MailUser(name: "Marc@perkel.com", home: "/home/marc", for: "forwarding")
  private let far = try! MailAddress("far@example.org")

  @Test("the words")
  func words() throws {
    #expect(try ForwardRequest(["off"], from: user) == .off)
    #expect(try ForwardRequest(["status"], from: user) == .status)
    #expect(
      try ForwardRequest(["far@Example.org"], from: user)
        == .forward(Forwarding(address: far, keepsCopy: false)))
    #expect(
      try ForwardRequest(["far@example.org", "keep"], from: user)
        == .forward(Forwarding(address: far, keepsCopy: true)))
  }

  @Test("the words in any case, and an address in brackets")
  func forms() throws {
    #expect(try ForwardRequest(["OFF"], from: user) == .off)
    #expect(try ForwardRequest(["Status"], from: user) == .status)
    #expect(
      try ForwardRequest(["<far@Example.org>", "KEEP"], from: user)
        == .forward(Forwarding(address: far, keepsCopy: true)))
  }

  @Test(
    "words that are none",
    arguments: [
      [], ["a@b", "kept"], ["a@b", ""], ["a@b", "keep", "keep"], ["off", "x"], ["status", "x"],
    ])
  func usage(words: [String]) {
    #expect(throws: Refusal(.usage, "Usage: ADDRESS, ADDRESS keep, off, or status")) {
      try ForwardRequest(words, from: user)
    }
  }

  @Test(
    "no address, a domain, or the user's own",
    arguments: ["x", "keep", "", "@b", "marc@PERKEL.com", "<Marc@perkel.com>"])
  func refused(text: String) {
    #expect(throws: Refusal.self) { try ForwardRequest([text], from: user) }
  }

  @Test("the setting is read as it was written, and anything else is none")
  func setting() {
    for keepsCopy in [false, true] {
      let forwarding = Forwarding(address: far, keepsCopy: keepsCopy)
      #expect(Forwarding(octets: forwarding.octets) == forwarding)
    }
    for text in ["", "\n", "keep", "a@b x", "a@b keep x", "a@b\nc@d\n", "a\"@b", "@b"] {
      #expect(Forwarding(octets: Array(text.utf8)) == nil)
    }
    #expect(Forwarding(octets: [0xFF]) == nil)
  }
}

@Suite("The user in the environment")
struct MailUserTests {
  @Test(
    "names that are none", arguments: [nil, "", ".", "..", "a/b", "/", "a\nb", "a\u{7F}", "\u{85}"])
  func names(name: String?) {
    let refusal = thrown(Refusal.self) {
      try MailUser(name: name, home: "/", for: "a list")
    }
    #expect(refusal?.status == .misconfigured)
    let isMissing = (name ?? "").isEmpty
    #expect(refusal?.log?.text.hasPrefix("no USER in the environment") == isMissing)
  }

  @Test("a home is an absolute path")
  func homes() throws {
    #expect(try MailUser(name: "o'hara \"x\"", home: "/h", for: "a list").home == "/h")
    #expect(try MailUser(name: "a", home: "h", for: "a list").home == nil)
    #expect(try MailUser(name: "a", home: nil, for: "a list").home == nil)
  }

  @Test("the folder is below the home, or anywhere")
  func folder() throws {
    let user = try MailUser(name: "a", home: "/h", for: "a list")
    #expect(try FilterFolder(".xexec", of: user, subject: "").path == "/h/.xexec")
    let homeless = try MailUser(name: "a", home: nil, for: "a list")
    #expect(try FilterFolder("/var/lists", of: homeless, subject: "").path == "/var/lists")
    let refusal = thrown(Refusal.self) {
      try FilterFolder(".xexec", of: homeless, subject: "")
    }
    #expect(refusal?.lines == ["[CONTACTADMIN] No home directory is known for a"])
    #expect(refusal?.log?.text.contains("no HOME") == true)
  }
}

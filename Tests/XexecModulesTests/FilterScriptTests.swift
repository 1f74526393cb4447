import Testing

@testable import xexec_modules

@Suite("Sieve scripts")
struct FilterScriptTests {
  private let joe = Sender.address("joe@example.com")
  private let forwarding = Forwarding(
    address: try! MailAddress("Far@example.org"), keepsCopy: false)

  @Test("a quoted string holds anything but NUL and line ends")
  func quoted() {
    #expect(SieveText.quoted("") == #""""#)
    #expect(SieveText.quoted("joe") == #""joe""#)
    #expect(SieveText.quoted(#"a"]; discard; "\"#) == #""a\"]; discard; \"\\""#)
    #expect(SieveText.quoted("${hex:22} /* # text:") == #""${hex:22} /* # text:""#)
    #expect(SieveText.quoted("M\u{FC}ll\t\u{301}\"\u{301}") == "\"M\u{FC}ll\t\u{301}\\\"\u{301}\"")
  }

  @Test("reading a quoted string as RFC 5228 says gives the text back")
  func quotedAndBack() {
    for text in [#"\"#, #"\\"#, #"""#, #"\""#, #"a\nb"#, #"""\""\\"#, "\"\u{301}"] {
      var octets = SieveText.quoted(text).utf8.dropFirst().dropLast()[...]
      var read: [UInt8] = []
      while var octet = octets.popFirst() {
        #expect(octet != UInt8(ascii: "\""))
        if octet == UInt8(ascii: "\\") { octet = octets.popFirst() ?? 0 }
        read.append(octet)
      }
      #expect(read == Array(text.utf8))
    }
  }

  @Test("without anything to do a script is a comment")
  func empty() {
    for script in [
      FilterScript.inbox([]), .forwardmail(nil, unless: []),
      .blacklist([], except: [joe], action: BlacklistAction.discard.commands),
    ] {
      #expect(script.commands == nil)
      #expect(script.octets == Array(SieveText.heading.utf8))
    }
  }

  @Test("a sender is looked for in the envelope and in the header, whole")
  func senders() throws {
    let test = try #require(SieveText.test(for: [joe, .domain("example.org")]))
    #expect(
      test == """
        anyof (envelope :is :all "from" [
        "joe@example.com"
        ],
        envelope :is :domain "from" [
        "example.org"
        ],
        allof (address :count "le" :comparator "i;ascii-numeric" "from" "10",
        anyof (address :is :all "from" [
        "joe@example.com"
        ],
        address :is :domain "from" [
        "example.org"
        ])))
        """)
    #expect(SieveText.test(for: [joe])?.contains(":domain") == false)
    #expect(SieveText.test(for: [.domain("x.org")])?.contains(":all") == false)
    let below = try #require(SieveText.test(for: [.subdomains("x.org")]))
    #expect(below.contains("envelope :matches :domain \"from\" [\n\"*.x.org\"\n]"))
    #expect(below.contains("address :matches :domain \"from\" [\n\"*.x.org\"\n]"))
    #expect(!below.contains(":is"))
  }

  @Test("a domain with letters beyond ASCII is looked for in both forms, whichever it is given in")
  func international() throws {
    let plain = "xn--bcher-kva.example"
    for domain in ["b\u{FC}cher.example", plain] {
      let test = try #require(
        SieveText.test(for: [.address("a@\(domain)"), .domain(domain), .subdomains(domain)]))
      for prefix in ["a@", "", "*."] {
        #expect(
          test.contains("[\n\"\(prefix)\(plain)\",\n\"\(prefix)b\u{FC}cher.example\"\n]"))
      }
    }
  }

  @Test("what becomes of blacklisted mail")
  func actions() throws {
    #expect(BlacklistAction.discard.commands == "discard;\n")
    #expect(
      BlacklistAction.fileInto("A \"b\"", isFixed: true).commands
        == "fileinto :create \"A \\\"b\\\"\";\n")
    #expect(
      BlacklistAction.fileInto("Junk", isFixed: false).commands == """
        if ihave "special-use" {
          fileinto :specialuse "\\\\Junk" :create "Junk";
        } else {
          fileinto :create "Junk";
        }

        """)
  }

  @Test("the blacklist is for all but the whitelisted, and its action can be read back")
  func blacklist() throws {
    for action in [
      BlacklistAction.discard, .fileInto("Junk", isFixed: false),
      .fileInto("# What becomes of mail from a blacklisted sender:", isFixed: true),
    ] {
      let script = FilterScript.blacklist(
        [joe], except: [.domain("x.org")], action: action.commands)
      let commands = try #require(script.commands)
      let exception = try #require(SieveText.test(for: [.domain("x.org")]))
      let test = try #require(SieveText.test(for: [joe]))
      #expect(commands.contains("\nif \(exception) {\n  stop;\n}\nif not \(test) {\n  stop;\n}\n#"))
      #expect(commands.hasSuffix(":\n\(action.commands)"))
      #expect(FilterScript.action(in: script.octets) == action.commands)
    }
    let alone = FilterScript.blacklist([joe], except: [], action: "discard;\n")
    #expect(alone.commands?.contains("\nif not anyof") == true)
    #expect(alone.commands?.contains("\nif anyof") == false)
    for text in ["", SieveText.heading, "discard;\n"] {
      #expect(FilterScript.action(in: Array(text.utf8)) == nil)
    }
    #expect(FilterScript.action(in: [0xFF]) == nil)
  }

  @Test("the INBOX by force, and the forwarding")
  func inboxAndForwarding() throws {
    #expect(FilterScript.inbox([joe]).commands?.hasSuffix("{\n  fileinto \"INBOX\";\n}\n") == true)
    #expect(
      FilterScript.forwardmail(forwarding, unless: []).commands?.hasSuffix(
        "\n\nredirect \"Far@example.org\";\n") == true)
    let withCopy = Forwarding(address: forwarding.address, keepsCopy: true)
    #expect(
      FilterScript.forwardmail(withCopy, unless: []).commands?.hasSuffix(
        "\n\nredirect :copy \"Far@example.org\";\n") == true)
    let marks = try ["X-Spam", "X-Spam-Flag:YES"].map { try #require(SpamMark(argument: $0)) }
    #expect(
      FilterScript.forwardmail(withCopy, unless: marks).commands?.hasSuffix(
        """
        \n\nif not anyof (exists "X-Spam",
        header :matches "X-Spam-Flag" "YES*") {
          redirect :copy "Far@example.org";
        }

        """) == true)
    let far = Forwarding(address: try MailAddress("f@b\u{FC}cher.example"), keepsCopy: false)
    #expect(
      FilterScript.forwardmail(far, unless: []).commands?.hasSuffix(
        "\nredirect \"f@xn--bcher-kva.example\";\n") == true)
  }

  @Test("marks of spam")
  func spamMarks() throws {
    #expect(SpamMark(argument: "X-Spam") == SpamMark(argument: "X-Spam: "))
    #expect(SpamMark(argument: "X: a:b  c ")?.value == "a:b c")
    #expect(
      SpamMark(argument: #"X:50% *?\"#)?.test == #"header :matches "X" "50% \\*\\?\\\\*""#)
    for text in ["", ":", ":YES", "X Y", "X Y:Z", "\u{E9}:x", "X:a\nb", "X\0"] {
      #expect(SpamMark(argument: text) == nil)
    }
  }

  @Test("a script that Pigeonhole would refuse is too long")
  func tooLong() {
    func script(_ count: Int) -> FilterScript {
      .blacklist(
        (0..<count).map { .address("n\($0 + 100_000)@example.com") }, except: [],
        action: "discard;\n")
    }
    #expect(!script(20_000).isTooLong)
    #expect(script(25_000).isTooLong)
    #expect(FilterScript.maxSize < 1 << 20)
    // both lists are in it
    let half = (0..<13_000).map { Sender.address("n\($0 + 100_000)@example.com") }
    #expect(!FilterScript.blacklist(half, except: [], action: "").isTooLong)
    #expect(FilterScript.blacklist(half, except: half, action: "").isTooLong)
  }
}

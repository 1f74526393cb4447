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
      FilterScript.whitelist([], forwarding: forwarding), .blacklist([], action: .discard),
      .forwardmail(nil),
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
    #expect(SieveText.test(for: [.domain("x")])?.contains(":all") == false)
  }

  @Test("the actions")
  func actions() throws {
    func end(_ script: FilterScript) throws -> Substring {
      try #require(script.commands?.split(separator: "{\n").last)
    }
    #expect(try end(.blacklist([joe], action: .discard)) == "  discard;\n}\n")
    #expect(
      try end(.blacklist([joe], action: .fileInto("A \"b\""))) == """
          fileinto :create "A \\"b\\"";
        }

        """)
    #expect(try end(.whitelist([joe], forwarding: nil)) == "  fileinto \"INBOX\";\n}\n")
    #expect(
      try end(.whitelist([joe], forwarding: forwarding)) == "  redirect \"Far@example.org\";\n}\n")
    let withCopy = Forwarding(address: forwarding.address, keepsCopy: true)
    #expect(
      try end(.whitelist([joe], forwarding: withCopy)) == """
          redirect :copy "Far@example.org";
          fileinto "INBOX";
        }

        """)
    #expect(
      FilterScript.forwardmail(withCopy).commands?.hasSuffix(
        "\n\nredirect :copy \"Far@example.org\";\n") == true)
  }

  @Test("a script that Pigeonhole would refuse is too long")
  func tooLong() {
    func script(_ count: Int) -> FilterScript {
      .blacklist((0..<count).map { .address("n\($0 + 100_000)@example.com") }, action: .discard)
    }
    #expect(!script(20_000).isTooLong)
    #expect(script(25_000).isTooLong)
    #expect(FilterScript.maxSize < 1 << 20)
  }
}

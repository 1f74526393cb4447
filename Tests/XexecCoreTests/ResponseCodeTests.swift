import Testing

@testable import XexecCore

@Suite("ResponseCode")
struct ResponseCodeTests {
  static let allowed: [String] = [
    "ALERT", "CONTACTADMIN", "NOPERM", "INUSE", "CANNOT", "LIMIT", "OVERQUOTA", "ALREADYEXISTS",
    "NONEXISTENT",
  ]
  /// RFC 5530, section 3: these speak of the session, or of the server itself.
  static let ofTheServer: [String] = [
    "UNAVAILABLE", "AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED",
    "EXPUNGEISSUED", "CORRUPTION", "SERVERBUG", "CLIENTBUG",
  ]

  private func begins(_ text: Octets) -> Bool { text.withBuffer { ResponseCode.begins($0) } }

  @Test("ALERT and codes of RFC 5530 are codes, in any case", arguments: allowed)
  func codes(code: String) {
    #expect(begins(Octets("[\(code)] x")))
    #expect(begins(Octets("[\(code.lowercased())] x")))
    #expect(begins(Octets("[\(code.prefix(1))\(code.dropFirst().lowercased())] several words")))
  }

  @Test("What is only like one of them is none", arguments: allowed)
  func misspelt(code: String) {
    for text in [
      "[\(code)]", "[\(code)] ", "[\(code)]x", "[\(code)]\tx", "[\(code) ] x", "[ \(code)] x",
      "[\(code) foo] x", "[\(code) 1] x", "[\(code)X] x", "[X\(code)] x", "[\(code.dropLast())] x",
      "[\(code.dropFirst())] x", "[\(code) x", "[\(code)", "[[\(code)] x", "[\(code)[] x",
      " [\(code)] x", "\(code)] x", "[\(code)\u{0}] x", "[\"\(code)\"] x", "[(\(code))] x",
    ] {
      #expect(!begins(Octets(text)), "\(text)")
    }
  }

  @Test(
    "Codes that would change what a client knows are none",
    arguments: [
      "UIDVALIDITY 1", "UIDVALIDITY", "UIDNEXT 4", "UNSEEN 1", "PERMANENTFLAGS (\\*)", "READ-ONLY",
      "READ-WRITE", "TRYCREATE", "PARSE", "BADCHARSET", "CAPABILITY IMAP4rev1", "APPENDUID 1 2",
      "COPYUID 1 2 3", "HIGHESTMODSEQ 5", "CLOSED", "NOMODSEQ", "REFERRAL imap://x/", "NEWNAME a b",
      "MODIFIED 7", "METADATA LONGENTRIES 1", "THROTTLED", "FOO", "", " ", "]",
    ])
  func others(code: String) {
    #expect(!begins(Octets("[\(code)] x")))
  }

  @Test(
    "Text that is too short is none",
    arguments: ["", "[", "]", "[]", "[] x", "[] ", "[ ] x", "x", "[A", "[A]"] as [Octets])
  func short(text: Octets) {
    #expect(!begins(text))
  }

  @Test("Letters that only look alike are others")
  func lookalikes() {
    #expect(!begins("[L\u{131}MIT] x"))
    #expect(!begins("[INU\u{17F}E] x"))
    #expect(!begins("[\u{212A}] x"))
    // these differ from letters in the case bit alone
    #expect(!begins("[AL\u{5}RT] x"))
  }

  @Test("Codes that a client would act on are none", arguments: ofTheServer)
  func serversCodes(code: String) {
    #expect(!begins(Octets("[\(code)] x")))
    #expect(!begins(Octets("[\(code.lowercased())] x")))
  }

  @Test("Blanks are no text")
  func blanksAsText() {
    #expect(!begins("[ALERT]  "))
    #expect(!begins("[ALERT] \t "))
    #expect(begins("[ALERT]  x"))
    #expect(begins("[ALERT] ]"))
  }
}

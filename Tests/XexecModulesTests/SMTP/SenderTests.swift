import Glibc
import Testing

@testable import xexec_modules

@Suite("Who may send as whom")
struct SenderTests {
  // MARK: Address fields

  @Test(
    "address fields as mail programs write them",
    arguments: [
      ("a@b", ["a@b"]), ("<a@b>", ["a@b"]), ("Joe Smith <a@b>", ["a@b"]),
      (#""Smith, Joe" <a@b>"#, ["a@b"]), (#""x\"<c@d>" <a@b>"#, ["a@b"]),
      ("a@b (Joe (the <c@d>) one)", ["a@b"]), ("(x) a@b", ["a@b"]), ("a@b, c@d", ["a@b", "c@d"]),
      ("Joe <a@b>,\r\n\tAnn <c@d>", ["a@b", "c@d"]), ("=?utf-8?Q?J=C3=B6?= <a@b>", ["a@b"]),
      ("J. Smith <a@b>", ["a@b"]), ("J\u{f6} <a@b>", ["a@b"]), (#""a b"@c"#, nil),
      (#""ab"@c"#, [#""ab"@c"#]), ("team: a@b, Ann <c@d>;", ["a@b", "c@d"]), ("a@b,,", ["a@b"]),
      ("< a@b >", ["a@b"]), (#""a@b" <c@d>"#, ["c@d"]), ("a@b <c@d>", ["c@d"]),
      ("<(x)a@b(y)>", ["a@b"]), ("team: a@b; , c@d", ["a@b", "c@d"]),
      ("", nil), (" ", nil), ("Joe", nil), ("<a@b> c@d", nil), ("<a@b", nil),
      ("a@b>", nil), ("<a@b> <c@d>", nil), ("<@x:a@b>", nil), ("(a@b", nil), ("\"a", nil),
      ("team: a@b", nil), ("a@b;", nil), ("x: y: a@b;", nil), ("<>", nil), ("a@b c@d", nil),
      ("a@b)", nil), ("a@b\0", nil),
      // some read over a gap, and some take a part for the whole
      ("a+ c@d", nil), ("<a+ c@d>", nil), ("a+(x)c@d", nil), ("<a+(x)c@d>", nil),
      (#""x" a@b"#, nil), ("a@b .c", nil),
    ] as [(String, [String]?)])
  func addressField(value: String, expected: [String]?) {
    for text in [
      "From: \(value)\r\nTo: x@y\r\n", "To: x@y\nfrom \t:\(value)\n", " From: \(value)\n",
    ] {
      let fields = try? Header(Array(text.utf8)).origin()
      #expect(fields?.count == 1)
      let found = fields?.first.flatMap { try? AddressField($0.body).addresses.map(\.text) }
      #expect(found == expected, "\(text.debugDescription)")
    }
  }

  @Test(
    "what a reader sees beside an address, as far as it could be one itself",
    arguments: [
      ("Joe Smith <a@b>", []), ("x@y.z <a@b>", ["x@y.z"]), (#""x@y.z" <a@b>"#, ["x@y.z"]),
      (#""\x\@y.z" <a@b>"#, ["x@y.z"]), ("a@b (x@y.z)", ["x@y.z"]), ("<(x@y.z)a@b>", ["x@y.z"]),
      ("=?utf-8?Q?x=40y.z?= <a@b>", ["x@y.z"]), ("=?x?b?eEB5Lno?= <a@b>", ["x@y.z"]),
      ("=?utf-8?q?x=40?=  =?utf-8?q?y.z?= <a@b>", ["x@y.z"]),
      (#""=?utf-8?Q?x=40y.z?=" <a@b>"#, ["x@y.z"]), (#""'x@y.z'" <a@b>"#, ["x@y.z"]),
      (#""x@y.z (Boss)" <a@b>"#, ["x@y.z"]), (#""<x@y.z>" <a@b>"#, ["x@y.z"]),
      (#""x @ y.z" <a@b>"#, ["x@y.z"]), ("x\u{FF20}y.z <a@b>", ["x@y.z"]),
      (#""x@y.z, v@w.x." <a@b>"#, ["x@y.z", "v@w.x"]), ("x(c)@y.z <a@b>", ["x@y.z"]),
      (#""x"@y.z <a@b>"#, ["x@y.z"]), ("mailto:x@y.z;", []), ("x@y.z: a@b;", ["x@y.z"]),
      ("'x@y' <a@b>", ["x@y"]), ("x@y <a@b>", ["x@y"]), (#""x@y" <a@b>"#, ["x@y"]),
      // a name, and no address
      (#""Smith, Joe@ACME" <a@b>"#, []), ("Joe @ Work <a@b>", []), (#""Joe (@joe)" <a@b>"#, []),
      ("@ <a@b>", []), ("=?utf-8?Q?x=40y.z <a@b>", []), ("=?x?z?x=40y.z?= <a@b>", []),
    ] as [(String, [String])])
  func names(value: String, expected: [String]) {
    let names = (try? AddressField(Array(value.utf8)))?.names ?? []
    #expect(names.flatMap { DisplayName($0).addresses } == expected)
  }

  // MARK: Headers

  @Test("no From field is no claim; two are refused")
  func count() throws {
    #expect(try Header(Array("To: a@b\r\nX-From: c\r\n".utf8)).origin().isEmpty)
    #expect(try Header([]).origin().isEmpty)
    for name in ["From", "Sender"] {
      #expect(throws: Header.Twice(name: name)) {
        try Header(Array("\(name): a@b\r\n\(name.uppercased()) : a@b\r\n".utf8)).origin()
      }
    }
  }

  @Test(
    "who has sent a message last, if it was sent more than once",
    arguments: [
      ("From: a@b\n", []), ("Resent-To: a@b\nResent-Sender: c@d\nFrom: a@b\n", []),
      ("Resent-From: a@b\nFrom: c@d\n", ["a@b"]),
      ("Received: x\nRESENT-TO: x\nResent-Sender: e@f\nResent-From: a@b\n", ["e@f", "a@b"]),
      ("Resent-From: a@b\nReceived: x\nResent-Sender: c@d\nResent-From: e@f\n", ["a@b"]),
      ("Resent-From: a@b\nResent-To: x\nResent-To: y\nResent-From: e@f\n", ["a@b"]),
      ("Resent-Date: x\nResent-Date: x\nResent-From: a@b\n", ["a@b"]),
      ("Resent-Sender: a@b\nTo: x\nResent-From: c@d\n", ["c@d"]),
    ] as [(String, [String])])
  func resent(text: String, expected: [String]) {
    let fields = Header(Array(text.utf8)).lastResending()
    #expect(fields.map { String(decoding: $0.body.dropFirst(), as: UTF8.self) } == expected)
  }

  @Test(
    "a message may name nobody but the user, in no field and in no spelling",
    arguments: [
      ("From: joe@x.org", nil), ("From: JOE+news@X.org", nil), ("Subject: x", nil),
      ("From: joe@x.org <joe@x.org>", nil), (#"From: "Joe@x.org" <joe@x.org>"#, nil),
      (#"From: "sales@x.org" <joe@x.org>"#, nil), ("From: joe@x.org\nSender: sales@x.org", nil),
      ("From: boss@x.org <joe@x.org>", .notPermitted),
      (#"From: "boss@x.org" <joe@x.org>"#, .notPermitted),
      ("From: =?utf-8?B?Ym9zc0B4Lm9yZw==?= <joe@x.org>", .notPermitted),
      ("From: joe@x.org (boss@x.org)", .notPermitted),
      ("From: boss@x.org: joe@x.org;", .notPermitted),
      ("From: \"boss@x\u{200B}.org\" <joe@x.org>", .notPermitted),
      ("From: boss@x.org", .notPermitted), ("From: joe@x.org, boss@x.org", .notPermitted),
      ("From: joe@x.org\nSender: boss@x.org", .notPermitted),
      ("From: joe@x.org\nSender: \"boss@x.org\" <joe@x.org>", .notPermitted),
      ("Sender: boss@x.org", .notPermitted), ("Sender: nobody", .badData),
      ("From: joe@x.org\nFrom: joe@x.org", .badData), ("From: joe+ boss@x.org", .badData),
      ("Sender: joe@x.org\nSender: joe@x.org", .badData), ("From:", .badData),
      ("Resent-From: boss@x.org\nFrom: joe@x.org", .notPermitted),
      ("Resent-From: joe@x.org\nResent-Sender: boss@x.org\nFrom: joe@x.org", .notPermitted),
      ("Resent-From:\nFrom: joe@x.org", .badData),
      ("Resent-To: joe@x.org\nFrom: boss@x.org", .notPermitted),
    ] as [(String, Refusal.Status?)])
  func header(text: String, expected: Refusal.Status?) throws {
    let policy = try SenderPolicy(
      user: "joe@x.org", domain: nil, aliases: AliasFile(Array("joe@x.org: sales@x.org".utf8)))
    for mayBeResent in [true, false] {
      let status = Self.status {
        try policy.checkHeader(Array((text + "\n").utf8), mayBeResent: mayBeResent)
      }
      #expect(status == expected)
    }
  }

  @Test(
    "a message that was sent once more is judged by who sends it now, unless that is not wanted")
  func resending() throws {
    let policy = try SenderPolicy(user: "joe@x.org", domain: nil, aliases: nil)
    let text = "Resent-From: joe@x.org\nFrom: boss@x.org\nSender: ann@x.org\n"
    try policy.checkHeader(Array(text.utf8))
    #expect(
      Self.status { try policy.checkHeader(Array(text.utf8), mayBeResent: false) } == .notPermitted)
  }

  @Test("a header of any kind is looked at in short time")
  func hostileHeader() throws {
    let policy = try SenderPolicy(user: "joe@m\u{fc}nchen.de", domain: nil, aliases: nil)
    for (text, count) in [
      ("@", 60_000), ("=?", 30_000), ("=?x?q?", 10_000), ("a@b.c ", 10_000), ("(", 60_000),
      ("joe@m\u{fc}nchen.de,", 3_000), (" ", 60_000), (" @", 30_000), ("\"", 60_000),
    ] {
      let value = String(repeating: text, count: count)
      for value in [value, "\"\(value)\" <joe@m\u{fc}nchen.de>", "joe@m\u{fc}nchen.de (\(value))"] {
        let time = Self.time { _ = try? policy.checkHeader(Array("From: \(value)\n".utf8)) }
        #expect(time < 5, "\(text)")
      }
    }
    let resent = (0..<10_000).map { "Resent-\($0): x\n" }.joined()
    #expect(Self.time { _ = Header(Array(resent.utf8)).lastResending() } < 5)
  }

  /// Seconds that something takes of this thread's processor.
  private static func time(of work: () -> Void) -> Int {
    func now() -> Int {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return time.tv_sec
    }
    let start = now()
    work()
    return now() - start
  }

  private static func status(of check: () throws -> Void) -> Refusal.Status? {
    do {
      try check()
      return nil
    } catch {
      return (error as? Refusal)?.status ?? .internalError
    }
  }

  // MARK: The administrator's list

  private static func expect(
    _ addresses: [String], of user: String, _ address: String? = nil, in file: AliasFile
  ) throws {
    let expected = try addresses.map { AliasFile.Entry.address(try Mailbox($0)) }
    let entries = file.entries(of: user, address: try Mailbox(address ?? user)).entries
    #expect(entries == expected, "\(user)")
  }

  @Test("the list of senders: comments, several lines for a user, line ends of any kind")
  func aliases() throws {
    let file = AliasFile(
      Array("\u{FEFF}# x: y\n\njoe: a@b , c@d\r\nann:e@f\r\n joe :g@h,\nempty:\n".utf8))
    try Self.expect(["a@b", "c@d", "g@h"], of: "joe", "joe@z", in: file)
    try Self.expect(["e@f"], of: "ann", "ann@z", in: file)
    try Self.expect([], of: "empty", "empty@z", in: file)
    try Self.expect([], of: "jo", "jo@z", in: file)
    #expect(file.faults.isEmpty)
  }

  @Test("the list of senders: whatever the case, by login name or address, for a whole domain")
  func keys() throws {
    let file = AliasFile(
      Array("Joe@X.org: a@b\nJOE: c@d\n@x.ORG: e@f\n@org: g@h\njoe@m\u{fc}nchen.de: i@j\n".utf8))
    try Self.expect(["a@b", "e@f"], of: "joe@x.org", in: file)
    try Self.expect(["a@b", "c@d", "e@f"], of: "joe", "joe@x.org", in: file)
    try Self.expect(["c@d"], of: "Joe", "Joe@y.org", in: file)
    try Self.expect(["e@f"], of: "ann@X.ORG", in: file)
    try Self.expect(["i@j"], of: "joe@m\u{fc}nchen.de", in: file)
    let domains = AliasFile(Array("joe@x: @Y.org, @z!, @\n".utf8))
    #expect(
      domains.entries(of: "joe@x", address: try Mailbox("joe@x")).entries == [.domain("Y.org")])
  }

  @Test("a bad line of the list stops nobody: it is left out and told of")
  func faults() throws {
    let file = AliasFile(
      Array("no colon\n".utf8) + [0x6A, 0xFC, 0x3A, 0x0A]
        + Array("ann@x: bad\njoe@x: a@b, no address, c@d\n: e@f\njoe@x: g@h\n".utf8))
    let (entries, faults) = file.entries(of: "joe@x", address: try Mailbox("joe@x"))
    let expected = try ["a@b", "c@d", "g@h"].map { AliasFile.Entry.address(try Mailbox($0)) }
    #expect(entries == expected)
    #expect(file.faults.map(\.line) == [1, 2, 5])
    #expect(faults.map(\.line) == [4])
    let policy = try SenderPolicy(user: "joe@x", domain: nil, aliases: file)
    #expect(policy.faults.map(\.line) == [1, 2, 5, 4])
    #expect(policy.allows(try Mailbox("g@h")))
    #expect(!policy.allows(try Mailbox("e@f")))
  }

  // MARK: The policy

  @Test("a login name without a domain gets one; another may not be used")
  func policy() throws {
    let policy = try SenderPolicy(
      user: "joe", domain: "Example.com", aliases: AliasFile(Array("joe: sales@x.org".utf8)))
    for allowed in ["joe@example.COM", "sales@X.org", "JOE@example.com", "Sales@x.org"] {
      #expect(policy.allows(try Mailbox(allowed)))
    }
    for forged in ["ann@example.com", "joe@example.org", "x.sales@x.org", "joe@sub.example.com"] {
      #expect(!policy.allows(try Mailbox(forged)))
    }
    #expect(throws: Refusal.self) { try SenderPolicy(user: "joe", domain: nil, aliases: nil) }
    #expect(throws: Refusal.self) { try SenderPolicy(user: "a b@c", domain: nil, aliases: nil) }
  }

  @Test("a login name with capitals is the same address as one without")
  func caseOfLogin() throws {
    for (user, address) in [("Joe@Example.com", "joe@example.com"), ("joe@x", "JOE@X")] {
      let policy = try SenderPolicy(user: user, domain: nil, aliases: nil)
      #expect(policy.allows(try Mailbox(address)))
    }
  }

  @Test("an entry for a domain is every address of it, and none of a domain below or beside it")
  func wholeDomain() throws {
    let policy = try SenderPolicy(
      user: "joe@x", domain: nil, aliases: AliasFile(Array("joe@x: @Y.org".utf8)))
    for allowed in ["a@y.org", "b+c@Y.ORG"] { #expect(policy.allows(try Mailbox(allowed))) }
    for forged in ["a@z.y.org", "a@yy.org", "a@y.org.z", "a@x"] {
      #expect(!policy.allows(try Mailbox(forged)))
    }
  }

  @Test("sub-addresses of the own address and of listed ones")
  func subAddresses() throws {
    let aliases = AliasFile(Array("joe@x: sales@y, ann+joe@x".utf8))
    func policy(_ delimiter: String) throws -> SenderPolicy {
      try SenderPolicy(
        user: "joe@x", domain: nil, aliases: aliases, recipientDelimiter: delimiter)
    }
    for (delimiter, allowed, forged) in [
      (
        "+", ["joe+a@x", "Joe+@x", "sales+a+b@Y", "ann+joe@x"],
        ["+joe@x", "joe-a@x", "ann@x", "ann+a@x", "joe+a@z", "\"joe+a\"@x", "joea@x"]
      ),
      ("-+", ["joe+a@x", "joe-a@x", "joe-a+b@x", "ann+joe@x"], ["joe_a@x", "ann-joe@x"]),
      ("", ["joe@x", "ann+joe@x"], ["joe+a@x", "sales+a@y"]),
    ] {
      for address in allowed {
        #expect(try policy(delimiter).allows(Mailbox(address)), "\(delimiter) \(address)")
      }
      for address in forged {
        #expect(try !policy(delimiter).allows(Mailbox(address)), "\(delimiter) \(address)")
      }
    }
  }
}

/// What a program may write, and a client had better not take for anything but text.
///
/// Made of rules and without chance: the same lines in the same order each time.
enum HostileLines {
  static let all =
    literals + allowedCodes + codes + codesInDisguise + responses + punctuation + partsOfLongLines
    + progress + encodings

  /// Each on stdout, on stderr and as a prompt.
  private static func everywhere(_ texts: [String]) -> [HostileLine] {
    texts.flatMap { text in
      [.stdout, .stderr, .prompt].map { HostileLine($0, text) }
    }
  }

  /// On one of them after the other.
  private static func inTurn(_ texts: [String]) -> [HostileLine] {
    let modules: [HostileLine.Module] = [.stdout, .stderr, .stdout, .prompt, .stdout]
    return texts.enumerated().map { HostileLine(modules[$0.offset % modules.count], $0.element) }
  }

  /// The parts of a text between bars and line ends.
  private static func parts(_ text: String) -> [String] {
    text.split(separator: "\n").flatMap { line in
      line.split(separator: " | ").map { String($0) }
    }
  }

  // MARK: - The ends of lines: literals

  /// The sizes of literals, and what somebody may take for one.
  private static let sizes =
    parts("300 | 0 | 1 | 300+ | 0+ | 99999999999999999999 | -5 | +5 | 3e2 | 1.5 | 0x10 | x")
    + ["", " 300", "300 "]

  /// What may stand behind: blanks that a client drops, and what becomes a blank.
  private static let blanks = [
    " ", "\t", "   ", "\u{1}", "\r", " \r", "\0", "\u{a0}", "\u{2003}", ".",
  ]

  private static let literals =
    everywhere(["total {300}", "total ~{300}", "{300}", "[UIDVALIDITY 7] {300}"])
    + inTurn(
      sizes.flatMap { size in
        ["", "a", "say (\"", "{3} "].flatMap { ["\($0){\(size)}", "\($0)~{\(size)}"] }
      })
    + inTurn(blanks.map { "total {300}\($0)" })

  // MARK: - The starts of lines: response codes

  /// Response codes with what may stand in them and what may not, and others that are none.
  private static let code =
    parts(
      """
      ALERT | ALERT x | BADCHARSET | BADCHARSET (utf-8) | BADCHARSET ( | CAPABILITY | CAPABILITY X
      PARSE | PERMANENTFLAGS | PERMANENTFLAGS () | PERMANENTFLAGS (\\Seen | READ-ONLY | READ-WRITE
      TRYCREATE | UIDNEXT | UIDNEXT 1 | UIDNEXT x | UIDVALIDITY | UIDVALIDITY 7 | UIDVALIDITY x
      UIDVALIDITY 99999999999 | UNSEEN | UNSEEN 99 | HASCHILDREN | NOTSAVED | UNKNOWN-CTE | CLOSED
      NEWNAME a b | REFERRAL imap://x/ | APPENDUID | APPENDUID 7 1 | COPYUID 7 1 2 | COPYUID x
      UIDNOTSTICKY | HIGHESTMODSEQ | HIGHESTMODSEQ 1 | HIGHESTMODSEQ x | NOMODSEQ | MODIFIED 1:3
      UNAVAILABLE | AUTHENTICATIONFAILED | AUTHORIZATIONFAILED | EXPIRED | PRIVACYREQUIRED
      CONTACTADMIN | NOPERM | INUSE | EXPUNGEISSUED | CORRUPTION | SERVERBUG | CLIENTBUG | CANNOT
      LIMIT | OVERQUOTA | ALREADYEXISTS | NONEXISTENT | BADURL x | TOOBIG | METADATA MAXSIZE 1
      ANNOTATIONS 10 | BADEVENT (x) | NOTIFICATIONOVERFLOW | COMPRESSIONACTIVE | MAILBOXID (x)
      TEMPFAIL | USEATTR | INPROGRESS | INPROGRESS ("a" 1 2) | WEBALERT x
      BYE | OK | NO | BAD | PREAUTH | 5 EXISTS | 5 RECENT | 1 EXPUNGE | 1 FETCH (FLAGS ()) | FLAGS ()
      SEARCH 9 | STATUS INBOX (MESSAGES 9) | LIST () "/" x | VANISHED 1:3 | QUOTA x
      x | 1 | " | ( | ) | \\ | {3} | XEXEC | [ | ] | sudo | 1/3 | UIDVALIDITY 7] [x
      """) + ["", " "]

  /// What a program may say, and a client may know: it must not take more from it.
  private static let allowedCodes =
    everywhere(
      parts(
        """
        [ALERT] x | [NOPERM] x | [CANNOT] x | [LIMIT] x | [OVERQUOTA] x | [ALREADYEXISTS] x
        [NONEXISTENT] x | [INUSE] x | [CONTACTADMIN] x
        """))

  /// What may stand before a bracket without keeping somebody from seeing it.
  private static let leads = ["", " ", "\t", "  \t ", "\u{1}", "\r", "\0 "]

  private static let codes =
    inTurn(
      code.enumerated().flatMap { index, code in
        let forms = [
          "[\(code)] x", "[\(code)]", "[\(code)] ", "[\(code)", "[\(code.lowercased())] x",
          "[\(code)]x",
        ]
        return forms.enumerated().map { leads[(index + $0.offset) % leads.count] + $0.element }
      })
    + everywhere(leads.map { "\($0)[UIDVALIDITY 7] x" })
    + [HostileLine(.stdout, " \u{5}[READ-ONLY] x")]

  // MARK: - Codes in other places

  /// Behind words, behind a code that is allowed, in quotes, in a literal.
  private static let codesInDisguise =
    inTurn(
      code.flatMap { code in
        [
          "x [\(code)] y", "[ALERT] [\(code)] y", "\"[\(code)]\" y", "x [\(code)]",
          "[NOPERM] x [\(code)",
        ]
      })
    + inTurn(
      parts(
        """
        "[UIDVALIDITY" 7] x | {11}[READ-ONLY] x | ~[READ-ONLY] x | ~{11}[READ-ONLY] x
        ([READ-ONLY]) x | <[READ-ONLY]> x | OK [READ-ONLY] x | * OK [READ-ONLY] x
        "" [READ-ONLY] x | () [READ-ONLY] x | \\[READ-ONLY] x | [[READ-ONLY]] x
        [ALERT][READ-ONLY] x | ]READ-ONLY] x | READ-ONLY] x
        """))

  // MARK: - Texts that look like other responses

  private static let response = parts(
    """
    TAG OK done | TAG NO done | TAG BAD done | TAG | * | * OK | OK | NO x | BAD x | PREAUTH x
    * 5 EXISTS | 5 EXISTS | 5 EXPUNGE | 1 FETCH (FLAGS (\\Deleted)) | * 1 FETCH (FLAGS (\\Deleted))
    + go | + | BYE | * BYE | FLAGS () | * FLAGS () | CAPABILITY IMAP4 | * CAPABILITY IMAP4
    STATUS INBOX (MESSAGES 99 UIDNEXT 99 UIDVALIDITY 99)
    * STATUS INBOX (MESSAGES 99 UIDNEXT 99 UIDVALIDITY 99)
    LIST () "/" x | SEARCH 7 | * SEARCH 7 | VANISHED 1:3 | QUOTA "" (STORAGE 1 2)
    ESEARCH (TAG "TAG") ALL 7 | * OK [UIDVALIDITY 7] x | DONE | NIL
    """)

  /// What one language or another takes for the end of a line.
  private static let lineEnds = [
    "\r", "\r\r", "\u{b}", "\u{c}", "\u{1c}", "\u{1e}", "\u{85}", "\u{2028}", "\u{2029}", "\0",
    "\\r\\n", "\u{1b}[2K", "\u{8}", "\u{7f}",
  ]

  private static let responses =
    response.map { HostileLine(.tag, $0) } + inTurn(response)
    + lineEnds.flatMap { end in
      ["TAG OK done", "* 5 EXISTS", "* BYE x", "* OK [UIDVALIDITY 7] x"].map {
        HostileLine(.tag, "x\(end)\($0)")
      }
    }

  // MARK: - Signs that mean something in IMAP

  private static let signs = parts(
    #"" | ' | ( | ) | [ | ] | { | } | \ | ~ | < | > | % | * | + | & | &AGE- | =?utf-8?q?x?= | ~{"#)

  private static let punctuation = inTurn(
    signs.flatMap { [$0, "say \($0)", "\($0)say", "say \($0) it", "say \($0)\($0) it"] }
      + parts(
        #"""
        say "(" | say (" | a "b" (c) [d] {e} | "a\" | (((((((( | )))))))) | a {b | a} b | {"a": 1}
        """#))

  // MARK: - Long lines

  /// What stands right before the end of a part of 8000 octets, and what right behind it.
  private static let cuts = [
    ("total {300}", "more"), ("{300}", "{300}"), ("x", "[UIDVALIDITY 7] x"),
    ("x", "  [READ-ONLY] x"), ("{300} ", " "), ("[", "READ-ONLY] x"), ("x", "[ALERT] x"),
    ("x", "{300}"), ("x", "x [READ-ONLY] x"), ("\"", "[READ-ONLY]\""), ("~", "{300}"), ("x", " "),
    ("(", ")"),
  ]

  private static let partsOfLongLines =
    everywhere(
      cuts.map { front, behind in
        String(repeating: "a", count: 8000 - front.utf8.count) + front + behind
      })
    + [
      HostileLine(.stdout, String(repeating: "{300}", count: 4800)),
      HostileLine(.stderr, String(repeating: "[READ-ONLY] ", count: 4000)),
      HostileLine(.stdout, String(repeating: "\u{fc}{300}", count: 3000)),
      HostileLine(.prompt, String(repeating: "(\"[", count: 6000)),
    ]

  // MARK: - Progress reports

  /// What stands behind a report is a program's text too.
  private static let progress = parts(
    """
    x | total {300} | {300} | ~{0} | {99999999999999999999} x | [UIDVALIDITY 7] x | x [READ-ONLY] y
    [ALERT] x | "[READ-ONLY]" x | [ | ] | " | x] [UIDVALIDITY 7] x
    """
  ).flatMap { text in
    ["", " 1", " 1 2"].map { HostileLine(.stdout, "\u{5}[PROGRESS\($0)] \(text)") }
  }

  // MARK: - Octets

  /// Signs that are nothing to see.
  private static let unseen = [
    "\u{feff}", "\u{a0}", "\u{2003}", "\u{3000}", "\u{200b}", "\u{202e}", "\u{85}", "\u{ad}",
  ]

  private static let invalid: [[UInt8]] = [
    [0xff], [0x80], [0xc3], [0xfc, 0x20, 0x5b], [0xa0, 0x5b, 0x41, 0x5d], [0xf0, 0x9f],
    [0xed, 0xa0, 0x80], [0xc0, 0x80], [0x7b, 0x33, 0x7d, 0xc3], Array(1...9), Array(11...31),
    Array(127...255),
  ]

  private static let encodings =
    everywhere(["", " ", "\t", "\r", "\u{1}", "\u{fc}\u{20ac}\u{1f600}", "\u{feff}", "\0\0\0"])
    + inTurn(
      unseen.flatMap { ["\($0)[UIDVALIDITY 7] x", "\($0) [READ-ONLY] x", "total {300}\($0)"] })
    + invalid.map { HostileLine(.stdout, $0) }
}

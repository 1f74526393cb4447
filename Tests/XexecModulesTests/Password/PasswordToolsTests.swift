import Glibc
import Testing

@testable import xexec_modules

@Suite("Schemes, and Dovecot's tools")
struct PasswordToolsTests {
  private let doveadm = Doveadm(program: "/usr/bin/doveadm")
  private let joe = try! MailUser(name: "joe@example.com", home: nil, for: "a test")

  @Test(
    "What doveadm pw makes is taken", arguments: ["CRYPT", "blf-crypt", "SHA512-CRYPT", "PBKDF2"])
  func hash(name: String) throws {
    let scheme = try #require(HashScheme(argument: name))
    let hash = try doveadm.hash(Array("a: {b} 'c'".utf8), HashPlan(scheme), user: joe)
    let text = String(decoding: hash, as: UTF8.self)
    #expect(text.hasPrefix("{\(name.uppercased())}"))
    #expect(text.utf8.count > 30 && !text.contains(":") && !text.contains("\n"))
  }

  @Test("Rounds, encodings, and schemes with the user's name in the hash")
  func parameters() throws {
    let pieces: [(String, UInt32?, String)] = [
      ("SHA512-CRYPT", 6000, "{SHA512-CRYPT}$6$rounds=6000$"),
      ("BLF-CRYPT", 6, "{BLF-CRYPT}$2y$06$"),
      ("BLF-CRYPT", nil, "{BLF-CRYPT}$2y$10$"), ("CRYPT", nil, "{CRYPT}$2y$10$"),
      ("SHA512-CRYPT", nil, "{SHA512-CRYPT}$6$rounds=250000$"),
      ("PLAIN.b64", nil, "{PLAIN.B64}YTpi"), ("DIGEST-MD5", nil, "{DIGEST-MD5}"),
    ]
    for (name, rounds, start) in pieces {
      let scheme = try #require(HashScheme(argument: name))
      let hash = try doveadm.hash(
        Array("a:b".utf8), HashPlan(scheme, rounds: rounds), user: joe)
      #expect(String(decoding: hash, as: UTF8.self).hasPrefix(start))
    }
  }

  @Test("What is no hash is a fault, and no password: an unknown scheme, no doveadm, the wrong one")
  func faults() throws {
    let unknown = try #require(HashScheme(argument: "NOSUCH"))
    let refusal = thrown(Refusal.self) {
      try doveadm.hash(Array("secret".utf8), HashPlan(unknown), user: joe)
    }
    #expect(refusal?.status == .misconfigured)
    #expect(refusal?.log?.text.hasPrefix("/usr/bin/doveadm pw -s NOSUCH made no hash") == true)
    for program in [
      "/nonexistent", "/bin/true", "/bin/false", "/bin/cat", "/bin/echo", "/usr/bin/yes",
    ] {
      #expect(throws: Refusal.self) {
        try Doveadm(program: program).hash(
          Array("secret".utf8), HashPlan(.strong), user: joe)
      }
    }
    // crypt(3) takes no more than 511 octets, and says so in an odd way
    let crypt = try #require(HashScheme(argument: "SHA512-CRYPT"))
    let long = [UInt8](repeating: 0x61, count: crypt.maximumOctets)
    #expect(throws: Never.self) { try doveadm.hash(long, HashPlan(crypt), user: joe) }
    #expect(throws: Refusal.self) {
      try doveadm.hash(long + [0x61], HashPlan(crypt), user: joe)
    }
  }

  @Test("A line that could not stand in a passwd-file is no hash")
  func line() {
    let standard = HashScheme("CRYPT")
    #expect(standard.isHash(Array("{CRYPT}$2y$05$x".utf8)))
    for line in [
      "", "{CRYPT}", "{CRYPT}a:b", "{CRYPT}*0", "{PLAIN}x", "x", "{CRYPT}a\nb", "{CRYPT}\u{E9}",
    ] {
      #expect(!standard.isHash(Array(line.utf8)))
    }
  }

  @Test("Names of schemes, and those whose password could end its field")
  func names() {
    for name in ["", "A B", "A}", "A:", "Ä", "{CRYPT}"] {
      #expect(HashScheme(argument: name) == nil)
    }
    #expect(HashScheme(argument: "plain")?.fitsPasswdFile == false)
    #expect(HashScheme(argument: "plain.b64")?.fitsPasswdFile == true)
    #expect(HashScheme(argument: "BLF-CRYPT.b64")?.maximumOctets == 72)
  }

  @Test("Without auth to ask, no old password is right, and none is wrong")
  func noAuth() {
    let refusal = thrown(Refusal.self) {
      try doveadm.auth("/nonexistent/socket", accepts: Array("old".utf8), of: joe)
    }
    #expect(refusal?.status == .misconfigured)
    #expect(refusal?.log == .error("open /nonexistent/socket: No such file or directory"))
  }

  @Test(
    "What auth said, in the words and statuses of each Dovecot",
    arguments: [
      // 2.3
      (0, "passdb: joe@example.com auth succeeded\nextra fields:\n  user=joe@example.com\n", true),
      (77, "passdb: joe@example.com auth failed\nextra fields:\n  user=joe@example.com\n", false),
      (77, "passdb: joe@example.com auth failed\nextra fields:\n  temp\n", nil),
      (77, "passdb: joe@example.com auth failed\nextra fields:\n  code=temp_fail\n", nil),
      (77, "", nil),
      // 2.4
      (77, "passdb: joe@example.com auth failed\nextra fields:\n  user=joe@example.com\n", false),
      (75, "extra fields:\n  user=joe@example.com\n  code=temp_fail\n", nil),
      (75, "", nil),
      // 2.4.3 and newer
      (77, "passdb: joe@example.com auth failed: Password mismatch\nextra fields:\n", false),
      // none of them
      (77, "passdb: joe@example.com auth failedly\n", nil),
      (77, "passdb: jim@example.com auth failed\n", nil),
      (64, "passdb: joe@example.com auth failed\n", nil),
      (nil, "passdb: joe@example.com auth succeeded\n", nil),
    ] as [(Int32?, String, Bool?)])
  func verdict(status: Int32?, output: String, isRight: Bool?) {
    let result = ChildResult(status: status, output: Array(output.utf8))
    #expect(Doveadm.verdict(of: result, on: joe) == isRight)
  }

  @Test("What auth would see cut short is wrong", arguments: ["a\u{0}", "a\rb", "\n"])
  func cut(password: String) throws {
    #expect(try !doveadm.auth("/nonexistent/socket", accepts: Array(password.utf8), of: joe))
  }

  @Test("A child that takes too long, or writes too much, is ended")
  func child() throws {
    let start = ContinuousClock.now
    var error = thrown(SystemError.self) {
      try runChild(["/bin/sleep", "1000"], input: [], seconds: 1)
    }
    #expect(error?.code == ETIMEDOUT)
    #expect(ContinuousClock.now - start < .seconds(60))
    error = thrown(SystemError.self) {
      try runChild(["/usr/bin/yes"], input: [], seconds: 60)
    }
    #expect(error?.code == EMSGSIZE)
  }

  @Test(
    "Input arrives whole, the environment is PATH alone, and a reader that is gone does no harm")
  func exchange() throws {
    let input = [UInt8](repeating: 0x61, count: 60_000)
    #expect(try runChild(["/bin/cat"], input: input, seconds: 60).output == input)
    #expect(
      try runChild(["/usr/bin/env"], input: [], seconds: 60).output
        == Array("PATH=/usr/bin:/bin\n".utf8))
    let large = [UInt8](repeating: 0x61, count: 10_000_000)
    #expect(
      try runChild(["/bin/sh", "-c", "exec <&-; exit 3"], input: large, seconds: 60).status == 3)
    #expect(try runChild(["/bin/sh", "-c", "kill -9 $$"], input: [], seconds: 60).status == nil)
  }
}

import Testing

@testable import xexec_modules

@Suite("What a hash is replaced by")
struct HashPlanTests {
  private func plan(_ entry: String) -> String {
    HashPlan(replacing: Array(entry.utf8)).description
  }

  @Test(
    "A strong scheme stays, and its cost is no lower than before, or than bcrypt's with 10 rounds",
    arguments: [
      ("{BLF-CRYPT}$2y$12$abc", "BLF-CRYPT, 12 rounds"),
      ("{CRYPT}$2b$05$abc", "BLF-CRYPT, 10 rounds"), ("$2a$11$abc", "BLF-CRYPT, 11 rounds"),
      ("{sha512-crypt}$6$abc$def", "SHA512-CRYPT, 250000 rounds"),
      ("{CRYPT}$6$rounds=656000$abc$def", "SHA512-CRYPT, 656000 rounds"),
      ("{SHA256-CRYPT}$5$rounds=1000$abc$def", "SHA256-CRYPT, 150000 rounds"),
      ("{SHA512-CRYPT.b64}JDYkYWJj", "SHA512-CRYPT, 250000 rounds"),
      ("{PBKDF2}$1$abc$5000$def", "PBKDF2, 100000 rounds"),
      ("{PBKDF2}$1$abc$200000$def", "PBKDF2, 200000 rounds"),
      ("{SCRAM-SHA-256}4096,abc,def,ghi", "SCRAM-SHA-256"),
      ("{SCRAM-SHA-1}4096,abc,def,ghi", "SCRAM-SHA-1"),
    ])
  func strong(entry: String, plan: String) {
    #expect(self.plan(entry) == plan)
  }

  @Test(
    "ARGON2 gets more than its usual rounds only where it has more than its usual memory",
    arguments: [
      ("{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$abc$def", "ARGON2ID"),
      ("$argon2id$v=19$m=4096,t=30,p=1$abc$def", "ARGON2ID"),
      ("{ARGON2ID}$argon2id$v=19$m=262144,t=3,p=1$abc$def", "ARGON2ID, 3 rounds"),
      ("{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$abc$def", "ARGON2I"),
      ("{ARGON2I}$argon2i$v=19$m=131072,t=6,p=1$abc$def", "ARGON2I, 6 rounds"),
      ("{ARGON2ID}", "ARGON2ID"), ("{ARGON2ID}$argon2id$$x=$m=,,=", "ARGON2ID"),
    ])
  func argon(entry: String, plan: String) {
    #expect(self.plan(entry) == plan)
  }

  @Test(
    "All else becomes bcrypt with 10 rounds",
    arguments: [
      "{PLAIN}secret", "{PLAIN}$6$abc$def", "{plain}{ARGON2ID}x", "{CLEARTEXT}x", "secret", "x[13]",
      "$1$abc$def", "{MD5-CRYPT}$1$abc$def", "{MD5}$1$a$b", "{DES-CRYPT}abcdefghijklm",
      "{CRYPT}abcdefghijklm", "{CRYPT}$y$j9T$abc$def", "{CRYPT}$7$abc", "{SSHA512}abc=",
      "{SHA512.HEX}00", "{SSHA}x", "{CRAM-MD5}00", "{DIGEST-MD5}00", "{OTP}sha1 1024 a b",
      "{NOSUCH}x",
      "{unclosed", "{}", "{}x", "$", "$$$$$", "{CRYPT}$2y$",
    ])
  func weak(entry: String) {
    #expect(plan(entry) == "BLF-CRYPT, 10 rounds")
  }

  @Test("What the administrator wants is made, weaker or not")
  func explicit() throws {
    #expect(HashPlan(HashScheme("SSHA512")).description == "SSHA512")
    #expect(HashPlan(.strong, rounds: 4).description == "BLF-CRYPT, 4 rounds")
    #expect(HashPlan(.strong).description == "BLF-CRYPT, 10 rounds")
  }

  @Test("Octets that are no text harm nobody")
  func octets() {
    #expect(HashPlan(replacing: [0xFF, 0x24, 0x36, 0x24]) == HashPlan(.strong))
    #expect(HashPlan(replacing: []) == HashPlan(.strong))
  }

  @Test("Options that contradict each other are refused")
  func options() {
    for words in [
      ["--rounds", "12"], ["--system-users"], ["--prompt-timeout", "0"], ["--check-new", "x"],
      ["--scheme", "BLF-CRYPT", "--max-length", "73"], ["--min-length", "73"],
      ["--max-length", "2000"],
    ] {
      #expect(throws: (any Error).self) { try ChangePassword.parse(["--file", "/x"] + words) }
    }
    for words in [
      [], ["--scheme", "BLF-CRYPT", "--rounds", "12"], ["--system-users", "--check-old", "/x"],
      ["--scheme", "ARGON2ID", "--max-length", "1024"], ["--username-format", "%Ln"],
    ] {
      #expect(throws: Never.self) { try ChangePassword.parse(["--file", "/x"] + words) }
    }
  }
}

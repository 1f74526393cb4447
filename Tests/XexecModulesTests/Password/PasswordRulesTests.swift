import Testing

@testable import xexec_modules

@Suite("The rules for new passwords")
struct PasswordRulesTests {
  private func message(
    _ octets: [UInt8], minimum: Int = 8, maximum: Int = 72, classes: Int = 0,
    allowsName: Bool = false, user: String = "joe@example.com", old: String? = nil
  ) -> String? {
    let rules = PasswordRules(
      minimumCharacters: minimum, maximumOctets: maximum, minimumClasses: classes,
      allowsName: allowsName)
    do {
      try rules.check(
        octets, of: MailUser(name: user, home: nil, for: "a test"), old: old.map { Array($0.utf8) })
      return nil
    } catch {
      #expect(error.status == .badData)
      return error.message
    }
  }

  private func message(_ text: String) -> String? { message(Array(text.utf8)) }

  @Test(
    "Whatever can be typed is allowed",
    arguments: [
      "correct horse", " a   b   c ", "a:b:c:d:e", "{PLAIN}xy", "%u%d%n%h", "\"'\\`$(id)",
      "жукжабаж", "🐴🐮🐷🐑🐴🐴🐮🐮", "[ALERT] hi", "#comment", "4711-0815",
    ])
  func allowed(text: String) {
    #expect(message(text) == nil)
  }

  @Test(
    "Control characters are not, and what is not UTF-8",
    arguments: [
      "longenough\n", "long\renough", "long\u{0}enough", "\u{5}longenough", "long\u{85}enough",
    ])
  func control(text: String) {
    #expect(message(text)?.contains("control character") == true)
    #expect(message(Array(text.utf8) + [0xFF])?.contains("UTF-8") == true)
  }

  @Test("Characters are counted at one end, octets at the other")
  func length() {
    #expect(message(Array("ééééééé".utf8))?.contains("too short: it needs 8 characters") == true)
    #expect(message(Array("éèêëéàèç".utf8)) == nil)
    #expect(message([]) != nil)
    #expect(message([], minimum: 0) == nil)
    #expect(message(Array(repeating: 0x61, count: 71) + [0x62]) == nil)
    #expect(
      message(Array(repeating: 0x61, count: 73))?.contains("too long: it can have 72") == true)
    #expect(message(Array(repeating: 0xFF, count: 1_000_000))?.contains("too long") == true)
  }

  @Test(
    "Kinds of characters",
    arguments: [
      ("haegbdcf", 1), ("haegBDCF", 2), ("haegBD12", 3), ("habDC12!", 4), ("жжжжЖЖЖА", 2),
      ("١٢٣٤٥٦٧٨", 1), ("漢字漢字漢漢字字", 1), ("abc def gh", 2),
    ])
  func classes(text: String, count: Int) {
    #expect(message(Array(text.utf8), classes: count) == nil)
    if count < 4 {
      let expected = "too simple: it needs \(count + 1) of these four"
      #expect(message(Array(text.utf8), classes: count + 1)?.contains(expected) == true)
    }
  }

  @Test("The name is not part of it, in whatever case, unless it is very short")
  func name() {
    #expect(message("my-JOE-12345")?.contains("your name is in it") == true)
    #expect(message("joe@example.com")?.contains("your name is in it") == true)
    #expect(message(Array("my-joe-12345".utf8), allowsName: true) == nil)
    #expect(message(Array("ÄÖÜ12345".utf8), user: "äöü")?.contains("your name") == true)
    #expect(message(Array("jo123456".utf8), user: "jo@example.com") == nil)
    #expect(message(Array("31415927".utf8), user: "@example.com") == nil)
  }

  @Test("The old one is not the new one; no message has a password in it")
  func old() {
    let old = message(Array("old password".utf8), old: "old password")
    #expect(old == "The new password is the old one. Nothing is changed.")
    #expect(message(Array("old passworD".utf8), old: "old password") == nil)
  }

  @Test(
    "The commonest are refused in any case, with digits and punctuation around them",
    arguments: [
      "password", "PassWord1!", "p@ssw0rd2024", "!!Welcome123", "iloveyou.....", "Passwort-2026",
      "1qaz2wsx3edc", "passwordpassword", "Password1Password1", "letmein123letmein123",
      "1234567890", "0987654321", "12345678910", "qwertyuiop", "abcdefghijkl", "QWERTZUIOP!",
      "aaaaaaaaaa", "1212121212", "abcabcabcabc", "          ", "🐴🐴🐴🐴🐴🐴🐴🐴", "пароль1234",
    ])
  func common(text: String) {
    #expect(message(text)?.contains("too common") == true)
  }

  @Test(
    "What only holds a common one is not",
    arguments: [
      "password manager", "iloveyou-anna", "12 monkeys", "qwertyqwertz", "MyNewPassword",
      "x4711-0815-99", "a1234567899", "new secret 0", "aaaaaaaaab",
    ])
  func uncommon(text: String) {
    #expect(message(text) == nil)
  }
}

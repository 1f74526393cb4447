import Testing

@testable import xexec_modules

@Suite("Variables in --file and --username-format")
struct UserTemplateTests {
  @Test(
    "They are the name, and its parts around the first @",
    arguments: [
      ("/etc/users", "joe@example.com", "/etc/users"),
      ("/mail/%d/%n.%u%%", "joe@example.com", "/mail/example.com/joe.joe@example.com%"),
      ("/%d/x", "joe@example.com@example.net", "/example.com@example.net/x"),
      ("/%u", "%d %n%%", "/%d %n%%"), ("/%Ld/%Ln%%%Lu", "JoE@Ex.ORG", "/ex.org/joe%joe@ex.org"),
      ("/Lu/%uL", "Joe", "/Lu/JoeL"), ("/%Lu", "JÖS", "/jÖs"), ("/é/%n", "jös", "/é/jös"),
    ])
  func path(text: String, user: String, path: String) throws {
    let template = try #require(UserTemplate(argument: text))
    #expect(try template.path(for: MailUser(name: user, home: nil, for: "a test")) == path)
  }

  @Test(
    "No name leads elsewhere, or to a hidden file",
    arguments: [
      ("/%u", "../users"), ("/%u/x", ".."), ("/%d", "joe"), ("/%d", "joe@"),
      ("/%n", "@example.com"),
      ("/%d", "joe@.users.new"), ("/%d", "joe@example.com/../other"), ("/x/%n", "/etc/passwd@x"),
    ])
  func refused(text: String, user: String) throws {
    let template = try #require(UserTemplate(argument: text))
    #expect(throws: Refusal.self) {
      try template.path(for: MailUser(name: user, home: nil, for: "a test"))
    }
  }

  @Test(
    "Other variables are refused",
    arguments: ["/%h", "%", "/x%", "%L", "/%Lh", "/%LLu", "/%L%", "/%{user}"])
  func unknown(text: String) {
    #expect(UserTemplate(argument: text) == nil)
  }

  @Test(
    "A key has quotes and backslashes of the name escaped, as Dovecot looks it up",
    arguments: [
      ("%u", "joe@example.com", "joe@example.com"), ("%n", "joe@example.com", "joe"),
      ("'%u'", #"o'ne"il\@x"#, #"'o\'ne\"il\\@x'"#), ("%d-%n", "a b@c", "c-a b"),
      ("%Ln", #"O'Neil@X"#, #"o\'neil"#), ("%Lu", "Joe@Example.COM", "joe@example.com"),
    ])
  func key(text: String, user: String, key: String) throws {
    let template = try #require(UserTemplate(argument: text))
    #expect(
      try template.lookupKey(for: MailUser(name: user, home: nil, for: "a test")) == Array(key.utf8)
    )
  }
}

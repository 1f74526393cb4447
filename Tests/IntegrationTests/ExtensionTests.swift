import Foundation
import PrivateDovecot
import Testing

/// IMAP4rev2 and UTF8=ACCEPT, where Dovecot offers them.
@Suite(.for24) struct ExtensionTests {
  /// It is an experiment that Dovecot may be built with. The plugin was built with this header.
  private static let hasRev2 =
    (try? String(contentsOfFile: "/usr/include/dovecot/config.h", encoding: .utf8))?
    .contains("#define EXPERIMENTAL_IMAP4REV2") == true

  @Test("UTF-8 in quoted strings and in what programs write, once a client has enabled it")
  func utf8Accept() throws {
    let server = try Server { _, options in options.globalText = "mail_utf8_extensions = yes\n" }
    let client = try server.connect()
    let offered = try client.command("CAPABILITY").texts[0]
    #expect(offered.contains(" UTF8=ACCEPT"), "\(offered)")
    #expect(try client.command("ENABLE UTF8=ACCEPT").texts.contains("* ENABLED UTF8=ACCEPT"))
    #expect(
      try client.command("XEXEC args \"grün \u{1F600}\" {3+}\r\n\u{20AC}").texts
        == ["* OK <grün \u{1F600}>", "* OK <\u{20AC}>"])
    try client.append("Subject: grün", body: "größer")
    try client.expectXEXECWorks()
  }

  @Test(
    "With IMAP4rev2 enabled nothing is other",
    .enabled(if: hasRev2, "this Dovecot has no IMAP4rev2"))
  func rev2() throws {
    let server = try Server { _, options in
      options.globalText = "mail_utf8_extensions = yes\nimap4rev2_enable = yes\n"
    }
    let client = try server.connect()
    let offered = try client.command("CAPABILITY").texts[0]
    #expect(offered.contains(" IMAP4rev2") && offered.contains(" XEXEC=ARGS"), "\(offered)")
    let enabled = try client.command("ENABLE IMAP4rev2").texts
    #expect(enabled.contains { $0.uppercased().contains("ENABLED IMAP4REV2") }, "\(enabled)")
    #expect(try client.command("SELECT INBOX").isOK)
    try client.expectXEXECWorks()
    #expect(
      try client.command("XEXEC args \"grün\" {3+}\r\n\u{20AC}").texts
        == ["* OK <grün>", "* OK <\u{20AC}>"])
    // a message that a program brings is told, before the command's end
    let added = try client.run(
      script: "printf 'Subject: two\\n\\nx\\n' >~/Maildir/new/1.2.xexec")
    added.expectExit(0)
    #expect(added.texts.contains("* 1 EXISTS"), "\(added.lines)")
    try client.expectInStep()
  }
}

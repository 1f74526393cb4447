import Testing

@testable import xexec_check

/// What `xexec-check --convert` makes of a file that mixes the forms of 2.3 and 2.4, or is of 2.4.
@Suite struct NewFormTests {
  @Test("What is for 2.4 already stays as it is, and is said", arguments: ["", "# x\n\n"])
  func already(comment: String) {
    let line = comment.isEmpty ? 1 : 3
    for text in [
      "protocol imap {\n  mail_plugins {\n    xexec = yes\n  }\n}\nauth_username_format = %{user | lower}\n",
      "xexec a { # b\n  program = /bin/x %{user | username} # c\n}\npassdb pam {\n}\n",
      "dovecot_config_version = 2.4.0\nnamespace inbox {\n  inbox = yes\n}\nxexec_timeout = 5s\n",
    ] {
      let result = Converter.convert([("x", comment + text)])
      #expect(result.text == comment + text)
      #expect(
        result.findings.findings.map { $0.line.replacing("x:\(line + 1)", with: "x:\(line)") } == [
          "warning: (x:\(line)): this is for Dovecot 2.4 already, and stays as it is"
        ])
    }
    // both in one file
    let result = Converter.convert([
      ("x", "xexec a {\n  program = /x\n}\nplugin {\n  xexec = b:/y\n}\n")
    ])
    #expect(result.text == "xexec a {\n  program = /x\n}\nxexec b {\n  program = /y\n}\n")
    #expect(
      result.findings.findings.map(\.line) == [
        "warning: xexec a (x:1): this is for Dovecot 2.4 already, and stays as it is"
      ])
  }

  @Test("Settings of the plugin that stand outside of plugin { }")
  func outside() {
    let result = Converter.convert([
      (
        "x",
        "xexec = a:/x %u # b\nxexec_timeout = 5s\nprotocol imap {\n  xexec2 = b:/y\n}\n"
      )
    ])
    #expect(
      result.text
        == "xexec a {\n  program = /x %{user} # b\n}\nxexec_timeout = 5s\n"
        + "protocol imap {\n  xexec b {\n    program = /y\n  }\n}\n")
    #expect(result.findings.findings.isEmpty)
  }
}

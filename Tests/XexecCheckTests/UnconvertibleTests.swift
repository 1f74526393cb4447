import Testing

@testable import xexec_check

/// What `xexec-check --convert` cannot convert: it stays at its place, and is told.
@Suite struct UnconvertibleTests {
  @Test(
    "In plugin { }",
    arguments: [
      ("xexec = nocolon", "it names no module: an entry is module:program [argument ...]"),
      ("xexec = a b:/x", "it names no module: an entry is module:program [argument ...]"),
      ("xexec = <file", "the value is in a file: write it here"),
      ("xexec = a:/x $other y", "takes up the setting other: write its value here"),
      ("xexec = a:/x %Nu", "Dovecot 2.4 has nothing like %Nu"),
      ("xexec2_timeout = 5s", "there is no xexec2"),
      ("xexec2 =", "there is no module that it could take away"),
      ("xexec_timeout = soon", "Invalid time interval: soon"),
      ("xexec_max_literal = 1 Z", "Invalid size: 1 Z"),
      ("xexec_stdin = both", "it is none of prompts, literal"),
      ("xexec_timeout =", "Invalid time interval: "),
      ("xexec1 = a:/x", "the plugin has no such setting"),
      ("quota = maildir:x", "it is of another plugin, whose settings are not known here"),
      ("sieve_before = dict:x", "scripts of \"dict\" are not known here"),
      ("sieve_before = ~/x;a=b", "the option \"a=b\" is not known here"),
      ("what is this", "it is no setting"), ("!include x", "write what is in the file here"),
    ])
  func inPlugin(line: String, reason: String) {
    let result = Converter.convert([("x", "# a\nplugin {\n\n  # b\n  \(line) # c\n}\n# d\n")])
    #expect(result.text == "# a\n\n# b\n# not converted: \(reason)\n#  \(line) # c\n# d\n")
    #expect(result.findings.findings.count == 1)
    #expect(
      result.findings.findings.first?.line.hasSuffix("(x:5): is not converted: \(reason)") == true)
  }

  @Test(
    "Elsewhere",
    arguments: [
      "mail_location = maildir:~", "mail_plugins = $mail_plugins $other",
      "login_log_format = %$: %s", "auth_username_format = %Hu", "garbage",
      "namespace inbox {\n  inbox = yes # x\n  mailbox Junk {\n  }\n}",
      "passdb {\n  driver = sql\n  args = /etc/x\n}", "passdb {\n  driver = lua\n}",
      "passdb {\n  driver = passwd-file\n  args = unknown=x /etc/x\n}",
      "passdb {\n  driver = passwd-file\n  args = <file\n}",
      "userdb {\n  driver = static\n  args = uid=x\n  unknown = y\n}",
      "userdb {\n  driver = passwd\n  override_fields = xexec9_timeout=5s\n}",
      "userdb {\n  driver = passwd\n  override_fields = home=%Hu\n}",
    ])
  func elsewhere(text: String) throws {
    let result = Converter.convert([("x", "a = b\n\(text)\nc = d\n")])
    let lines = result.text.split(separator: "\n").map(String.init)
    try #require(lines.count > 3)
    #expect(lines.first == "a = b" && lines.last == "c = d")
    #expect(lines[1].hasPrefix("# not converted: "))
    #expect(lines[2..<(lines.count - 1)].map { $0.dropFirst() } == text.split(separator: "\n"))
    #expect(lines[2..<(lines.count - 1)].allSatisfy { $0.hasPrefix("#") })
    #expect(result.findings.findings.map(\.level) == [.error])
    #expect(result.findings.findings.first?.place == .file("x", line: 2))
  }

  @Test("An entry that another one replaces, in the same filter or in a narrower one")
  func replaced() {
    let result = Converter.convert([
      (
        "x",
        "plugin {\n  xexec = a:/a\n  xexec = b:/b\n}\nprotocol imap {\n  plugin {\n    xexec = c:/c\n  }\n}\n"
      )
    ])
    #expect(
      result.text == """
        # not converted: Dovecot takes xexec at x:3 instead of it
        #  xexec = a:/a
        xexec b {
          program = /b
        }
        protocol imap {
          # not converted: it takes the place of the module a at x:2: switch that off here by "program = no", and give c a block of its own
          #    xexec = c:/c
        }

        """)
  }

  @Test("An entry that 2.3 ignores, since an earlier one names its module; and its options")
  func ignored() {
    let result = Converter.convert([
      (
        "x",
        """
        plugin {
          xexec5 = A:/bin/w
          xexec5_timeout = 5s
          xexec = a:/bin/x
          xexec3 = b:/bin/old
          xexec3 = c:/bin/c
          xexec4 = b:/bin/b
        }
        remote 10.0.0.0/8 {
          plugin/xexec9 = c:/bin/d
        }

        """
      )
    ])
    #expect(
      result.text == """
        # not converted: Dovecot 2.3 ignores it, since an earlier entry names A: at x:4
        #  xexec5 = A:/bin/w
        # not converted: Dovecot 2.3 ignores xexec5
        #  xexec5_timeout = 5s
        xexec a {
          program = /bin/x
        }
        # not converted: Dovecot takes xexec3 at x:6 instead of it
        #  xexec3 = b:/bin/old
        xexec c {
          program = /bin/c
        }
        xexec b {
          program = /bin/b
        }
        remote 10.0.0.0/8 {
          # not converted: Dovecot 2.3 ignores it, since an earlier entry names c: at x:6
          #  plugin/xexec9 = c:/bin/d
        }

        """)
    #expect(result.findings.findings.count == 4)
  }

  @Test("A field of a userdb with a module that has an entry of another number")
  func field() {
    let result = Converter.convert([
      (
        "x",
        "plugin {\n  xexec2 = a:/x\n}\nuserdb {\n  driver = passwd\n"
          + "  override_fields = xexec9=A:/y\n}\n"
      )
    ])
    #expect(result.findings.findings.count == 1)
    #expect(!result.text.contains("xexec+"))
  }

  private static let is24 = runChild(["doveconf", "-n"])?.output.hasPrefix("# 2.4") == true

  @Test("Settings that are gone: Dovecot 2.4 does not know them", .enabled(if: is24))
  func gone() {
    #expect(runChild(["doveconf", "-s", "mail_plugin_dir"])?.output.contains("=") == true)
    #expect(Converter.gone.count > 50)
    #expect(runChild(["doveconf", "-s"] + Converter.gone.sorted())?.output == "")
  }

  @Test("A section that is not closed, and closing braces too many")
  func braces() {
    let result = Converter.convert([("x", "}\nplugin {\n  xexec = a:/a\n")])
    #expect(
      result.text
        == "# not converted: Dovecot does not read this\n#}\nxexec a {\n  program = /a\n}\n")
    #expect(
      result.findings.findings.map(\.line) == [
        "error: line (x:1): is not converted: Dovecot does not read this",
        "error: (x:2): is not closed: add a }",
      ])
  }
}

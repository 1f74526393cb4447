import Testing

@testable import xexec_check

/// `xexec-check --convert`: settings of Dovecot 2.3 in the form of 2.4.
@Suite struct ConversionTests {
  /// - Returns: The text, and the findings.
  private func convert(_ texts: String...) -> (text: String, findings: [String]) {
    let files = texts.enumerated().map { (name: "\($0 + 1).conf", text: $1) }
    let result = Converter.convert(files)
    return (result.text, result.findings.findings.map(\.line))
  }

  @Test("An entry and its options are a block, with all comments; defaults go to the top level")
  func entries() {
    let (text, findings) = convert(
      """
      # one

      plugin { # two
        # three
        xexec = average:/usr/bin/average   # four

        # five
        xexec_timeout = 30s
        xexec_stderr=LOG
        # six
        xexec12 = report:/bin/report 'a b' --for=%u
        # seven
        xexec12_timeout = 5m # eight

        # nine
        xexec12_stdin = Literal
        xexec12_max_literal = 50 M
        xexec12_progress = no
        # ten
      } # eleven

      """)
    #expect(
      text == """
        # one

        # two
        # three
        xexec average {
          program = /usr/bin/average # four
        }

        # five
        xexec_timeout = 30s
        xexec_stderr = log
        # six
        xexec report {
          program = /bin/report 'a b' --for=%{user}
          # seven
          timeout = 5m # eight

          # nine
          stdin = literal
          max_literal = 50 M
          progress = no
        }
        # ten
        # eleven

        """)
    #expect(findings == [])
  }

  @Test("Blocks come in the order of the numbers, and options to their entry, from other files too")
  func order() {
    let (text, findings) = convert(
      "plugin {\n  xexec9_timeout = 1s\n  # nine\n  xexec9 = b:/b\n  xexec2 = a:/a\n  xexec3_stdin = literal\n}\n",
      "plugin {\n  xexec3 = c:/c\n  xexec2_timeout = 2s\n}\n")
    #expect(
      text == """
        # --- 1.conf
        xexec a {
          program = /a
        }
        xexec c {
          stdin = literal
        }
        xexec b {
          timeout = 1s
          # nine
          program = /b
        }

        # --- 2.conf
        xexec a {
          timeout = 2s
        }
        xexec c {
          program = /c
        }

        """)
    #expect(findings == [])
    #expect(
      convert("plugin {\n  xexec2 = b:/b\n}\n", "plugin {\n  xexec = a:/a\n}\n").findings == [
        "warning: xexec: the order is another one in 2.4, where that of the blocks counts: "
          + "by the numbers it is xexec, xexec2"
      ])
  }

  @Test(
    "Quotes, comments behind values, and lines that go on",
    arguments: [
      (#""a:/b \"--c=d # 1\"""#, #"program = "/b \"--c=d # 1\"""#),
      (#"'a:/b c'"#, "program = /b c"),
      (#"a:"/b c" 'd'"#, #"program = "\"/b c\" 'd'""#), ("a:/b #c", "program = /b #c"),
      (#"a:/b '#' x # y"#, #"program = "/b '#' x" # y"#),
      (#""a:/b $SET:x""#, #"program = "/b $SET:x""#),
      ("a:/b x$y $ENV:Z", "program = /b x$y $ENV:Z"), (#""a:/b c\\""#, #"program = "/b c\\""#),
      ("a:/b \\\n   c \\\n  d", "program = /b c d"), ("a: /b", "program = /b"),
      (#""a:/b  c ""#, #"program = "/b  c ""#),
    ])
  func values(old: String, new: String) {
    let (text, findings) = convert("plugin {\n  xexec = \(old)\n}\n")
    #expect(text == "xexec a {\n  \(new)\n}\n")
    #expect(findings == [])
    // and it is read again as it was meant
    func value(_ text: String) -> String? {
      ConfigurationText.lines(Array(text.utf8)).lazy.compactMap {
        if case .setting(_, let value) = $0.line.kind { value } else { nil }
      }.first
    }
    #expect(value("x = \(old)").map { $0.dropFirst(2).drop { $0 == " " } } == value(text)?[...])
  }

  @Test("Comments between the lines of one setting stay")
  func innerComments() {
    let (text, _) = convert(
      "plugin {\n  xexec = a:/b \\\n    # inner\n    c\n}\nmail_plugins = $mail_plugins \\\n # other\n b\n"
    )
    #expect(
      text == "# inner\nxexec a {\n  program = /b c\n}\n# other\nmail_plugins {\n  b = yes\n}\n")
  }

  @Test("Names that Dovecot would not take without quotes")
  func names() {
    #expect(
      convert("plugin {\n  xexec = a#b/c=d:/b\n  xexec2 = \"a#b/c=d:/b\"\n}\n").text
        == "# not converted: it names no module: an entry is module:program [argument ...]\n"
        + "#  xexec = a#b/c=d:/b\nxexec \"a#b/c=d\" {\n  program = /b\n}\n")
  }

  @Test("What stands in a comment, ready to be switched on, is converted there")
  func switchedOff() {
    let (text, findings) = convert(
      """
      plugin {
        #xexec9 = a:/b %u
        #xexec9_stdin = literal

        xexec2 = c:/d
        #xexec2_timeout = 5m
        #xexec_timeout = 60s    # all
        #xexec8 = a:/b %Hu
        # xexec7 = prose:/x
        #sieve_max_redirects = 4
      }
      #auth_username_format = %Ln

      """)
    #expect(
      text == """
        xexec c {
          program = /d
          #timeout = 5m
        }

        #xexec a {
        #  program = /b %{user}
        #  stdin = literal
        #}
        #xexec_timeout = 60s # all
        #xexec8 = a:/b %Hu
        # xexec7 = prose:/x
        #sieve_max_redirects = 4
        #auth_username_format = %{user | username | lower}

        """)
    #expect(findings == [])
  }

  @Test("In protocol imap and other filters the blocks stand there; a module that is switched off")
  func filters() {
    let (text, findings) = convert(
      """
      plugin {
        xexec2 = a:/a
      }
      protocol imap {
        plugin {
          xexec2_timeout = 5s
        }
      }
      remote 10.0.0.0/8 {
        protocol imap {
          plugin/xexec2 = no
        }
      }

      """)
    #expect(
      text
        == """
        xexec a {
          program = /a
        }
        protocol imap {
          xexec a {
            timeout = 5s
          }
        }
        remote 10.0.0.0/8 {
          protocol imap {
            xexec a {
              program = no
            }
          }
        }

        """)
    #expect(findings == [])
  }
}

import Testing

@testable import xexec_check

/// What only the configuration files show.
@Suite struct WrittenSettingsTests {
  let folder: CheckedFolder

  init() throws { folder = try CheckedFolder() }

  /// What is said of the files alone.
  private func lines(main: String = "dovecot.conf") -> [String] {
    var findings = FindingList()
    WrittenSettingsCheck(files: ConfigurationFiles(main: "\(folder.path)/\(main)")).run(&findings)
    return findings.findings.map { $0.line.replacingOccurrences(of: folder.path, with: "@") }
  }

  @Test("A later file replaces an entry: both places, and the module that is lost")
  func replaced() throws {
    try folder.add("dovecot.conf", "!include conf.d/*.conf\n!include_try none.conf\n")
    try folder.add("conf.d/90.conf", "plugin {\n  xexec2 = ours:/bin/true\n}\n")
    try folder.add("conf.d/91.conf", "\nplugin {\n  # comment\n  xexec2 = list:/bin/true\n}\n")
    #expect(
      lines() == [
        "error: xexec2 (@/conf.d/91.conf:4): replaces xexec2 at @/conf.d/90.conf:2, "
          + "and there is no module ours: give one of them another number"
      ])
  }

  @Test("The same module or option twice, and what stands in another filter")
  func replacedAlike() throws {
    try folder.add(
      "dovecot.conf",
      """
      plugin {
        xexec = a:/bin/true
        xexec_timeout = 5s
        xexec2_timeout = 5s
      }
      plugin/xexec = A:/bin/false
      protocol imap {
        plugin {
          xexec = b:/bin/true
        }
      }
      plugin {
        xexec_timeout = 6s
        xexec2_timeout = 5s
      }

      """)
    #expect(
      lines() == [
        "warning: xexec (@/dovecot.conf:6): replaces xexec of the same module at "
          + "@/dovecot.conf:2: remove one of them",
        "warning: xexec_timeout (@/dovecot.conf:13): replaces xexec_timeout at "
          + "@/dovecot.conf:3: remove one of them",
      ])
  }

  @Test("A time for all modules in another file is meant so; one with a number may not be")
  func replacedElsewhere() throws {
    try folder.add(
      "dovecot.conf",
      "plugin {\n  xexec_timeout = 5s\n  xexec2_timeout = 5s\n}\n!include site.conf\n")
    try folder.add("site.conf", "plugin {\n  xexec_timeout = 6s\n  xexec2_timeout = 6s\n}\n")
    #expect(
      lines() == [
        "warning: xexec2_timeout (@/site.conf:3): replaces xexec2_timeout at @/dovecot.conf:3: "
          + "remove one of them"
      ])
  }

  @Test("A later file takes a module away, or gives one where none was")
  func switchedOff() throws {
    try folder.add(
      "dovecot.conf",
      "plugin {\n  xexec = a:/bin/true\n  xexec2 =\n  xexec = no\n  xexec2 = b:/bin/true\n}\n")
    #expect(lines() == [])
  }

  @Test("A # that may have been meant for the value")
  func comments() throws {
    try folder.add(
      "dovecot.conf",
      #"""
      plugin {
        xexec = a:/bin/true Report#1
        xexec2 = b:/bin/true Report #1
        xexec3 = c:/bin/true 'Report #1' # a comment
        xexec4 = "d:/bin/true Report #1"
        xexec5 = e:/bin/true  ## a comment
        sieve = ~/.x#y
      }
      """#)
    let advice =
      ": put all of the value into double quotes, or a blank on both sides of the # of a comment"
    #expect(
      lines() == [
        "warning: xexec (@/dovecot.conf:2): Dovecot ends the value at the #, and drops \"#1\""
          + advice,
        "warning: xexec2 (@/dovecot.conf:3): Dovecot ends the value at the #, and drops \"#1\""
          + advice,
      ])
  }

  @Test("Settings for some connections alone")
  func scopes() throws {
    try folder.add(
      "dovecot.conf",
      """
      protocol lmtp {
        plugin {
          xexec = a:/bin/true
        }
      }
      remote 10.0.0.0/8 {
        protocol imap {
          plugin {
            xexec = a:/bin/true
          }
        }
      }

      """)
    #expect(
      lines() == [
        "warning: xexec (@/dovecot.conf:3): is for protocol lmtp, where the plugin does nothing: "
          + "move it to protocol imap",
        "warning: xexec (@/dovecot.conf:9): is for some connections alone "
          + "(remote 10.0.0.0/8 protocol imap), and is not checked",
      ])
  }

  @Test("The place that is told is that of the setting that counts")
  func places() throws {
    try folder.add(
      "dovecot.conf", "!include a.conf\nprotocol imap {\n  plugin {\n    xexec = a\n  }\n}\n")
    try folder.add("a.conf", "plugin {\n  xexec = b \\\n    c\n  xexec2 = b\n}\n")
    let place = ConfigurationFiles(main: "\(folder.path)/dovecot.conf").place(of:)
    #expect(place("plugin/xexec") == .file("\(folder.path)/dovecot.conf", line: 4))
    #expect(place("plugin/xexec2") == .file("\(folder.path)/a.conf", line: 4))
    #expect(place("plugin/xexec3") == nil)
  }

  @Test("Files that include themselves or are none, binary octets, sections that are not closed")
  func hostile() throws {
    try folder.add("dovecot.conf", "!include dovecot.conf\n!include *.conf\n!include /\nplugin {\n")
    try folder.add("b.conf", Array(0...255) + Array("plugin {\n}\n}\n}\n = {\n{ = }\n".utf8))
    try folder.add("c.conf", "plugin {\nxexec = \"a\nxexec = 'b\nxexec = \\\n#\n\\\n}")
    #expect(lines().allSatisfy { $0.contains("c.conf") })
  }
}

import Foundation
import Testing

@testable import xexec_check

/// `xexec-check` with Dovecot 2.4: blocks `xexec NAME { }`.
@Suite struct BlockTests {
  let folder: CheckedFolder
  let program: String

  init() throws {
    folder = try CheckedFolder()
    program = try folder.addProgram()
    folder.dovecotABI = "2.4.ABIv1"
    folder.configuration.settingsFolder = "\(folder.path)/settings"
    try folder.add("modules/lib10_xexec_plugin.so", "\0\u{1}2.4.ABIv1\0")
    try folder.add("settings/libxexec_settings.so", "\0\u{1}2.4.ABIv1\0")
  }

  private func lines(
    _ blocks: KeyValuePairs<String, [String: String]>, common: [String: String] = [:],
    main: String? = nil, users: [UserRecord] = []
  ) -> [String] {
    let settings = BlockSettings(
      common: common, blocks: blocks.map { .init(name: $0.key, settings: $0.value) })
    return folder.lines(.blocks(settings), main: main, users: users)
  }

  @Test("Sound blocks: nothing; a module that is switched off is nothing either")
  func sound() {
    #expect(
      lines(
        [
          "a": ["program": "\(program) %{user | default(\"a b\")}", "timeout": "5m"],
          "b": ["program": "no"],
          "c": ["program": program, "timeout": "infinite", "max_literal": "unlimited"],
        ], common: ["timeout": "1 mins", "stdin": "literal"]) == [])
  }

  @Test("What a login logs: the same reasons, with the places of the programs")
  func wrong() throws {
    try folder.add(
      "dovecot.conf",
      """
      xexec a {
        timeout = 5s
        program = relative
      }
      protocol imap {
        xexec b {
          xexec_program = \(program) %u
        }
      }
      xexec c {
        stdin = literal
      }

      """)
    #expect(
      lines(
        [
          "a": ["program": "relative"], "b": ["program": "\(program) %u"],
          "c": ["stdin": "literal"], "d": ["program": "\(program) 100%%"],
          "A": ["program": program], "e f": ["program": program],
        ], main: "dovecot.conf") == [
          "error: xexec a (@/dovecot.conf:3): is ignored: the program is neither an absolute path "
            + "nor unix:SOCKET nor tcp:HOST:PORT",
          "error: xexec b (@/dovecot.conf:7): is ignored: %u is none of Dovecot's variables any "
            + "more: write %{user}",
          "error: xexec c (@/dovecot.conf:11): is ignored: no program",
          "error: xexec d: is ignored: a percent sign is a single % in this Dovecot, and not %%",
          "error: xexec e f: is ignored: the module name is not an IMAP atom",
        ])
  }

  @Test("A variable that Dovecot does not know, which only the run would show")
  func variables() {
    #expect(
      lines(["a": ["program": "\(program) %{usr} %{user | substr(1)}"]]) == [
        "error: xexec a: Dovecot has no variable or filter \"usr\", and the program cannot be "
          + "started: write user"
      ])
  }

  @Test("Values of a userdb, which Dovecot does not look at before")
  func userdb() {
    let user = UserRecord(
      name: "joe",
      listing: "field\tvalue\nuid\t0\nhome\t/\nxexec/a/timeout\tsoon\nxexec+\tb\n"
        + "xexec/b/program\trelative\nmail_plugins/xexec\tno\n")
    #expect(
      lines(["a": ["program": program]], users: [user]) == [
        "warning: mail_plugins (userdb of joe): does not load the plugin, and this user has no "
          + "XEXEC: add xexec",
        "error: xexec a: is ignored: Invalid time interval: soon",
        "error: xexec b (userdb of joe): is ignored: the program is neither an absolute path nor "
          + "unix:SOCKET nor tcp:HOST:PORT",
      ])
  }

  @Test("The plugin is not loaded, or there is no module, in the words of 2.4")
  func loading() throws {
    try folder.add("dovecot.conf", "mail_plugins {\n  xexec = yes\n}\nimap_capability = A\n")
    #expect(
      lines([:], main: "dovecot.conf") == [
        "warning: mail_plugins (@/dovecot.conf:2): the plugin is loaded, but there is no module: "
          + "add a block \"xexec NAME { program = ... }\""
      ])
    folder.configuration.imapCapability = "IMAP4rev1"
    #expect(
      lines(["a": ["program": program]], main: "dovecot.conf") == [
        "warning: imap_capability (@/dovecot.conf:4): is set in full, so that clients do not see "
          + "XEXEC: put XEXEC into it, or what you want to add to Dovecot's own into "
          + "\"imap_capability { }\""
      ])
    folder.configuration.imapPlugins = []
    #expect(
      lines(["a": ["program": program]]) == [
        "error: mail_plugins: the plugin is not loaded, and no user has XEXEC: "
          + "add \"mail_plugins { xexec = yes }\" to protocol imap"
      ])
  }

  @Test("$mail_plugins, as it was written for 2.3: a plugin that is not there")
  func oldPlugins() throws {
    try folder.add(
      "dovecot.conf",
      "protocol imap {\n  mail_plugins = $mail_plugins xexec\n}\n"
        + "protocol lmtp {\n  mail_plugins {\n    $mail_plugins = yes\n  }\n}\n")
    folder.configuration.imapPlugins = ["$mail_plugins", "xexec"]
    folder.configuration.protocols = ["imap", "lmtp"]
    folder.configuration.deliveries = ["lmtp": .init(plugins: ["$mail_plugins", "sieve"])]
    let advice =
      ": write \"mail_plugins { NAME = yes }\", with each plugin's name"
    #expect(
      lines(["a": ["program": program]], main: "dovecot.conf") == [
        "error: mail_plugins (@/dovecot.conf:2): Dovecot 2.4 takes $mail_plugins for a plugin, which "
          + "is not there, and nobody can log in to IMAP" + advice,
        "error: mail_plugins (@/dovecot.conf:6): Dovecot 2.4 takes $mail_plugins for a plugin, which "
          + "is not there, and lmtp delivers no mail" + advice,
      ])
  }

  @Test("The file that knows the settings: missing, none, or of another Dovecot")
  func settingsModule() throws {
    let blocks: KeyValuePairs = ["a": ["program": program]]
    let file = "settings/libxexec_settings.so"
    try folder.add(file, "2.4.ABIv5")
    #expect(
      lines(blocks) == [
        "error: mail_plugins: @/\(file) was built for Dovecot 2.4.ABIv5, and this is 2.4.ABIv1: "
          + "Dovecot does not start with a setting of the plugin. Build it anew, or take all of "
          + "these out"
      ])
    try folder.add(file, "none")
    #expect(
      lines(blocks) == [
        "error: mail_plugins: @/\(file) is no module of Dovecot, or cannot be read: "
          + "run \"make install\" again"
      ])
    try FileManager.default.removeItem(atPath: "\(folder.path)/\(file)")
    #expect(
      lines(blocks) == [
        "error: mail_plugins: there is no @/\(file), and Dovecot does not start with a setting of "
          + "the plugin: run \"make install\", and restart Dovecot"
      ])
  }

  @Test("Modules that come with the plugin, and what they need")
  func modules() throws {
    let modules = try folder.addModules()
    folder.configuration.protocols = ["imap", "lmtp"]
    folder.configuration.deliveries = ["lmtp": .init(plugins: [], sendmail: "/bin/sh")]
    let list = ["a": ["program": "\(modules) blacklist --"]] as KeyValuePairs
    #expect(
      lines(list) == [
        "error: xexec a: lmtp does not run the scripts: "
          + "add \"mail_plugins { sieve = yes }\" to protocol lmtp"
      ])
    folder.configuration.deliveries = ["lmtp": .init(plugins: ["sieve"], sendmail: "/bin/sh")]
    #expect(
      lines(list) == [
        "error: xexec a: lmtp does not run the scripts: add \"sieve_script xexec { type = before, "
          + "driver = file, path = ~/.xexec/sieve }\", a setting a line"
      ])
    folder.configuration.deliveries["lmtp"]?.scriptsBefore = ["%{home}/.xexec/sieve"]
    #expect(lines(list) == [])
    #expect(
      lines(["a": ["program": "\(modules) smtp --relay r --", "timeout": "0"]]) == [
        "warning: xexec a: smtp takes the message as a literal: add \"stdin = literal\" to the block"
      ])
  }
}

import Testing

@testable import xexec_check

/// What doveconf of Dovecot 2.4 prints.
@Suite struct Dovecot24Tests {
  /// As doveconf 2.4.1 printed it.
  private static let common = """
    mail_plugins = quota acl
    protocols {
      imap = yes
      lmtp = yes
      pop3 = no
    }
    """
  private static let imap = #"""
    xexec average {
      program = /usr/local/lib/xexec/average
      timeout = 5m
    }
    xexec "a b#" {
      program = "/bin/echo \"a # b\" \'c\' \\x"
    }
    xexec_max_literal = 40 M
    xexec_progress = code
    xexec_stderr = client
    xexec_stdin = literal
    xexec_timeout = 1 mins
    mail_plugins {
      acl = no
      xexec = yes
    }
    imap_capability {
      "XEXEC=A" = yes
    }
    mail_plugin_dir = /usr/lib/dovecot/modules
    mail_driver = maildir
    mail_path = ~
    mail_home = /home/x
    auth_username_format = %{user | lower}
    namespace inbox {
      inbox = yes
    }
    namespace old {
      mail_driver = mbox
      mail_path = ~/old
    }
    base_dir = /run/dovecot
    libexec_dir = /usr/lib/dovecot
    default_internal_group = dovecot
    default_internal_user = dovecot
    default_login_user = dovenull
    default_process_limit = 100
    default_vsz_limit = 256 M
    mail_uid =
    mail_gid =
    passwd_file_path = /etc/all
    service imap {
      executable = imap
      extra_groups = a b
      vsz_limit = 64 M
    }
    service auth {
      executable = auth
      extra_groups = $SET:default_internal_group
      process_limit = 1
      user = $SET:default_internal_user
      unix_listener auth-client {
        mode = 0660
        type = auth
        user = $SET:default_login_user
      }
      unix_listener login/login {
      }
    }
    passdb passwd-file {
      auth_username_format = %{user | username}
      passwd_file_path = /etc/%{user | domain}/users
    }
    passdb other {
      driver = passwd-file
    }
    passdb pam {
    }
    userdb static {
      fields {
        gid = mail
        home = /x
        uid = vmail
      }
    }
    """#

  private let configuration = DovecotConfiguration(
    dovecot24: SettingsBlock(imap), common: SettingsBlock(common),
    deliveries: [
      "lmtp": SettingsBlock(
        """
        mail_plugins {
          sieve = yes
        }
        sieve_script xexec {
          driver = file
          path = ~/.xexec/sieve
          type = before
        }
        sieve_script personal {
          path = ~/sieve
          type = personal
        }
        submission_host = localhost:25
        sendmail_path = /usr/sbin/sendmail
        auth_username_format = %{user | username | lower}
        """)
    ])

  @Test("The plugin's own settings")
  func modules() throws {
    guard case .blocks(let settings) = configuration.modules else {
      Issue.record("no blocks")
      return
    }
    #expect(settings.blocks.map(\.name) == ["average", "a b#"])
    #expect(
      settings.blocks.map(\.settings) == [
        ["program": "/usr/local/lib/xexec/average", "timeout": "5m"],
        ["program": #"/bin/echo "a # b" 'c' \x"#],
      ])
    #expect(
      settings.common == [
        "max_literal": "40 M", "progress": "code", "stderr": "client", "stdin": "literal",
        "timeout": "1 mins",
      ])
    // a block adds to Dovecot's own capabilities, and to the plugins of all protocols
    #expect(configuration.imapCapability == "")
    #expect(configuration.imapPlugins == ["quota", "xexec"])
  }

  @Test("Services, passdb and userdb, delivery")
  func others() throws {
    #expect(configuration.protocols == ["imap", "lmtp"])
    let imap = try #require(configuration.service("imap"))
    #expect(imap.processLimit == 100 && imap.addressSpace == 64 << 20)
    #expect(imap.extraGroups == ["a", "b"])
    let auth = try #require(configuration.service("auth"))
    #expect(auth.user == "dovecot" && auth.extraGroups == ["dovecot"] && auth.processLimit == 1)
    #expect(auth.addressSpace == 256 << 20)
    #expect(auth.listeners.map(\.path) == ["auth-client", "login/login"])
    #expect(auth.listeners.map(\.permissions) == [0o660, 0o600])
    #expect(auth.listeners[0].user == "dovenull")
    #expect(configuration.passwordFiles == ["/etc/%{user | domain}/users", "/etc/all"])
    #expect(configuration.mailUser == "vmail" && configuration.mailGroup == "mail")
    #expect(configuration.mailUsers == ["vmail"] && !configuration.hasSystemUsersOnly)
    #expect(configuration.mailHome == "/x")
    #expect(
      configuration.mailStores == [
        .init(driver: "maildir", path: "~"), .init(driver: "mbox", path: "~/old"),
      ])
    let lmtp = try #require(configuration.deliveries["lmtp"])
    #expect(lmtp.plugins == ["quota", "acl", "sieve"])
    #expect(lmtp.scriptsBefore == ["~/.xexec/sieve"] && lmtp.submissionHost == "localhost:25")
    #expect(lmtp.dropsDomain)
  }

  @Test("Lists that are set in full")
  func lists() {
    let block = SettingsBlock("mail_plugins = xexec\nimap_capability = A XEXEC\nmail_uid = x\n")
    let configuration = DovecotConfiguration(
      dovecot24: block, common: SettingsBlock(Self.common), deliveries: [:])
    #expect(configuration.imapPlugins == ["xexec"])
    #expect(configuration.imapCapability == "A XEXEC")
    #expect(configuration.mailUser == "x")
  }

  @Test(
    "What a userdb returns for a user",
    arguments: [
      ([("xexec/b/timeout", "3s")], ["a", "b"], ["timeout": "3s"]),
      ([("xexec", "b")], ["b"], [:]), ([("xexec", "")], [], [:]),
      ([("xexec", "b,a")], ["b", "a"], [:]),
      ([("xexec/c/program", "/c"), ("xexec+", "c")], ["a", "b", "c"], ["program": "/c"]),
      ([("xexec/none/program", "/c")], ["a", "b"], [:]), ([("xexec+", "a")], ["a", "b"], [:]),
    ] as [([(key: String, value: String)], [String], [String: String])])
  func userdb(fields: [(key: String, value: String)], names: [String], last: [String: String]) {
    let common = BlockSettings(blocks: [.init(name: "a"), .init(name: "b")])
    let own = common.with(fields)
    #expect(own.blocks.map(\.name) == names)
    #expect((own.blocks.last?.settings ?? [:]) == last)
    #expect(common.with([("xexec_timeout", "7s")]).common == ["timeout": "7s"])
  }

  @Test(
    "Variables: names and filters that Dovecot does not know",
    arguments: [
      ("%{user} %{user | username|lower}", []), ("%{userdb:x} %{process:pid} %{env:X}", []),
      ("%{user | default('}|x')} %{literal(\"%\")} %%{x} 100% %", []),
      ("%{nonsense}", ["nonsense"]), ("%{user | uper} %{a | b(1)}", ["uper", "a", "b"]),
      ("%{system:cpu_count * 2} %{other:x}", ["other:x"]), ("%{}", []),
    ])
  func variables(program: String, unknown: [String]) {
    #expect(PipeCheck.unknown(in: program).sorted() == unknown.sorted())
  }
}

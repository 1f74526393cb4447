import Testing

@testable import xexec_check

/// What `xexec-check --convert` makes of the settings that belong to the modules.
@Suite struct OtherConversionTests {
  private func expect(
    _ old: String, _ new: String, _ location: SourceLocation = #_sourceLocation
  ) {
    let result = Converter.convert([("x", old)])
    #expect(result.text == new, sourceLocation: location)
    #expect(result.findings.findings.map(\.line) == [], sourceLocation: location)
  }

  @Test("mail_plugins: what is added, and what stands alone")
  func plugins() {
    expect(
      "protocol imap {\n  mail_plugins = $mail_plugins xexec, zlib # x\n}\n",
      "protocol imap {\n  mail_plugins { # x\n    xexec = yes\n    mail_compress = yes\n  }\n}\n")
    expect("mail_plugins = quota imap_zlib xexec\n", "mail_plugins = quota xexec\n")
    expect("mail_plugins =\n", "mail_plugins =\n")
  }

  @Test("imap_capability")
  func capability() {
    expect("imap_capability = IMAP4rev1 XEXEC\n", "imap_capability = IMAP4rev1 XEXEC\n")
    expect(
      "imap_capability = +XEXEC XEXEC=A\n",
      "imap_capability {\n  XEXEC = yes\n  \"XEXEC=A\" = yes\n}\n")
  }

  @Test("Sieve: scripts, lists, and what only moves")
  func sieve() {
    expect(
      """
      plugin {
        sieve = file:~/sieve;active=~/.dovecot.sieve
        sieve_before = file:%h/.xexec/sieve/
        sieve_before2 = /etc/b # two
        sieve_after = file:/etc/a;bindir=~/.bin
        sieve_extensions = +special-use -vacation
        sieve_global_extensions = vnd.dovecot.execute
        sieve_max_redirects = 10
        sieve_quota_max_scripts = 5
      }

      """,
      """
      sieve_script personal {
        type = personal
        driver = file
        path = ~/sieve
        active_path = ~/.dovecot.sieve
      }
      sieve_script xexec {
        type = before
        driver = file
        path = %{home}/.xexec/sieve/
      }
      sieve_script before2 { # two
        type = before
        driver = file
        path = /etc/b
      }
      sieve_script after {
        type = after
        driver = file
        path = /etc/a
        bin_path = ~/.bin
      }
      sieve_extensions {
        special-use = yes
        vacation = no
      }
      sieve_global_extensions = vnd.dovecot.execute
      sieve_max_redirects = 10
      sieve_quota_script_count = 5

      """)
  }

  @Test("Two folders for sieve_before stay two, and the same one in two files is one")
  func scripts() {
    let text = Converter.convert([
      ("a", "plugin {\n  sieve_before = ~/xexec\n  sieve_before2 = ~/xexec2\n}\n"),
      ("b", "plugin {\n  sieve_before = ~/xexec\n}\n"),
    ]).text
    let names = text.split(separator: "\n").filter { $0.hasPrefix("sieve_script") }
    #expect(names == ["sieve_script xexec {", "sieve_script xexec2 {", "sieve_script xexec {"])
  }

  @Test("passdb and userdb: args, fields, and a second one of the same driver")
  func databases() {
    expect(
      """
      passdb { # a
        # b
        driver = passwd-file
        deny = yes
        args = scheme=CRYPT username_format=%Ln /etc/%d/users # c
      }
        passdb {
          driver = passwd-file
          args = /etc/users
          override_fields = a=%u nopassword
        }
      userdb {
        driver = static
        args = uid=vmail home=/srv/%d/%n allow_all_users=yes
        default_fields = mail=maildir:~
      }
      userdb {
        driver = prefetch
      }

      """,
      """
      passdb passwd-file { # a
        # b
        deny = yes
        # c
        default_password_scheme = CRYPT
        auth_username_format = %{user | username | lower}
        passwd_file_path = /etc/%{user | domain}/users
      }
        passdb passwd-file2 {
          driver = passwd-file
          passwd_file_path = /etc/users
          fields {
            a = %{user}
            nopassword = yes
          }
        }
      userdb static {
        allow_all_users = yes
        fields {
          mail:default = maildir:~
          uid = vmail
          home = /srv/%{user | domain}/%{user | username}
        }
      }
      userdb prefetch {
      }

      """)
  }

  @Test("Fields of the plugin, which name modules in 2.4")
  func fields() {
    expect(
      """
      plugin {
        xexec2 = b:/b
        xexec3 = c:/c
      }
      passdb {
        driver = passwd-file
        args = /etc/users
        override_fields = userdb_xexec_timeout=5m userdb_xexec2_stdin=literal userdb_xexec3=no
      }
      userdb {
        driver = passwd
        default_fields = xexec2=B:/x/%%u/%u xexec9=own:/o/%%{userdb:x}/100%%%%
      }

      """,
      """
      xexec b {
        program = /b
      }
      xexec c {
        program = /c
      }
      passdb passwd-file {
        passwd_file_path = /etc/users
        fields {
          userdb_xexec_timeout = 5m
          userdb_xexec/b/stdin = literal
          userdb_xexec/c/program = no
        }
      }
      userdb passwd {
        fields {
          xexec/b/program:default = /x/%%{user}/%{user}
          xexec+:default = own
          xexec/own/program:default = /o/%%{userdb:x}/100%
        }
      }

      """)
  }

  @Test("Services: names that changed, and variables that are the program's own")
  func services() {
    expect(
      """
      service imap {
        executable = script %u %{x} # a
        service_count = 0
        idle_kill = 60 secs
        user = $default_internal_user
        inet_listener imap {
          address = 127.0.0.1, ::1
          port = 143
        }
      }

      """,
      """
      service imap {
        executable = script %u %{x} # a
        restart_request_count = unlimited
        idle_kill_interval = 60 secs
        user = $SET:default_internal_user
        inet_listener imap {
          listen = 127.0.0.1, ::1
          port = 143
        }
      }

      """)
  }

  @Test("All else stays as it is, to the last blank")
  func kept() {
    let text = """
      \t# a
      protocols  =  imap lmtp   # b
      ssl = <x

      \tprotocol lmtp {
           postmaster_address = "a # b"
      \t}
      !include  x.conf

      """
    expect(text, text)
  }
}

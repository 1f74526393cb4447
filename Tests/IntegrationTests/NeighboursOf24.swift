import Foundation
import PrivateDovecot
import Testing

/// The plugins that Dovecot has from 2.4 on, with its settings: fewer than 2.3 had, and COMPRESS is
/// none of them any more.
extension Neighbour {
  static let of24: [Neighbour] = watching24 + storing24 + listing24

  /// Makes one that needs further text only.
  private init(
    _ plugins: String, isExtra: Bool = false, text: String,
    work: @escaping @Sendable (Session) throws -> Void
  ) {
    self.init(
      plugins, isExtra: isExtra, configure: { _, options in options.globalText += text + "\n" },
      work: work)
  }

  private static let watching24: [Neighbour] = [
    Neighbour(
      "notify mail_log",
      // 2.4.1 does not log the box by itself
      text: "mail_log_events = save\nmail_log_fields {\n  box = yes\n}"
    ) { session in
      try session.client.append()
      session.expectLog("save: box=INBOX, uid=1")
    },
    Neighbour(
      "notify notify_status",
      text: "mailbox_notify_status = yes\n" + dict("notify_status", file: "status")
    ) { session in
      try session.client.append()
      session.expect("INBOX", inFile: "status")
    },
    Neighbour(
      "notify push_notification",
      configure: { _, options in
        options.mailDebug = true
        options.globalText += "push_notification dlog {\n  driver = dlog\n}\n"
      },
      work: { session in
        try session.client.append()
        session.expectLog("Message data: Mailbox [INBOX], UID [1]")
      }),
    Neighbour(
      "mail_lua notify push_notification push_notification_lua",
      configure: { folder, options in
        let script = try folder.addFile(named: "notify.lua", octets: Array(luaScript.utf8))
        options.globalText += """
          mail_lua {
            lua_file = \(script)
          }
          push_notification lua {
            driver = lua
            lua_file = \(script)
          }

          """
      },
      work: { session in
        session.expectLog("Lua has met \(Server.user)")
        try session.client.append()
        session.expectLog("Lua has seen a message of \(Server.user)")
      }),
    Neighbour("last_login", text: dict("last_login", file: "last-login")) { session in
      session.expect(Server.user, inFile: "last-login")
    },
  ]

  private static let storing24: [Neighbour] = [
    Neighbour("mail_compress", text: "mail_compress_write_method = gz") { session in
      try session.client.append(body: "words")
      #expect(try session.mails().allSatisfy { $0.starts(with: [0x1f, 0x8b]) })
      try session.expectOK("SELECT INBOX")
      try session.expect("words", from: "FETCH 1 BODY.PEEK[TEXT]")
    },
    Neighbour("mail_crypt", configure: encrypt24, work: expectEncrypted),
    Neighbour(
      "acl mail_crypt mail_crypt_acl",
      configure: { folder, options in
        options.globalText += "acl_driver = vfile\n"
        try encrypt24(folder, &options)
      }, work: expectEncrypted),
    Neighbour("lazy_expunge", text: "lazy_expunge_mailbox = Kept") { session in
      try session.client.append()
      try session.expectOK("SELECT INBOX")
      try session.expectOK("STORE 1 +FLAGS.SILENT (\\Deleted)")
      try session.expect("* 1 EXPUNGE", from: "EXPUNGE")
      try session.expect(messages: 1, in: "Kept")
    },
    Neighbour(
      "quota imap_quota",
      configure: { folder, options in
        options.globalText += quota24(
          more: """
            warning half {
              quota_storage_percentage = 50
              execute quota-warning {
                args = %{user} \(folder.path)
              }
            }
            """)
        options.globalText += try folder.scriptService(
          named: "quota-warning", script: "echo \"$1\" >>\"$2/warned\"")
      },
      work: expectQuota),
    Neighbour(
      "quota trash",
      text: quota24() + """
        namespace inbox {
          mailbox Trash {
            trash_priority = 1
          }
        }
        """, work: expectTrashEmptied),
    Neighbour(
      "quota quota_clone",
      configure: { _, options in
        options.globalText += quota24() + dict("quota_clone", file: "quota-clone") + "\n"
      },
      work: { session in try session.client.append() },
      later: { session in session.expect("quota/messages", inFile: "quota-clone") }),
    Neighbour(
      "welcome",
      // Dovecot has a service of that name since 2.4.5
      configure: { folder, options in
        options.globalText += """
          welcome_wait = yes
          welcome {
            execute greeting {
              args = %{home}/welcomed
            }
          }

          """
        options.globalText += try folder.scriptService(
          named: "greeting", script: "echo yes >\"$1\"")
      },
      work: { session in
        try session.expectOK("SELECT INBOX")
        session.expect("yes", inFile: "welcomed")
      }),
  ]

  private static let listing24: [Neighbour] = [
    Neighbour("acl imap_acl", text: "acl_driver = vfile", work: expectACL),
    Neighbour(
      "virtual",
      configure: { folder, options in
        try addVirtualMailbox(folder)
        options.globalText += """
          namespace inbox {
            separator = /
          }
          namespace virtual {
            prefix = Virtual/
            separator = /
            mail_driver = virtual
            mail_path = \(folder.path)/virtual
            mail_index_path = ~/virtual
          }

          """
      },
      work: expectVirtualMailbox),
    Neighbour(
      "charset_alias", text: "charset_aliases {\n  made-up = iso-8859-1\n}", work: expectAlias),
    Neighbour("imap_sieve", configure: Server.addSieve, work: expectPiped),
    Neighbour("imap_filter_sieve", configure: Server.addSieve, work: expectFiltered),
  ]

  /// A block of a plugin that keeps something in a file of the user's home.
  private static func dict(_ name: String, file: String) -> String {
    """
    \(name) {
      dict file {
        path = %{home}/\(file)
      }
    }
    """
  }

  private static func quota24(more: String = "") -> String {
    """
    quota "User quota" {
      driver = count
      storage_size = 100k
      storage_grace = 0
      \(more)
    }

    """
  }

  private static func encrypt24(
    _ folder: PrivateFolder, _ options: inout PrivateDovecot.Options
  ) throws {
    options.globalText += "crypt_user_key_curve = prime256v1\n"
    options.metadataFile = "attributes"
  }
}

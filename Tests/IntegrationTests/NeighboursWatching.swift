import Foundation
import Glibc
import PrivateDovecot
import Testing

extension Neighbour {
  /// Those that note what happens, and tell others.
  static let watching: [Neighbour] = [
    Neighbour("notify mail_log", settings: ["mail_log_events": "save"]) { session in
      try session.client.append()
      session.expectLog("save: box=INBOX, uid=1")
    },
    Neighbour("notify notify_status", settings: ["notify_status_dict": "file:%h/status"]) {
      session in
      try session.client.append()
      session.expect("INBOX", inFile: "status")
    },
    Neighbour(
      "notify push_notification",
      configure: { _, options in
        options.mailDebug = true
        options.pluginSettings["push_notification_driver"] = "dlog"
      },
      work: { session in
        try session.client.append()
        session.expectLog("Message data: Mailbox [INBOX], UID [1]")
      }),
    Neighbour(
      "mail_lua notify push_notification push_notification_lua",
      configure: { folder, options in
        let script = try folder.addFile(named: "notify.lua", octets: Array(luaScript.utf8))
        options.pluginSettings["push_notification_driver"] = "lua:file=\(script)"
        options.pluginSettings["mail_lua_script"] = script
      },
      work: { session in
        session.expectLog("Lua has met \(Server.user)")
        try session.client.append()
        session.expectLog("Lua has seen a message of \(Server.user)")
      }),
    Neighbour("last_login", settings: ["last_login_dict": "file:%h/last-login"]) { session in
      session.expect(Server.user, inFile: "last-login")
    },
    Neighbour(
      "notify replication",
      configure: { folder, options in
        try folder.addFile(named: "run/.keep", octets: [])
        mkfifo("\(folder.path)/run/replication-notify-fifo", 0)
        chmod("\(folder.path)/run/replication-notify-fifo", 0o666)
        options.pluginSettings["mail_replica"] = "tcp:nowhere.invalid"
        options.globalText += """
          service aggregator {
            fifo_listener replication-notify-fifo {
              mode = 0
            }
            unix_listener replication-notify {
              mode = 0
            }
          }

          """
      },
      work: { session in
        let path = "\(session.server.dovecot.folder.path)/run/replication-notify-fifo"
        let fifo = open(path, O_RDWR | O_NONBLOCK)
        defer { close(fifo) }
        try session.client.append()
        var told = [UInt8](repeating: 0, count: 1000)
        expectSoon("a word to the replicator", within: 5) {
          let count = read(fifo, &told, told.count)
          return String(decoding: told.prefix(max(count, 0)), as: UTF8.self).contains(Server.user)
        }
      }),
    Neighbour(
      "old_stats imap_old_stats",
      configure: { _, options in
        options.pluginSettings["old_stats_refresh"] = "1s"
        options.pluginSettings["old_stats_track_cmds"] = "yes"
        options.globalText += """
          service old-stats {
            chroot =
            fifo_listener old-stats-mail {
              mode = 0666
            }
            fifo_listener old-stats-user {
              mode = 0666
            }
          }

          """
      },
      work: { session in
        try session.client.run(script: "exit 0").expectExit(0)
        try expectSoon("the command in the statistics", within: 5) {
          let result = try session.server.dovecot.doveadm("oldstats", "dump", "command")
          return result.output.contains("XEXEC")
        }
      }),
  ]

  static let luaScript = """
    function mail_user_created(user)
      dovecot.i_info("Lua has met " .. user.username)
      return 0
    end
    function dovecot_lua_notify_begin_txn(user)
      return {username = user.username}
    end
    function dovecot_lua_notify_event_message_append(context, event)
      dovecot.i_info("Lua has seen a message of " .. context.username)
    end
    function dovecot_lua_notify_end_txn(context, success)
    end

    """
}

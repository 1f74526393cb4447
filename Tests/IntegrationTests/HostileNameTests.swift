import Foundation
import PrivateDovecot
import Testing

/// A user name is not trusted: whatever is in it, the number of arguments never changes.
@Suite struct HostileNameTests {
  static let names = [
    "joe doe@example.com", "joe  'single' \"double\"", "100%", "%u%h%{home}", "%%u", "$(id)",
    "`id`;id|id&", "-rf", "--", "a\\ b\\", "jös@exämple.com", "*?[a]", "#x", "{3}", "~root",
  ]

  /// Any name may log in: passwd-files and dicts have rules of their own about names.
  private func server(name: String, program: String) throws -> Server {
    try Server { folder, options in
      options.users = [
        .init(name: name, password: Server.password, userdbFields: ["note": name])
      ]
      options.globalText = """
        auth_username_chars =
        passdb {
          driver = static
          args = password=\(Server.password)
        }
        userdb {
          driver = static
          args = uid=\(folder.mailUserID) gid=\(folder.mailGroupID) home=\(folder.path)/home/%u note=%u
        }
        """
      options.pluginSettings = ["xexec": program]
    }
  }

  @Test("Through %u, %n, %h and a userdb field, alone and inside words", arguments: names)
  func bounds(name: String) throws {
    let server = try server(
      name: name,
      program: #"args:/usr/bin/printf <%%s>\\n %u u=%u '%u %u' %n %h %{userdb:note}"#)
    let client = try server.connect(as: name)
    let reply = try client.command("XEXEC args last")
    let part = String(name.prefix { $0 != "@" })
    // a bracket is guarded
    let texts = reply.texts.map { $0.replacingOccurrences(of: "[XEXEC] ", with: "") }
    #expect(
      texts == [
        "* OK <\(name)>", "* OK <u=\(name)>", "* OK <\(name) \(name)>", "* OK <\(part)>",
        "* OK <\(server.dovecot.home(of: name))>", "* OK <\(name)>", "* OK <last>",
      ])
    #expect(reply.isOK)
  }

  @Test("In the environment they are one variable", arguments: names)
  func environment(name: String) throws {
    let reply = try server(name: name, program: "env:/usr/bin/env").connect(as: name)
      .command("XEXEC env")
    // a name like "{3}" is kept from being taken for a literal
    #expect(
      reply.texts.contains {
        ["* OK USER=\(name)", "* OK [XEXEC] USER=\(name)", "* OK USER=\(name) ."]
          .contains($0)
      })
    #expect(reply.texts.contains("* OK XEXEC_MODULE=env"))
  }
}

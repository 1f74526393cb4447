import Foundation
import PrivateDovecot
import Testing

/// A user name is not trusted: whatever is in it, the number of arguments never changes.
@Suite struct HostileNameTests {
  static let names = [
    "joe doe@example.com", "joe  'single' \"double\"", "100%", "%u%h%{home}", "%%u", "$(id)",
    "`id`;id|id&", "-rf", "--", "a\\ b\\", "jös@exämple.com", "*?[a]", "#x", "{3}", "~root",
  ]

  /// Any name may log in: what looks names up in files has rules of its own about them.
  private func server(
    name: String, module: String, program: (PrivateFolder) throws -> String
  ) throws -> Server {
    try Server { folder, options in
      // in the file for 2.3 a name may be one that looks like a comment, or like a variable
      options.users = [
        .init(name: name, password: Server.password, userdbFields: ["note": name])
      ]
      options.furtherPasswords = [.anyName(password: Server.password)]
      options.globalText = "auth_username_chars =\n"
      options.modules = [module: .init(try program(folder))]
    }
  }

  @Test("Through variables and a userdb field, alone and inside words", arguments: names)
  func bounds(name: String) throws {
    let part = PrivateDovecot.LoginName.localPart.variable
    let server = try server(name: name, module: "args") { folder in
      try folder.argumentPrinter()
        + " %{user} u=%{user} '%{user} %{user}' \(part) %{home} %{userdb:note}"
    }
    let client = try server.connect(as: name)
    let reply = try client.command("XEXEC args last")
    let localPart = String(name.prefix { $0 != "@" })
    // a bracket is guarded
    let texts = reply.texts.map { $0.replacingOccurrences(of: "[XEXEC] ", with: "") }
    #expect(
      texts == [
        "* OK <\(name)>", "* OK <u=\(name)>", "* OK <\(name) \(name)>", "* OK <\(localPart)>",
        "* OK <\(server.dovecot.home(of: name))>", "* OK <\(name)>", "* OK <last>",
      ])
    #expect(reply.isOK)
  }

  @Test("In the environment they are one variable", arguments: names)
  func environment(name: String) throws {
    let server = try server(name: name, module: "env") { _ in "/usr/bin/env" }
    let reply = try server.connect(as: name).command("XEXEC env")
    // a name like "{3}" is kept from being taken for a literal
    #expect(
      reply.texts.contains {
        ["* OK USER=\(name)", "* OK [XEXEC] USER=\(name)", "* OK USER=\(name) ."]
          .contains($0)
      })
    #expect(reply.texts.contains("* OK XEXEC_MODULE=env"))
  }
}

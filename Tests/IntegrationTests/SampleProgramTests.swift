import Foundation
import PrivateDovecot
import Testing

/// The sample programs, through IMAP.
@Suite struct SampleProgramTests {
  let server: Server

  init() throws {
    server = try Server { folder, options in
      let snippets = PrivateDovecot.packageRoot + "/dovecot-conf-snippets"
      var key = "xexec"
      for (number, program) in ["blacklist.sh", "whitelist.sh", "average"].enumerated() {
        let path = try folder.addProgram(copying: "\(snippets)/\(program)")
        let module = program.prefix { $0 != "." }
        options.pluginSettings[key] = "\(module):\(path)" + (number < 2 ? " %u" : "")
        key = "xexec\(number + 2)"
      }
    }
  }

  @Test("A list per user: add, del, list", arguments: ["blacklist", "whitelist"])
  func list(name: String) throws {
    let client = try server.connect()
    let added = try client.command("XEXEC \(name) add joe@example.com")
    #expect(added.isOK)
    #expect(
      added.texts == ["* OK Adding joe@example.com to server side \(name) for \(Server.user)"])
    let listed = try client.command("XEXEC \(name) list")
    #expect(listed.texts.first == "* OK Entry: joe@example.com")
    #expect(listed.texts.count == 2)
    #expect(try client.command("XEXEC \(name) del joe@example.com").isOK)
    #expect(try client.command("XEXEC \(name) list").texts.count == 1)
  }

  @Test("Two clients at once lose nothing")
  func together() throws {
    let clients = try (0..<4).map { _ in try server.connect() }
    var tags: [[String]] = []
    for (number, client) in clients.enumerated() {
      let mine = (0..<5).map { "t\($0)" }
      for tag in mine { try client.sendLine("\(tag) XEXEC blacklist add \(number)-\(tag)@x.org") }
      tags.append(mine)
    }
    for (client, mine) in zip(clients, tags) {
      for tag in mine { #expect(try client.readResponses(untilTagged: tag).isOK) }
    }
    #expect(try clients[0].command("XEXEC blacklist list").texts.count == 21)
  }

  @Test(
    "Hostile arguments are refused or kept as they are",
    arguments: ["$(id)", "`id`", "*", "-rf", "--", "'", "a;b", ".*", "[ALERT]", "%u", "\\n"])
  func hostile(argument: String) throws {
    let client = try server.connect()
    try client.command("XEXEC blacklist add other@example.com")
    _ = try client.command("XEXEC blacklist add {\(argument.utf8.count)+}\r\n\(argument)")
    #expect(
      try client.command("XEXEC blacklist list").texts.contains("* OK Entry: \(argument)"))
    _ = try client.command("XEXEC blacklist del {\(argument.utf8.count)+}\r\n\(argument)")
    #expect(
      try client.command("XEXEC blacklist list").texts.dropLast()
        == ["* OK Entry: other@example.com"])
  }

  @Test("An address with a line end in it is refused")
  func lineEnd() throws {
    let client = try server.connect()
    let reply = try client.command("XEXEC blacklist add {9+}\r\na@x\r\nb@y1")
    #expect(reply.status == "NO")
    #expect(try client.command("XEXEC blacklist list").texts.count == 1)
  }

  @Test("The seed's two-way example")
  func average() throws {
    let client = try server.connect()
    try client.sendLine("x XEXEC average")
    for answer in ["2", "10", "20"] {
      #expect(try client.readUntilContinuation().last?.text == "+ OK")
      try client.sendLine(answer)
    }
    let reply = try client.readResponses(untilTagged: "x")
    #expect(reply.texts == ["* OK Average: 15"])
    #expect(reply.isOK)
  }
}

import Glibc
import PrivateDovecot
import Testing

/// XEXEC beside other plugins: each does its work as if it were alone.
@Suite struct NeighbourTests {
  /// Modules are loaded in the order of their files' names, whatever order `mail_plugins` has. It
  /// is another in a process that serves a user with fewer plugins already.
  enum Order: String, CaseIterable {
    case together, xexecLast, xexecFirst
  }

  @Test(
    "Both work, before and after each other", arguments: Neighbour.all, Order.allCases)
  func beside(neighbour: Neighbour, order: Order) throws {
    let earlier = "earlier@example.com"
    let server = try Server { folder, options in
      options.mailPlugins = neighbour.plugins.filter { !$0.hasPrefix("imap_") }
      options.imapMailPlugins = neighbour.plugins.filter { $0.hasPrefix("imap_") } + ["xexec"]
      let first = order == .xexecFirst ? "xexec" : neighbour.plugins.joined(separator: " ")
      options.users.append(
        .init(name: earlier, password: Server.password, userdbFields: ["mail_plugins": first]))
      options.imapService = .init(clientLimit: 2, serviceCount: 0, processLimit: 1)
      try neighbour.configure(folder, &options)
    }
    let other = order == .together ? nil : try server.connect(as: earlier)
    let client = try server.connect()
    try client.expectXEXECWorks()
    try neighbour.work(.init(server: server, client: client))
    _ = try client.command("NOOP")
    try client.expectXEXECWorks()
    #expect(server.programs.isEmpty)
    try other?.expectInStep()
    #expect(try client.command("LOGOUT").isOK)
    try neighbour.later(.init(server: server, client: client))
    // the plugins' ends are part of it
    let imaps = server.dovecot.imapProcessIDs()
    for imap in imaps { kill(imap, SIGTERM) }
    expectSoon("imap has left") { server.dovecot.imapProcessIDs().isEmpty }
    try server.dovecot.waitForLog(containing: "Killed with signal")
    server.expectNoComplaints()
  }
}

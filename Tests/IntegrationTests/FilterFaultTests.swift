import Foundation
import Glibc
import PrivateDovecot
import Testing

/// Lists and forwarding where the server does not let them be written: the log has the path and the
/// cause, the user a sentence and the status.
@Suite struct FilterFaultTests {
  private static let contact =
    "* NO [CONTACTADMIN] The server side blacklist for \(Server.user) cannot be"

  /// Runs commands of the module, and checks what comes of them.
  private func expect(
    _ filter: FilterServer, _ commands: [String], status: Int, _ start: String, cause: String,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let client = try filter.server.connect()
    for words in commands {
      let reply = try client.command("XEXEC blacklist \(words)")
      reply.expectExit(status, location)
      #expect(reply.texts.count == 1, sourceLocation: location)
      #expect(
        reply.texts[0].hasPrefix(start) && !reply.texts[0].contains("/"), "\(reply.texts)",
        sourceLocation: location)
    }
    let log = filter.server.pluginLog(count: 2 * commands.count)
    let causes = log.filter { !$0.contains("exit status") }
    #expect(causes.count == commands.count, "\(log)", sourceLocation: location)
    #expect(
      causes.allSatisfy { $0.contains(#/^xexec: module blacklist, pid [0-9]+: /#) },
      sourceLocation: location)
    #expect(causes.allSatisfy { $0.hasSuffix(": \(cause)") }, "\(log)", sourceLocation: location)
    // the words of a user are in no log
    #expect(!filter.server.dovecot.logText().contains("secret@"), sourceLocation: location)
  }

  @Test("No folder")
  func noFolder() throws {
    let filter = try FilterServer()
    try filter.addToHome(".xexec", "no folder")
    try expect(
      filter, ["add secret@x.org", "list"], status: 78, Self.contact,
      cause: "open \(filter.folder)/.lock: Not a directory")
  }

  @Test("A folder of root's, and a home of root's", .enabled(if: geteuid() == 0))
  func ofRoot() throws {
    let filter = try FilterServer()
    mkdir(filter.folder, 0o755)
    try expect(
      filter, ["add secret@x.org", "list"], status: 78, Self.contact,
      cause: "open \(filter.folder)/.lock: Permission denied")

    let other = try FilterServer()
    chown(other.server.home, 0, 0)
    chmod(other.server.home, 0o755)
    try expect(
      other, ["add secret@x.org"], status: 78, Self.contact,
      cause: "mkdir \(other.folder): Permission denied")
  }

  @Test(
    "A full disk", .enabled(if: PrivateDovecot.canHaveMounts, "it takes root, and leave to mount"))
  func fullDisk() throws {
    let filter = try FilterServer(adapt: { folder, options in
      let path = try folder.addSharedFolder(named: "full")
      // one inode is for the folder itself
      options.mounts = "mount -t tmpfs -o nr_inodes=1,mode=0777 none \(path)"
      options.users[0].modules["blacklist"] = .init(
        "\(folder.path)/bin/xexec-modules blacklist --directory \(path) --", number: 2)
    })
    try expect(
      filter, ["add secret@x.org"], status: 75,
      "* NO The server side blacklist for \(Server.user) cannot be locked, try again later",
      cause: "open \(filter.server.dovecot.folder.path)/full/.lock: No space left on device")
  }

  @Test("A home that is the Maildir: what to do about it is not for the user")
  func maildir() throws {
    let filter = try FilterServer()
    for name in ["cur", "new", "tmp"] { try filter.addToHome("\(name)/x", "") }
    try expect(
      filter, ["add secret@x.org", "list"], status: 78,
      "* NO [CONTACTADMIN] This module is not set up right: tell your administrator",
      cause: "the home \(filter.server.home) is a Maildir, where a client could delete .xexec as a "
        + "mail folder: give another --directory, and sieve_before")
  }
}

import Foundation
import PrivateDovecot
import Testing

/// All snippets as they are, with the mounts that Debian's systemd unit gives Dovecot: nobody can
/// write to `/usr`, `/boot` and `/etc` (`ProtectSystem=full`), and `/tmp` is another one
/// (`PrivateTmp`).
@Suite(.enabled(if: PrivateDovecot.canHaveMounts, "it takes root, and leave to change mounts"))
struct ReadOnlySystemTests {
  private static let new = "correct horse battery"

  @Test("Every module of the snippets works where /etc and /usr are read-only")
  func snippets() throws {
    let sink = try SMTPSink()
    let server = try Self.server(relay: sink)
    // Foundation reads no more than 4096 octets of such a file, and there may be many mounts
    let mounts = try run(
      ["/bin/cat", "/proc/\(server.dovecot.masterProcessID)/mounts"], environment: [:],
      timeout: .seconds(30)
    ).output
    for folder in ["/usr", "/boot", "/etc"] {
      #expect(mounts.contains(try Regex(" \(folder) [a-z0-9]+ ro,")), "\(mounts)")
    }

    let client = try server.connect()
    try client.sendLine("a XEXEC average\r\n2\r\n10\r\n20")
    #expect(try client.readResponses(untilTagged: "a").texts.last == "* OK Average: 15")

    #expect(try client.command("XEXEC blacklist add joe@example.com").isOK)
    #expect(try client.command("XEXEC whitelist add ann@example.com").isOK)
    try Self.deliver(from: "joe@example.com", to: server)
    let junk = try client.command("STATUS Junk (MESSAGES)").texts
    #expect(junk == ["* STATUS Junk (MESSAGES 1)"])

    #expect(try client.command("XEXEC forwardmail far@example.org").isOK)
    try Self.deliver(from: "ann@example.com", to: server)
    #expect(try sink.waitForMails(count: 1)[0].recipients == ["far@example.org"])

    let sent = try client.submit(TestMessage.small, from: Server.user, to: [MailServer.other])
    #expect(sent.isOK, "\(sent.lines)")
    #expect(try sink.waitForMails(count: 2)[1].recipients == [MailServer.other])

    try client.sendLine("b XEXEC changepassword")
    for answer in [Server.password, Self.new, Self.new] { try client.sendLine(answer) }
    let changed = try client.readResponses(untilTagged: "b")
    #expect(changed.isOK, "\(changed.lines)")
    let other = try IMAPConnection(port: server.dovecot.port)
    try other.login(Server.user, Self.new)
    server.expectNoComplaints()
  }

  /// A server with all snippets.
  ///
  /// - Parameter relay: What stands for the relay on port 25.
  private static func server(relay: SMTPSink) throws -> Server {
    let server = try Server { folder, options in
      try folder.addProgram(copying: PrivateDovecot.modulesProgram)
      try folder.addProgram(copying: PrivateDovecot.averageProgram)
      options.modules = [:]
      options.imapMailPlugins = []
      options.servesLMTP = true
      options.globalText = try snippets().replacing("@programsdir@", with: "\(folder.path)/bin")
        .replacing("127.0.0.1:25", with: "127.0.0.1:\(relay.port)")
      options.globalText += """

        submission_host = 127.0.0.1:\(relay.port)
        """
      options.passwdFile = "old-users"
      options.furtherPasswords = [.file(path: "/var/lib/xexec-passwords/users", name: .whole)]
      options.mounts = try mounts(folder)
    }
    // the users are in the file that the snippet makes of it, and in no other
    try PasswdFile(path: "\(server.dovecot.folder.path)/old-users").empty()
    return server
  }

  private static func snippets() throws -> String {
    try FileManager.default.contentsOfDirectory(atPath: PrivateDovecot.snippetsFolder).sorted()
      .map { try PrivateDovecot.snippet($0) }.joined()
  }

  /// The accounts that the snippets name, the mounts of the unit, and then what a snippet's comment
  /// tells the administrator to do, with its own words.
  private static func mounts(_ folder: PrivateFolder) throws -> String {
    for (file, accounts) in [
      (
        "passwd",
        "vmail:x:\(folder.mailUserID):\(folder.mailGroupID)::/:/bin/false\npasswords:x:54322:54322::/:/bin/false\n"
      ),
      ("group", "vmail:x:\(folder.mailGroupID):\npasswords:x:54322:\n"),
    ] {
      let own = try String(contentsOfFile: "/etc/\(file)", encoding: .utf8)
      try folder.addFile(named: "etc/\(file)", octets: Array((own + accounts).utf8))
    }
    try folder.addFile(named: "run/.keep", octets: [])
    let preparation = try snippets().split(separator: "\n")
      .filter { $0.hasPrefix("#   install ") }.map { $0.dropFirst(4) }.joined(separator: "\n")
    return """
      dir=\(folder.path)
      mount --bind $dir /mnt
      mount -t tmpfs none /tmp
      mkdir $dir
      mount --move /mnt $dir
      mount -t tmpfs none /run
      mkdir /run/dovecot
      mount --bind $dir/run /run/dovecot
      mount -t tmpfs none /var/lib
      for path in /usr /boot /etc; do
        mount --rbind $path $path
        mount -o remount,bind,ro $path
      done
      for file in passwd group; do
        mount --bind $dir/etc/$file /etc/$file
      done
      \(preparation.replacing("OLD-FILE", with: "$dir/old-users"))
      """
  }

  private static func deliver(from sender: String, to server: Server) throws {
    try server.dovecot.deliver(
      message: "From: \(sender)\nMessage-ID: <\(UUID().uuidString)@example.org>\n\ntext\n",
      to: Server.user, from: sender)
  }
}

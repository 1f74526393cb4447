import Foundation
import Glibc
import PrivateDovecot
import Testing

/// A private Dovecot with `blacklist`, `whitelist` and `forwardmail` as the snippets configure them,
/// LMTP with Pigeonhole, and an SMTP server for what is forwarded.
struct FilterServer {
  let server: Server
  let sink: SMTPSink

  /// Starts it.
  ///
  /// - Parameters:
  ///   - blacklistOptions: Other options of `blacklist` than the snippet's.
  ///   - whitelistOptions: Other options of `whitelist`.
  ///   - forwardOptions: Other options of `forwardmail`.
  ///   - recipientReply: The SMTP server's answer to every recipient.
  ///   - configure: Changes anything else before `adapt`, which has the folder as well.
  init(
    blacklistOptions: String? = nil, whitelistOptions: String? = nil,
    forwardOptions: String? = nil, recipientReply: String = "250 2.1.5 OK",
    _ configure: (inout PrivateDovecot.Options) -> Void = { _ in },
    adapt: (PrivateFolder, inout PrivateDovecot.Options) throws -> Void = { _, _ in }
  ) throws {
    let sink = try SMTPSink(recipientReply: recipientReply)
    server = try Server { folder, options in
      let program = try folder.addProgram(copying: PrivateDovecot.modulesProgram)
      options.modules = [:]
      options.servesLMTP = true
      options.globalText =
        try ["91-xexec-lists.conf", "92-xexec-forwardmail.conf"].map { name in
          try PrivateDovecot.snippet(name).replacingOccurrences(
            of: "@programsdir@", with: (program as NSString).deletingLastPathComponent)
        }.joined() + "submission_host = 127.0.0.1:\(sink.port)\n"
      for (number, module, words) in [
        (2, "blacklist", blacklistOptions), (3, "whitelist", whitelistOptions),
        (4, "forwardmail", forwardOptions),
      ] {
        guard let words else { continue }
        options.users[0].modules[module] = .init(
          "\(program) \(module) \(words) --", number: number)
      }
      configure(&options)
      try adapt(folder, &options)
    }
    self.sink = sink
  }

  /// The user's folder of lists and scripts.
  var folder: String { "\(server.home)/.xexec" }

  /// The user's Sieve scripts that the modules have written.
  var scripts: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/sieve")) ?? [])
      .filter { $0.hasSuffix(".sieve") }.sorted().map { "\(folder)/sieve/\($0)" }
  }

  /// Writes a file into the user's home, as the mail user's.
  func addToHome(_ name: String, _ text: String) throws {
    let folder = server.dovecot.folder
    var path = server.home
    for part in name.split(separator: "/").dropLast() {
      path += "/\(part)"
      mkdir(path, 0o700)
      chown(path, folder.mailUserID, folder.mailGroupID)
    }
    path = "\(server.home)/\(name)"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    chown(path, folder.mailUserID, folder.mailGroupID)
  }

  /// Delivers a message to the user by LMTP.
  ///
  /// - Parameters:
  ///   - header: What stands in its header field From.
  ///   - sender: The envelope's sender.
  ///   - field: A further header field.
  /// - Returns: Where it is now: the names of mailboxes.
  func deliver(
    from header: String, sender: String = "bounce@relay.example.net",
    field: String = "X-Test: none"
  ) throws -> [String] {
    let id = UUID().uuidString
    try server.dovecot.deliver(
      message: """
        From: \(header)
        To: \(Server.user)
        \(field)
        Subject: \(id)
        Message-ID: <\(id)@relay.example.net>

        .text
        """, to: Server.user, from: sender)
    let found = try server.dovecot.doveadm(
      "fetch", "-u", Server.user, "mailbox", "subject", id)
    #expect(found.status == 0, "\(found)")
    return found.output.split(separator: "\n").compactMap { line in
      line.hasPrefix("mailbox: ") ? String(line.dropFirst(9)) : nil
    }.sorted()
  }

  /// Checks that Pigeonhole's own compiler takes every script.
  func expectScriptsCompile(_ location: SourceLocation = #_sourceLocation) throws {
    #expect(!scripts.isEmpty, sourceLocation: location)
    for script in scripts {
      let result = try run(
        [
          "/usr/bin/sievec", "-c", "\(server.dovecot.folder.path)/dovecot.conf", script,
          "\(server.dovecot.folder.path)/test.svbin",
        ], environment: ["PATH": "/usr/bin:/bin", "HOME": "/"], timeout: .seconds(60))
      #expect(result.status == 0, "\(script): \(result)", sourceLocation: location)
    }
  }

  /// The folders that the user has subscribed.
  func subscriptions() throws -> [String] {
    try server.dovecot.doveadm("mailbox", "list", "-s", "-u", Server.user).output
      .split(separator: "\n").map(String.init)
  }

  /// Checks that Dovecot has logged no error.
  func expectNoErrors(_ location: SourceLocation = #_sourceLocation) {
    server.expectNoComplaints(location)
  }
}

extension IMAPConnection {
  /// Sends a module's name and arguments, the last one as a literal: whatever it holds.
  func xexec(_ words: String, literal: String) throws -> IMAPReply {
    try command("XEXEC \(words) {\(literal.utf8.count)+}\r\n\(literal)")
  }

  /// The entries of a list.
  func entries(of list: String) throws -> [String] {
    let texts = try command("XEXEC \(list) list").texts
    #expect(texts.last?.hasSuffix(": \(texts.count - 1)") == true, "\(texts.last ?? "")")
    return texts.dropLast().map { String($0.dropFirst("* OK Entry: ".count)) }
  }
}

import Foundation
import PrivateDovecot
import Testing

/// A plugin that an imap process may have beside XEXEC: its settings, and its work.
struct Neighbour: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// What `mail_plugins` names.
  let plugins: [String]
  /// Whether it comes with a package of its own, which may not be there.
  let isExtra: Bool
  let configure: @Sendable (PrivateFolder, inout PrivateDovecot.Options) throws -> Void
  /// Has the plugin do its work once, and checks that.
  let work: @Sendable (Session) throws -> Void
  /// Checks what shows only when the client has logged out.
  let later: @Sendable (Session) throws -> Void

  /// Makes one. `plugins` are separated by blanks.
  init(
    _ plugins: String, isExtra: Bool = false,
    configure: @escaping @Sendable (PrivateFolder, inout PrivateDovecot.Options) throws -> Void,
    work: @escaping @Sendable (Session) throws -> Void,
    later: @escaping @Sendable (Session) throws -> Void = { _ in }
  ) {
    testDescription = plugins
    self.plugins = plugins.split(separator: " ").map(String.init)
    self.isExtra = isExtra
    self.configure = configure
    self.work = work
    self.later = later
  }

  /// Makes one that needs settings in `plugin { ... }` only.
  init(
    _ plugins: String, isExtra: Bool = false, settings: PrivateDovecot.Settings,
    work: @escaping @Sendable (Session) throws -> Void
  ) {
    self.init(
      plugins, isExtra: isExtra,
      configure: { _, options in
        for (key, value) in settings.pairs { options.pluginSettings.append(key, value) }
      }, work: work)
  }

  /// All that are there. Not among them: `apparmor`, which needs a profile in the kernel, and
  /// `pop3_migration`, which works in doveadm only.
  static let all = (DovecotVersion.is24 ? of24 : watching + storing + listing + running)
    .filter { !$0.isExtra || $0.plugins.allSatisfy(PrivateDovecot.hasModule) }

  /// A client, and its server.
  struct Session {
    let server: Server
    let client: IMAPConnection

    var home: String { server.home }

    /// All that the user's mails are on the disk.
    func mails(in mailbox: String = "") throws -> [Data] {
      let folder = "\(home)/Maildir/\(mailbox)"
      return try ["cur", "new"].flatMap { part in
        try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(part)").map {
          try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(part)/\($0)"))
        }
      }
    }

    /// Checks that a file of the home comes to hold a text.
    func expect(
      _ text: String, inFile name: String, _ location: SourceLocation = #_sourceLocation
    ) {
      expectSoon("\(text) in \(name)", within: 5, location) {
        (try? String(contentsOfFile: "\(home)/\(name)", encoding: .utf8))?.contains(text) == true
      }
    }

    /// Checks that the log comes to hold a text.
    func expectLog(_ text: String, _ location: SourceLocation = #_sourceLocation) {
      expectSoon("in the log: \(text)", within: 5, location) {
        server.dovecot.logText().contains(text)
      }
    }

    /// Checks a command: `OK`, and a response that holds a text.
    func expect(
      _ text: String, from command: String, _ location: SourceLocation = #_sourceLocation
    ) throws {
      let reply = try client.command(command)
      #expect(reply.isOK, "\(reply.lines)", sourceLocation: location)
      #expect(
        reply.texts.contains { $0.contains(text) }, "\(reply.lines)", sourceLocation: location)
    }

    /// Checks that a command's answer is `OK`.
    func expectOK(_ command: String, _ location: SourceLocation = #_sourceLocation) throws {
      let reply = try client.command(command)
      #expect(reply.isOK, "\(reply.lines)", sourceLocation: location)
    }

    /// Checks how many messages a mailbox has.
    func expect(
      messages count: Int, in mailbox: String, _ location: SourceLocation = #_sourceLocation
    ) throws {
      try expect("(MESSAGES \(count))", from: "STATUS \(mailbox) (MESSAGES)", location)
    }
  }
}

extension PrivateFolder {
  /// The configuration of a `script` service that runs a shell script.
  func scriptService(named name: String, script: String) throws -> String {
    let program = try addProgram(named: name, text: "#!/bin/sh\n\(script)\n")
    return """
      service \(name) {
        executable = script \(program)
        unix_listener \(name) {
          mode = 0666
        }
      }

      """
  }
}

import ArgumentParser
import CXexecVersion
import Glibc

/// The programs behind the modules that an administrator can switch on, a subcommand each.
@main
struct XexecModules: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "xexec-modules",
    abstract: "Programs for Dovecot's XEXEC plugin: what a mail user may change or send.",
    discussion: """
      Each subcommand is the program of one module. In Dovecot's configuration write it with its \
      options and a "--" at the end:

        # Dovecot 2.4
        xexec blacklist {
          program = /usr/local/lib/xexec/xexec-modules blacklist --
        }

        # Dovecot 2.3
        plugin {
          xexec = blacklist:/usr/local/lib/xexec/xexec-modules blacklist --
        }

      What the client sends comes after the "--" and is never taken for an option. The plugin \
      names the user in the environment variable USER, and the user's home in HOME.
      """,
    version: "xexec-modules \(XEXEC_VERSION)",
    subcommands: [
      BlacklistCommand.self, WhitelistCommand.self, ForwardmailCommand.self, ChangePassword.self,
      SMTP.self,
    ]
  )

  /// Takes the administrator's words, and hands the client's to the module.
  ///
  /// Exit status, as in sysexits.h: 0, or what the ``Refusal`` has.
  static func main() {
    Output.occupyStandardStreams()
    var isOfPlugin = true
    do {
      let invocation = try Invocation(CommandLine.unsafeArgv, count: Int(CommandLine.argc))
      isOfPlugin = invocation.isOfPlugin
      if isOfPlugin && invocation.fromClient == nil { throw Refusal.noSeparator }
      if let words = invocation.fromClient,
        let module = QuickStart.module(invocation.configured)
      {
        LastWords.prepare()
        try module.run(words: words)
        return
      }
      var command = try parse(invocation.configured)
      guard let module = command as? any ModuleCommand else {
        if isOfPlugin { throw Refusal.notSetUp("no module is named in front of the \"--\"") }
        try command.run()  // help
        return
      }
      guard let words = invocation.fromClient else { throw Refusal.noSeparator }
      LastWords.prepare()
      try module.run(words: words)
    } catch let refusal as Refusal {
      Glibc.exit(refusal.report())
    } catch {
      // a wrong option is the administrator's, and its explanation no matter of the user's
      if isOfPlugin { Glibc.exit(Refusal.notSetUp(message(for: error)).report()) }
      exit(withError: error)
    }
  }

  /// Parses the words as those of the one subcommand that they name, which saves a look at all the
  /// others. Mistakes and help are left to the root: they are shown with the whole command.
  private static func parse(_ words: [String]) throws -> any ParsableCommand {
    let command = configuration.subcommands.first { $0.configuration.commandName == words.first }
    let options = Array(words.dropFirst())
    return try (try? command?.parse(options)) ?? parseAsRoot(words)
  }
}

/// A subcommand that is the program of a module. Its options are the administrator's.
protocol ModuleCommand: ParsableCommand, Module {}

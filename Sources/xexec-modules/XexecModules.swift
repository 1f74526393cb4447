import ArgumentParser
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

        xexec = blacklist:/usr/local/lib/xexec/xexec-modules blacklist --

      What the client sends comes behind the "--" and is never taken for an option. The plugin \
      names the user in the environment variable USER, and the user's home in HOME.
      """,
    subcommands: [Blacklist.self, Whitelist.self, Forwardmail.self, ChangePassword.self, SMTP.self]
  )

  /// Parses the administrator's words, and hands the client's to the subcommand.
  ///
  /// Exit status, as in sysexits.h: 0, or what the ``Refusal`` has.
  static func main() {
    do {
      let invocation = try Invocation(CommandLine.unsafeArgv, count: Int(CommandLine.argc))
      var command = try parseAsRoot(invocation.configured)
      guard var module = command as? any ModuleCommand else {
        try command.run()  // help
        return
      }
      guard let words = invocation.fromClient else { throw Refusal.noSeparator }
      LastWords.prepare()
      try module.run(words: words)
    } catch let refusal as Refusal {
      refusal.report()
      Glibc.exit(refusal.status.rawValue)
    } catch {
      exit(withError: error)
    }
  }
}

/// A subcommand that is the program of a module. Its options are the administrator's.
protocol ModuleCommand: ParsableCommand {
  /// Does what the client asks for.
  ///
  /// - Parameter words: The client's arguments, which are hostile until checked.
  /// - Throws: ``Refusal`` for everything that the client or the administrator has to be told.
  mutating func run(words: [String]) throws
}

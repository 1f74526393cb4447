import ArgumentParser

/// The option that all modules with a filter have, and must have alike.
struct FilterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder for the user's settings and Sieve scripts.",
      discussion: """
        Below the user's home, or an absolute path where users have none: a folder of its own for \
        each user then (/var/lib/xexec/%u), whose parent is there and may be written by the mail \
        user. The same for blacklist, whitelist and forwardmail, and in sieve_before. A home that is \
        not there is made. One that is itself a Maildir needs a folder without a dot in front \
        (xexec), or with LAYOUT=fs an absolute path: any other is a mail folder, to a client. No \
        symbolic link is followed.
        """,
      valueName: "path"))
  var directory = ".xexec"

  func validate() throws {
    guard !directory.isEmpty else { throw ValidationError("--directory is empty") }
  }
}

import ArgumentParser

/// The option that all modules with a filter have, and must have alike.
struct FilterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder for the user's settings and Sieve scripts.",
      discussion: """
        A path below the user's home. Where users have no home it is an absolute path, with a \
        folder of its own for each user (/var/lib/xexec/%u); the parent folder must be there, and \
        the mail user must be able to write it. Use the same folder for blacklist, whitelist and \
        forwardmail, and in sieve_before. A home that is not there is made. If the home is itself \
        a Maildir, take a name without a dot in front (xexec), or with LAYOUT=fs an absolute path: \
        clients would see any other as a mail folder. Symbolic links are not followed.
        """,
      valueName: "path"))
  var directory = FilterFolder.defaultPath
}

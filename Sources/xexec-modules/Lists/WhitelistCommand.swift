import ArgumentParser

/// The command `whitelist`: what the administrator can say about the module ``Whitelist``.
struct WhitelistCommand: ModuleCommand {
  static let configuration = CommandConfiguration(
    commandName: "whitelist",
    abstract: "Keeps a list for each user: the blacklist does not stop mail from these senders.",
    discussion: """
      What a user can send: add ADDRESS, del ADDRESS, list. An ADDRESS is joe@example.com, or \
      @example.com (*@example.com is the same) for all of that domain, or @*.example.com for all \
      domains below it. It is compared with the header From and with the envelope's sender, as a \
      whole; upper and lower case are the same. A domain with letters beyond ASCII matches in both \
      of its forms. If a From has more than ten addresses, none of them is looked at. Anybody can \
      write such a header: a whitelist helps against one's own filters, and proves nothing about a \
      sender.

      The list is the file .xexec/whitelist in the user's home, with one entry a line. It becomes \
      a part of the Sieve script of the blacklist, .xexec/sieve/20-blacklist.sieve. Dovecot's \
      delivery runs it before the user's own script, if Pigeonhole is told to:

        sieve_before = file:~/.xexec/sieve

      Such mail skips the blacklist, and nothing more. It is forwarded if the user has set that \
      with forwardmail, and the user's own script files it and answers it. --inbox does more.
      """)

  @Option(
    help: ArgumentHelp(
      "How many entries the list may have.",
      discussion: """
        The Sieve script that is made of blacklist and whitelist must not be longer than 1 MiB, \
        which is what Pigeonhole accepts (sieve_max_script_size). That is enough for 10000 \
        addresses of 48 characters.
        """,
      valueName: "number"))
  var maxEntries = ListModule.maxEntries

  @Flag(
    help: ArgumentHelp(
      "File such mail into the INBOX, whatever the user's own script says.",
      discussion: """
        That script is not run then, nor is sieve_after: no filing, and no vacation message. \
        Forwarding comes first: if no copy is kept, there is none in the INBOX.
        """))
  var inbox = false

  @OptionGroup var filter: FilterOptions

  /// The module with these options.
  var module: Whitelist {
    Whitelist(maxEntries: maxEntries, inbox: inbox, directory: filter.directory)
  }

  func validate() throws {
    if let fault = module.fault { throw ValidationError(fault) }
  }

  func run(words: [String]) throws { try module.run(words: words) }
}

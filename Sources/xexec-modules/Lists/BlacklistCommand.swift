import ArgumentParser

/// The command `blacklist`: what the administrator can say about the module ``Blacklist``.
struct BlacklistCommand: ModuleCommand {
  static let configuration = CommandConfiguration(
    commandName: "blacklist",
    abstract: "Keeps a list for each user: mail from these senders is filed away or discarded.",
    discussion: """
      What a user can send: add ADDRESS, del ADDRESS, list. An ADDRESS is joe@example.com, or \
      @example.com (*@example.com is the same) for all of that domain, or @*.example.com for all \
      domains below it. It is compared with the header From and with the envelope's sender, as a \
      whole; upper and lower case are the same. A domain with letters beyond ASCII matches in both \
      of its forms. If a From has more than ten addresses, none of them is looked at.

      The list is the file .xexec/blacklist in the user's home, with one entry a line. The Sieve \
      script .xexec/sieve/20-blacklist.sieve is made from it. Dovecot's delivery runs it before \
      the user's own script, if Pigeonhole is told to:

        sieve_before = file:~/.xexec/sieve

      Senders on the user's whitelist are not affected. Blacklisted mail is not forwarded. When \
      you change the options, the change takes effect for a user with their next command.

      A folder that is made for such mail is subscribed if lda_mailbox_autosubscribe is set.
      """)

  @Option(
    help: ArgumentHelp(
      "What happens to mail from such a sender.",
      discussion: "discard drops it without a trace: a mistake cannot be found out later."))
  var action = Blacklist().action

  @Option(
    help: ArgumentHelp(
      "The folder for --action fileinto. It is made if it is not there.",
      discussion: """
        If the user has a folder that is marked \\Junk (special_use), that one is taken instead, \
        provided that Pigeonhole's sieve_extensions has +special-use. If the namespace has a \
        prefix, write it too: INBOX.Junk.
        """,
      valueName: "name"))
  var folder = Blacklist().folder

  @Flag(help: "Take --folder even if another folder is marked \\Junk.")
  var folderOnly = false

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

  @OptionGroup var filter: FilterOptions

  /// The module with these options.
  var module: Blacklist {
    Blacklist(
      action: action, folder: folder, folderOnly: folderOnly, maxEntries: maxEntries,
      directory: filter.directory)
  }

  func validate() throws {
    if let fault = module.fault { throw ValidationError(fault) }
  }

  func run(words: [String]) throws { try module.run(words: words) }
}

extension Blacklist.Action: ExpressibleByArgument {}

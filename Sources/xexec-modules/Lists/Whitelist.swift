import ArgumentParser

struct Whitelist: ModuleCommand {
  static let configuration = CommandConfiguration(
    abstract: "A list of senders for each user whose mail always comes into the INBOX.",
    discussion: """
      What a user can send: add ADDRESS, del ADDRESS, list. An ADDRESS is joe@example.com, or \
      @example.com for all of that domain, without the domains below it. It matches the header \
      From or the envelope's sender, as a whole and whatever the case of its letters. Of a From \
      with more than ten addresses none is looked at. Anybody can \
      write such a header: a whitelist is a help against one's own filters and no proof.

      The list is the file .xexec/whitelist in the user's home, an entry a line. From it comes the \
      Sieve script .xexec/sieve/10-whitelist.sieve, which Dovecot's delivery runs if Pigeonhole is \
      told to, before the user's own script:

        sieve_before = file:~/.xexec/sieve

      Such mail is filed into the INBOX, and no further script is run: neither the blacklist, nor \
      the user's own filters and vacation message, nor sieve_after. What the user has set with \
      forwardmail is still done: with a copy kept it is in the INBOX, without one it is not.
      """)

  @Option(
    help: ArgumentHelp(
      "Entries that the list may have.",
      discussion: """
        Its Sieve script must not be longer than 1 MiB either, which is what Pigeonhole accepts \
        (sieve_max_script_size): that is 10000 addresses of 48 characters.
        """,
      valueName: "number"))
  var maxEntries = 10000

  @OptionGroup var filter: FilterOptions

  func validate() throws {
    guard maxEntries > 0 else { throw ValidationError("--max-entries must be at least 1") }
  }

  func run(words: [String]) throws {
    let module = ListModule(
      setting: .whitelist, directory: filter.directory, maxEntries: maxEntries)
    try module.run(words: words) { (list, folder) throws(Refusal) in
      .whitelist(list.senders, forwarding: try folder.readForwarding())
    }
  }
}

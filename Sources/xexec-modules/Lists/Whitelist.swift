import ArgumentParser

struct Whitelist: ModuleCommand {
  static let configuration = CommandConfiguration(
    abstract: "A list of senders for each user whom the blacklist does not stop.",
    discussion: """
      What a user can send: add ADDRESS, del ADDRESS, list. An ADDRESS is joe@example.com, or \
      @example.com (*@example.com is the same) for all of that domain, or @*.example.com for all \
      domains below it. It matches the header From or the envelope's sender, as a whole and \
      whatever the case of its letters; a domain with other letters than ASCII in both of its \
      forms. Of a From with more than ten addresses none is looked at. Anybody can write such a \
      header: a whitelist is a help against one's own filters and no proof.

      The list is the file .xexec/whitelist in the user's home, an entry a line. It becomes a part \
      of the Sieve script of the blacklist, .xexec/sieve/20-blacklist.sieve, which Dovecot's \
      delivery runs if Pigeonhole is told to, before the user's own script:

        sieve_before = file:~/.xexec/sieve

      Such mail skips the blacklist, and nothing more: it is forwarded if the user has set that \
      with forwardmail, and the user's own script files it and answers it. See --inbox for another \
      way.
      """)

  @Option(
    help: ArgumentHelp(
      "Entries that the list may have.",
      discussion: """
        The Sieve script of blacklist and whitelist together must not be longer than 1 MiB either, \
        which is what Pigeonhole accepts (sieve_max_script_size): that is 10000 addresses of 48 \
        characters.
        """,
      valueName: "number"))
  var maxEntries = 10000

  @Flag(
    help: ArgumentHelp(
      "Files such mail into the INBOX, whatever the user's own script says.",
      discussion: """
        That script is not run then, nor sieve_after: no filing and no vacation message. \
        Forwarding comes first: without a copy kept there is none in the INBOX.
        """))
  var inbox = false

  @OptionGroup var filter: FilterOptions

  func validate() throws {
    guard maxEntries > 0 else { throw ValidationError("--max-entries must be at least 1") }
  }

  func run(words: [String]) throws {
    let module = ListModule(
      setting: .whitelist, directory: filter.directory, maxEntries: maxEntries)
    let inbox = inbox
    try module.run(words: words) { (list, folder) throws(Refusal) in
      let blacklist = try folder.readList(.blacklist)
      let standard = BlacklistAction.fileInto(BlacklistAction.defaultFolder, isFixed: false)
      let action = try folder.readBlacklistAction() ?? standard.commands
      return [
        .blacklist(blacklist.senders, except: list.senders, action: action),
        .inbox(inbox ? list.senders : []),
      ]
    }
  }
}

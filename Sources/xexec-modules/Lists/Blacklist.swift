import ArgumentParser

struct Blacklist: ModuleCommand {
  static let configuration = CommandConfiguration(
    abstract: "A list of senders for each user whose mail is filed away or discarded.",
    discussion: """
      What a user can send: add ADDRESS, del ADDRESS, list. An ADDRESS is joe@example.com, or \
      @example.com (*@example.com is the same) for all of that domain, or @*.example.com for all \
      domains below it. It matches the header From or the envelope's sender, as a whole and \
      whatever the case of its letters; a domain with other letters than ASCII in both of its \
      forms. Of a From with more than ten addresses none is looked at.

      The list is the file .xexec/blacklist in the user's home, an entry a line. From it comes the \
      Sieve script .xexec/sieve/20-blacklist.sieve, which Dovecot's delivery runs if Pigeonhole is \
      told to, before the user's own script:

        sieve_before = file:~/.xexec/sieve

      Senders on the user's whitelist are not affected. Blacklisted mail is not forwarded. A \
      change of the options takes effect for a user with the next command that they send.

      The folder that is made for such mail is subscribed if lda_mailbox_autosubscribe says so.
      """)

  /// The value of `--action`.
  enum Action: String, ExpressibleByArgument, CaseIterable {
    case fileinto, discard
  }

  @Option(
    help: ArgumentHelp(
      "What becomes of mail from such a sender.",
      discussion: "discard drops it without a trace; nobody can be asked about a mistake then."))
  var action = Action.fileinto

  @Option(
    help: ArgumentHelp(
      "The folder for --action fileinto. It is made if it is not there.",
      discussion: """
        If the user has a folder that is marked \\Junk (special_use), that is taken instead, if \
        Pigeonhole's sieve_extensions has +special-use. A prefix of the namespace belongs to the \
        name: INBOX.Junk.
        """,
      valueName: "name"))
  var folder = BlacklistAction.defaultFolder

  @Flag(help: "Takes --folder even if another folder is marked \\Junk.")
  var folderOnly = false

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

  @OptionGroup var filter: FilterOptions

  func validate() throws {
    guard maxEntries > 0 else { throw ValidationError("--max-entries must be at least 1") }
    let isBroken = folder.unicodeScalars.contains { $0.properties.generalCategory == .control }
    guard !folder.isEmpty, !isBroken else {
      throw ValidationError("--folder is empty or holds a control character")
    }
  }

  func run(words: [String]) throws {
    let action: BlacklistAction =
      action == .discard ? .discard : .fileInto(folder, isFixed: folderOnly)
    let module = ListModule(
      setting: .blacklist, directory: filter.directory, maxEntries: maxEntries)
    try module.run(words: words) { (list, folder) throws(Refusal) in
      let others = try folder.readList(.whitelist).senders
      return [.blacklist(list.senders, except: others, action: action.commands)]
    }
  }
}

import ArgumentParser

/// The command `forwardmail`: what the administrator can say about the module ``Forwardmail``.
struct ForwardmailCommand: ModuleCommand {
  static let configuration = CommandConfiguration(
    commandName: "forwardmail",
    abstract: "Forwards a user's mail to another address.",
    discussion: """
      What a user can send: ADDRESS, to forward all mail and keep none here; ADDRESS keep, to have \
      it delivered here as well; off; status.

      The setting is the file .xexec/forwardmail in the user's home. The Sieve script \
      .xexec/sieve/30-forwardmail.sieve is made from it. Dovecot's delivery runs it before the \
      user's own script, if Pigeonhole is told to:

        sieve_before = file:~/.xexec/sieve

      Mail from blacklisted senders is not forwarded, nor is mail that a spam filter has marked \
      (--spam-header): it stays here. The user's own script is run for mail that stays here, and \
      for no other.

      Dovecot sends the mail by submission_host or sendmail_path. The sender stays the same unless \
      sieve_redirect_envelope_from changes it (because of SPF you may need SRS). If the mail is \
      refused for good, it is kept here; if it cannot be sent for now, the delivery is tried \
      again. Pigeonhole does not forward the same message twice within 12 hours, nor one that it \
      has forwarded from the same user before. sieve_max_redirects = 0 forbids forwarding.
      """)

  @Option(
    help: ArgumentHelp(
      "A header field of spam, which is not forwarded. Several can be given.",
      discussion: """
        NAME, or NAME:VALUE for a field that starts with this text: X-Spam-Flag:YES. This holds \
        for whitelisted senders too, since a sender can be forged.
        """,
      valueName: "field"))
  var spamHeader: [SpamMark] = []

  @OptionGroup var filter: FilterOptions

  /// The module with these options.
  var module: Forwardmail { Forwardmail(spamMarks: spamHeader, directory: filter.directory) }

  func validate() throws {
    if let fault = module.fault { throw ValidationError(fault) }
  }

  func run(words: [String]) throws { try module.run(words: words) }
}

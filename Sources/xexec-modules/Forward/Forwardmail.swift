import ArgumentParser

struct Forwardmail: ModuleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Forwards a user's mail to another address.",
    discussion: """
      What a user can send: ADDRESS, which forwards all mail and keeps none here; ADDRESS keep, \
      which delivers it here as well; off; status.

      The setting is the file .xexec/forwardmail in the user's home. From it comes the Sieve \
      script .xexec/sieve/30-forwardmail.sieve, which Dovecot's delivery runs if Pigeonhole is \
      told to, before the user's own script:

        sieve_before = file:~/.xexec/sieve

      Mail from blacklisted senders is not forwarded, nor is mail that a spam filter has marked \
      (--spam-header): it stays here. The user's own script is run for what stays here, and only \
      then.

      Dovecot sends the mail by submission_host or sendmail_path, with the sender it came from \
      unless sieve_redirect_envelope_from says otherwise: SPF may call for SRS there. If that is \
      refused for good the mail is kept here; if it fails for now the delivery is tried again. \
      Pigeonhole does not forward the same message twice within 12 hours, nor one that it has \
      forwarded from the same user before, and sieve_max_redirects = 0 forbids it altogether.
      """)

  @Option(
    help: ArgumentHelp(
      "A header field of spam, which is not forwarded. Several can be given.",
      discussion: """
        NAME, or NAME:VALUE for a field that starts with this text: X-Spam-Flag:YES. Mail whoever \
        it comes from is meant, since a sender can be forged.
        """,
      valueName: "field"))
  var spamHeader: [SpamMark] = []

  @OptionGroup var filter: FilterOptions

  func run(words: [String]) throws {
    let user = try MailUser.current(for: "forwarding")
    let request = try ForwardRequest(words, from: user)
    let folder = try FilterFolder(
      filter.directory, of: user, subject: "The forwarding of mail for \(user.name)")
    let isLooking = request == .status || request == .off
    let marks = spamHeader
    try folder.locked(creating: !isLooking) { () throws(Refusal) in
      let old = try folder.readForwarding()
      let new = request.result(from: old)
      if new != old { try folder.write(.forwardmail, new?.octets ?? []) }
      try folder.install(.forwardmail(new, unless: marks))
      Output.write(request.answer(from: old, user: user))
    }
  }
}

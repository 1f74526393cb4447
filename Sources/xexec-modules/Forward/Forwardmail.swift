/// The module `forwardmail`, as it comes or with the options of ``ForwardmailCommand``.
struct Forwardmail: ConfigurableModule, Equatable {
  /// Marks of mail that is not forwarded.
  var spamMarks: [SpamMark] = []
  var directory = FilterFolder.defaultPath

  mutating func set(flag: String) -> Bool { false }

  mutating func set(_ option: String, to value: String) -> Bool {
    switch option {
    case "--spam-header": store(SpamMark(argument: value).map { spamMarks + [$0] }, in: &spamMarks)
    case "--directory": store(value, in: &directory)
    default: false
    }
  }

  var fault: String? { FilterFolder.fault(path: directory) }

  func run(words: [String]) throws {
    let user = try MailUser.current(for: "forwarding")
    let request = try ForwardRequest(words, from: user)
    let folder = try FilterFolder(
      directory, of: user, subject: "The forwarding of mail for \(user.name)")
    let isLooking = request == .status || request == .off
    try folder.locked(creating: !isLooking) { () throws(Refusal) in
      let old = try folder.readForwarding()
      let new = request.result(from: old)
      if new != old { try folder.write(.forwardmail, new?.octets ?? []) }
      try folder.install(.forwardmail(new, unless: spamMarks))
      Output.write(request.answer(from: old, user: user))
    }
  }
}

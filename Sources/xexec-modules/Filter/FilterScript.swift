/// A Sieve script of a user, and its place among them.
///
/// Pigeonhole runs the scripts of a folder in the order of their names, and goes on to the next as
/// long as the message is to be kept: neither filed, nor discarded, nor redirected without `:copy`
/// (Pigeonhole's `sieve_multiscript_run`). The user's personal script comes after them.
struct FilterScript: Equatable {
  enum Kind: String {
    case blacklist = "20-blacklist.sieve"
    case forwardmail = "30-forwardmail.sieve"
    case inbox = "40-whitelist.sieve"
  }

  let kind: Kind
  /// The script, or nil if it has nothing to do.
  let commands: String?

  /// The octets of the file.
  var octets: [UInt8] { Array((SieveText.heading + (commands ?? "")).utf8) }

  /// Octets that a script may have. Pigeonhole refuses any above `sieve_max_script_size`, which is
  /// 1 MiB by default.
  static let maxSize = (1 << 20) - 1

  /// Whether Pigeonhole would refuse it for its size.
  var isTooLong: Bool { SieveText.heading.utf8.count + (commands?.utf8.count ?? 0) > Self.maxSize }

  /// Does with mail of these senders what the administrator has chosen, and ends all filtering. Mail
  /// that comes from one of the others goes on to the next script.
  ///
  /// - Parameter action: See ``BlacklistAction/commands``.
  static func blacklist(
    _ senders: [Sender], except others: [Sender], action: String
  ) -> FilterScript {
    guard let test = SieveText.test(for: senders) else {
      return FilterScript(kind: .blacklist, commands: nil)
    }
    var commands = SieveText.require(SieveText.testExtensions + ["fileinto", "ihave", "mailbox"])
    if let exception = SieveText.test(for: others) { commands += "if \(exception) {\n  stop;\n}\n" }
    commands += "if not \(test) {\n  stop;\n}\n\(actionHeading)\(action)"
    return FilterScript(kind: .blacklist, commands: commands)
  }

  /// The line in front of the action. No other line can be it: strings have no line ends.
  private static let actionHeading = "# What becomes of mail from a blacklisted sender:\n"

  /// The action in an installed script of ``blacklist(_:except:action:)``: it is the option of
  /// another module than the one that changes the whitelist.
  ///
  /// - Returns: Nil if there is none.
  static func action(in octets: [UInt8]) -> String? {
    guard let text = String(validating: octets, as: UTF8.self) else { return nil }
    let heading = Array("\n\(actionHeading)".utf8)
    let tail = text.utf8.suffix(8192)
    var start = tail.startIndex
    while start != tail.endIndex {
      if tail[start...].starts(with: heading) {
        return String(tail[tail.index(start, offsetBy: heading.count)...])
      }
      start = tail.index(after: start)
    }
    return nil
  }

  /// Keeps mail of these senders in the INBOX, and ends all filtering; `fileinto` and not `keep`,
  /// which would let the next script run.
  static func inbox(_ senders: [Sender]) -> FilterScript {
    FilterScript(
      kind: .inbox,
      commands: SieveText.test(for: senders).map { test in
        SieveText.require(SieveText.testExtensions + ["fileinto"]) + """
          if \(test) {
            fileinto "INBOX";
          }

          """
      })
  }

  /// Forwards all mail, but none that is marked as spam. With a copy kept, the user's own script
  /// decides where that goes.
  static func forwardmail(_ forwarding: Forwarding?, unless marks: [SpamMark]) -> FilterScript {
    FilterScript(
      kind: .forwardmail,
      commands: forwarding.map { forwarding in
        let copy = forwarding.keepsCopy ? ":copy " : ""
        let command = "redirect \(copy)\(SieveText.quoted(forwarding.address.ascii));\n"
        let test = marks.isEmpty ? nil : SieveText.any(of: marks.map(\.test))
        return SieveText.require(["copy"])
          + (test.map { "if not \($0) {\n  \(command)}\n" } ?? command)
      })
  }
}

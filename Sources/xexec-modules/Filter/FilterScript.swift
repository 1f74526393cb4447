/// A Sieve script of a user, and its place among them.
///
/// Pigeonhole runs the scripts of a folder in the order of their names, and goes on to the next as
/// long as the message is to be kept: neither filed, nor discarded, nor redirected without `:copy`
/// (Pigeonhole's `sieve_multiscript_run`). The user's personal script comes after them.
struct FilterScript: Equatable {
  enum Kind: String {
    case whitelist = "10-whitelist.sieve"
    case blacklist = "20-blacklist.sieve"
    case forwardmail = "30-forwardmail.sieve"
  }

  let kind: Kind
  /// The script, or nil if it has nothing to do.
  let commands: String?

  /// The octets of the file.
  var octets: [UInt8] { Array((SieveText.heading + (commands ?? "")).utf8) }

  /// Octets that a script may have. Pigeonhole refuses any above `sieve_max_script_size`, which is
  /// 1 MiB by default; a kilobyte is left for a redirect that comes into a whitelist later.
  static let maxSize = (1 << 20) - 1024

  /// Whether Pigeonhole would refuse it for its size.
  var isTooLong: Bool { octets.count > Self.maxSize }

  /// Keeps mail of these senders in the INBOX, and ends all filtering; `fileinto` and not `keep`,
  /// which would let the next script run. The user's forwarding is applied to it first.
  static func whitelist(_ senders: [Sender], forwarding: Forwarding?) -> FilterScript {
    guard let test = SieveText.test(for: senders) else {
      return FilterScript(kind: .whitelist, commands: nil)
    }
    let keep = "  fileinto \"INBOX\";\n"
    let actions =
      forwarding.map { "  \(redirect($0))" + ($0.keepsCopy ? keep : "") } ?? keep
    return FilterScript(
      kind: .whitelist,
      commands: SieveText.require(SieveText.testExtensions + ["copy", "fileinto"]) + """
        if \(test) {
        \(actions)}

        """)
  }

  /// Does with mail of these senders what the administrator has chosen, and ends all filtering.
  static func blacklist(_ senders: [Sender], action: BlacklistAction) -> FilterScript {
    guard let test = SieveText.test(for: senders) else {
      return FilterScript(kind: .blacklist, commands: nil)
    }
    let command =
      switch action {
      case .discard: "discard;"
      case .fileInto(let folder): "fileinto :create \(SieveText.quoted(folder));"
      }
    return FilterScript(
      kind: .blacklist,
      commands: SieveText.require(SieveText.testExtensions + ["fileinto", "mailbox"]) + """
        if \(test) {
          \(command)
        }

        """)
  }

  /// Forwards all mail. With a copy kept, the user's own script decides where that goes.
  static func forwardmail(_ forwarding: Forwarding?) -> FilterScript {
    FilterScript(
      kind: .forwardmail,
      commands: forwarding.map { SieveText.require(["copy"]) + redirect($0) })
  }

  private static func redirect(_ forwarding: Forwarding) -> String {
    let copy = forwarding.keepsCopy ? ":copy " : ""
    return "redirect \(copy)\(SieveText.quoted(forwarding.address.text));\n"
  }
}

/// What becomes of mail from a blacklisted sender.
enum BlacklistAction: Equatable {
  case discard
  /// Filed into this folder, which is made if it is not there.
  case fileInto(String)
}

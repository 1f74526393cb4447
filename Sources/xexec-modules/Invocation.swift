import Glibc

/// A command line, taken apart into what the administrator configured and what the client sent.
///
/// The client's words follow the configured ones in argv, and could be options as well as those. So
/// the configured ones end with `--`: the first one, which stands before anything of the client's.
struct Invocation {
  /// The words before the first `--`, the program's own name aside.
  let configured: [String]

  /// The words behind it, or nil without a `--`.
  let fromClient: [String]?

  /// Whether the plugin has started this program, itself or by a service. Somebody at a terminal
  /// gets other answers than a mail user.
  var isOfPlugin: Bool { fromClient != nil || Output.isService || getenv("XEXEC_MODULE") != nil }

  /// Reads argv.
  ///
  /// - Throws: ``Refusal`` if a word is not valid UTF-8.
  init(
    _ argv: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, count: Int
  ) throws(Refusal) {
    var words: [String] = []
    for index in 1..<max(count, 1) {
      guard let start = argv[index] else { break }
      guard let word = String(validatingCString: start) else {
        throw Refusal(.badData, "The arguments are not valid UTF-8.")
      }
      words.append(word)
    }
    if let separator = words.firstIndex(of: "--") {
      configured = Array(words[..<separator])
      fromClient = Array(words[(separator + 1)...])
    } else {
      configured = words
      fromClient = nil
    }
  }
}

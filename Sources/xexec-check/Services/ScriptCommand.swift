/// The `executable` of a service that runs a program: `script [-e NAMES] PROGRAM [ARGUMENT ...]`
/// (util/script.c).
struct ScriptCommand: Equatable {
  enum Fault: Error, Equatable {
    /// It is another program than `script`.
    case notScript(String)
    /// `-p`, which hands over the connection as it is.
    case passthrough
    case noProgram
  }

  /// What `-e` names.
  private(set) var environment: [String] = []
  /// The program, which may be relative to the folder of Dovecot's own, and its arguments.
  private(set) var words: [String] = []

  /// Reads the setting. Dovecot splits it at single blanks.
  init(_ executable: String) throws(Fault) {
    var rest = executable.split(separator: " ", omittingEmptySubsequences: false).map(String.init)[
      ...]
    let program = rest.removeFirst()
    if lastName(program) != "script" { throw .notScript(program) }
    while let word = rest.first, word.hasPrefix("-"), word != "-" {
      rest.removeFirst()
      if word == "--" { break }
      if word == "-p" { throw .passthrough }
      if word.hasPrefix("-e") {
        let names = word == "-e" ? rest.popFirst() ?? "" : String(word.dropFirst(2))
        environment += names.split { $0 == "," || $0 == "\t" }.map(String.init)
      }
    }
    if rest.first?.isEmpty != false { throw .noProgram }
    words = Array(rest)
  }
}

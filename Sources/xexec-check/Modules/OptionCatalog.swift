import FoundationEssentials

/// The subcommands and options of `xexec-modules`, as the program itself tells them: in the form in
/// which swift-argument-parser describes a command (`--experimental-dump-help`).
struct OptionCatalog {
  struct Option {
    let name: String
    let takesValue: Bool
    let isRequired: Bool
    /// The values that it can have; nil if they cannot be listed.
    let values: [String]?
    /// The value without it, if there is one.
    let standard: String?
  }

  /// The options of each subcommand, by its name.
  private(set) var subcommands: [String: [Option]] = [:]

  /// The program cannot be loaded: a library is missing.
  struct LoadFailure: Error {
    let reason: String
  }

  /// Asks a program.
  ///
  /// - Returns: nil if it does not answer as expected.
  init?(askedOf program: String) throws(LoadFailure) {
    guard let result = runChild([program, "--experimental-dump-help"]) else {
      return nil
    }
    // ld.so(8)
    if result.status == 127 { throw LoadFailure(reason: result.lastError) }
    self.init(dump: result.output)
  }

  init?(dump: String) {
    guard let dump = try? JSONDecoder().decode(Dump.self, from: Data(dump.utf8)) else { return nil }
    for subcommand in dump.command.subcommands ?? [] {
      let options = (subcommand.arguments ?? []).flatMap { argument in
        (argument.names ?? []).map { name in
          Option(
            name: name.kind == "short" ? "-\(name.name)" : "--\(name.name)",
            takesValue: argument.kind == "option", isRequired: !argument.isOptional,
            values: argument.allValues, standard: argument.defaultValue)
        }
      }
      subcommands[subcommand.commandName] = options
    }
    subcommands["help"] = nil
    if subcommands.isEmpty { return nil }
  }

  private struct Dump: Decodable {
    let command: Command

    struct Command: Decodable {
      let commandName: String
      let arguments: [Argument]?
      let subcommands: [Command]?
    }

    struct Argument: Decodable {
      let kind: String
      let isOptional: Bool
      let names: [Name]?
      let allValues: [String]?
      let defaultValue: String?
    }

    struct Name: Decodable {
      let kind: String
      let name: String
    }
  }
}

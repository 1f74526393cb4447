import CXexec

extension Run {
  /// What a run has to know of the client's command.
  struct Command {
    let module: Module
    /// nil if it is not known, or cannot be quoted.
    let tag: OwnedCString?
    /// A literal of it is the program's stdin.
    let hasLiteral: Bool
    let host: xexec_run_host
  }

  /// Takes over a program that was just started.
  convenience init(_ started: SpawnedProgram, _ command: Command) {
    let now = Clock.now()
    let options = command.module.options
    let program = RunningProgram(
      .process(ProgramProcess(started.group, exit: started.exit)),
      ProgramInput(started.stdin, takesLiteral: command.hasLiteral),
      ProgramOutput(
        stdout: started.stdout, stderr: started.stderr, holdsStderr: options.stderr != .log,
        now: now), command, .process(started.group.leader), now: now)
    self.init(program, timeLimit: options.timeLimit, now: now)
  }

  /// A program of a service, which is not connected to yet.
  @_optimize(size)
  convenience init(
    _ connection: ServiceConnection, at address: OwnedCString,
    request: borrowing ServiceRequest, _ command: Command
  ) {
    let now = Clock.now()
    let program = RunningProgram(
      .service(ServiceProgram(connection)),
      ProgramInput(nil, requestSize: request.lines.count, takesLiteral: command.hasLiteral),
      ProgramOutput(), command, .service(address: address), now: now)
    program.conversation.sendFirst(request.lines.octets)
    self.init(program, timeLimit: command.module.options.timeLimit, now: now)
  }

  /// Why no program was started.
  enum Refusal: Error {
    case noStrings
    case noModule
    case unknownModule
    case tooManyArguments
    case literalTooLarge
    case notStarted

    /// What the client is told.
    var answer: (text: StaticString, bad: Bool) {
      switch self {
      case .noStrings: return ("Invalid arguments.", true)
      case .noModule: return ("The module is missing or not an atom.", true)
      case .unknownModule: return ("NO [NONEXISTENT] no such module", false)
      case .tooManyArguments: return ("NO [LIMIT] arguments are too long", false)
      case .literalTooLarge: return ("NO [LIMIT] literal is too large", false)
      case .notStarted: return ("NO [SERVERBUG] command could not be started", false)
      }
    }
  }

  /// Finds the module that a client asks for, and starts its program. What is refused is logged.
  static func start(
    _ request: xexec_request, in table: ModuleTable, host: xexec_run_host
  ) throws(Refusal) -> Run {
    let said = request.arguments
    do throws(Refusal) {
      return try find(request, said, in: table, host: host)
    } catch {
      logRefusal(error, said, host)
      throw error
    }
  }

  @_optimize(size)
  private static func find(
    _ request: xexec_request, _ said: ClientArguments, in table: ModuleTable, host: xexec_run_host
  ) throws(Refusal) -> Run {
    guard let added = said.strings() else { throw .noStrings }
    guard let name = said.module else { throw .noModule }
    guard let module = table.module(named: name) else { throw .unknownModule }
    if let literal = said.literal, literal.size > module.options.maximumLiteral {
      throw .literalTooLarge
    }

    let arguments = try expand(module, host) + added
    let command = Command(
      module: module, tag: quotable(request.tag), hasLiteral: said.literal != nil, host: host)
    var environment = ProgramEnvironment(
      request: request, module: module, literalSize: said.literal?.size)
    if ServiceAddress.isMeant(by: octets(of: arguments[0].start)) {
      let connection = ServiceConnection(
        to: arguments[0], baseDirectory: request.base_directory, now: Clock.now())
      return Run(
        connection, at: arguments[0],
        request: ServiceRequest(
          arguments: arguments[1...], environment: environment.entries),
        command)
    }
    environment.addMachine()
    do throws(Errno) {
      let program = try SpawnedProgram(
        arguments: arguments, environment: environment, home: request.home)
      return Run(program, command)
    } catch {
      if error.code == E2BIG { throw .tooManyArguments }
      var line = startOfFailure(module)
      withExtendedLifetime(arguments) {
        StartFailure.describe(error, of: arguments[0].start, to: &line)
      }
      host.log(.error, &line)
      throw .notStarted
    }
  }

  /// A tag as it can stand in a quoted string. Dovecot takes tags that are none.
  private static func quotable(_ tag: UnsafePointer<CChar>?) -> OwnedCString? {
    guard let tag, ASCII.isAtom(octets(of: tag)) else { return nil }
    return OwnedCString(copying: tag)
  }

  /// The program and its arguments from the configuration. Variables are expanded inside each word,
  /// so that nothing in them can change where a word ends.
  @_optimize(size)
  private static func expand(
    _ module: Module, _ host: xexec_run_host
  ) throws(Refusal) -> [OwnedCString] {
    var arguments: [OwnedCString] = []
    for word in module.words {
      var error: UnsafePointer<CChar>?
      guard let expanded = host.expand(host.context, word.start, &error) else {
        var line = startOfFailure(module)
        line.append("variables cannot be expanded: ")
        if let error { line.append(forLog: error) }
        host.log(.error, &line)
        throw .notStarted
      }
      arguments.append(OwnedCString(copying: expanded))
    }
    return arguments
  }

  /// Says what was refused, for the administrator whom its user asks. (Why a program could not be
  /// started has been said. What is no command at all is Dovecot's to count.)
  @_optimize(size)
  @inline(never)
  private static func logRefusal(
    _ refusal: Refusal, _ said: ClientArguments, _ host: xexec_run_host
  ) {
    let reason: StaticString
    switch refusal {
    case .unknownModule: reason = "no such module"
    case .tooManyArguments: reason = "arguments are too long"
    case .literalTooLarge: reason = "literal is too large"
    case .noStrings, .noModule, .notStarted: return
    }
    guard let name = said.module else { return }
    var text = OctetBuffer()
    text.append("xexec: module ")
    // an atom, which has no control octets, but may be of any length
    let all = octets(of: name)
    text.append(UnsafeBufferPointer(rebasing: all.prefix(64)))
    if all.count > 64 { text.append("...") }
    text.append(": ")
    text.append(reason)
    if refusal == .literalTooLarge, let literal = said.literal {
      text.append(", ")
      text.append(decimal: Int(clamping: literal.size))
      text.append(" octets")
    }
    host.log(.info, &text)
  }

  @inline(never)
  private static func startOfFailure(_ module: Module) -> OctetBuffer {
    var line = OctetBuffer()
    line.append("xexec: module ")
    line.append(cString: module.name.start)
    line.append(": program could not be started: ")
    return line
  }
}

import CXexec

/// What runs: a process of this machine, or a program behind a service.
enum Program {
  case process(ProgramProcess)
  case service(ServiceProgram)

  var process: ProgramProcess? {
    if case .process(let process) = self { return process }
    return nil
  }

  var service: ServiceProgram? {
    if case .service(let service) = self { return service }
    return nil
  }

  /// Milliseconds until there is something to do for it, besides its end; nil if there is nothing.
  func timeout(now: Int) -> Int? {
    switch self {
    case .process(let process): return process.untilLook
    case .service(let service): return service.timeout(now: now)
    }
  }
}

import Foundation
import Glibc

/// What a program that ran to its end left behind.
public struct CommandResult: Sendable {
  /// The exit status; 128 plus the signal's number if a signal ended the program.
  public let status: Int32
  /// What it wrote to its standard output.
  public let output: String
  /// What it wrote to its standard error.
  public let errorOutput: String
}

/// Starts a program with three descriptors and nothing else of this process; signals have their
/// default disposition.
///
/// - Parameters:
///   - arguments: The program's absolute path and its arguments.
///   - input: The descriptor that becomes its standard input, or `nil` for `/dev/null`.
///   - output: The descriptor that becomes its standard output, or `nil` for `/dev/null`.
///   - errorOutput: The same for its standard error.
///   - environment: All of its environment.
/// - Returns: Its process id; the caller has to wait for it. It leads a process group of its own,
///   so that what a terminal sends to this process does not reach it.
func spawn(
  _ arguments: [String], input: Int32?, output: Int32?, errorOutput: Int32?,
  environment: [String: String]
) throws -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  for (target, source) in [(0, input), (1, output), (2, errorOutput)] as [(Int32, Int32?)] {
    if let source {
      posix_spawn_file_actions_adddup2(&actions, source, target)
    } else {
      posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_RDWR, 0)
    }
  }
  // The kit opens all of its descriptors close-on-exec, but this process may have inherited others,
  // such as a pipe whose reader waits for the end of whoever holds it.
  let inherited = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
  for descriptor in (inherited ?? []).compactMap({ Int32($0) }) where descriptor > 2 {
    posix_spawn_file_actions_addclose(&actions, descriptor)
  }

  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var signals = sigset_t()
  sigemptyset(&signals)
  posix_spawnattr_setsigmask(&attributes, &signals)
  sigfillset(&signals)
  posix_spawnattr_setsigdefault(&attributes, &signals)
  posix_spawnattr_setpgroup(&attributes, 0)
  posix_spawnattr_setflags(
    &attributes,
    Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

  var argv = arguments.map { strdup($0) } + [nil]
  var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
  defer { for text in argv + envp { free(text) } }
  var processID = pid_t()
  let failure = posix_spawn(&processID, arguments[0], &actions, &attributes, &argv, &envp)
  guard failure == 0 else {
    throw KitError(.system, "\(arguments[0]): \(String(cString: strerror(failure)))")
  }
  return processID
}

/// Waits until a child has ended.
///
/// - Returns: Its status as a shell gives it, or `nil` if it still runs at the deadline.
func waitForExit(of processID: pid_t, until deadline: Deadline) -> Int32? {
  while true {
    var status: Int32 = 0
    let waited = waitpid(processID, &status, WNOHANG)
    if waited == processID {
      let signal = status & 0x7f
      return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }
    if waited < 0 && errno != EINTR { return 0 }
    if deadline.hasPassed { return nil }
    usleep(5_000)
  }
}

/// Runs a program to its end and collects what it writes.
///
/// - Throws: ``KitError`` if it cannot be started or takes longer than `timeout`; it is killed then.
public func run(
  _ arguments: [String], environment: [String: String], timeout: Duration
) throws -> CommandResult {
  let (outputReader, outputWriter) = try makeSocketPair()
  defer { close(outputReader) }
  let (errorReader, errorWriter) = try makeSocketPair()
  defer { close(errorReader) }
  let processID: pid_t
  do {
    defer {
      close(outputWriter)
      close(errorWriter)
    }
    processID = try spawn(
      arguments, input: nil, output: outputWriter, errorOutput: errorWriter,
      environment: environment)
  }

  let deadline = Deadline(in: timeout)
  var collected: [[UInt8]] = [[], []]
  var polled = [outputReader, errorReader].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
  var chunk = [UInt8](repeating: 0, count: 65536)
  while polled.contains(where: { $0.fd >= 0 }) && !deadline.hasPassed {
    guard poll(&polled, 2, deadline.pollMilliseconds) > 0 else { continue }
    for index in polled.indices where polled[index].fd >= 0 && polled[index].revents != 0 {
      let count = read(polled[index].fd, &chunk, chunk.count)
      if count > 0 { collected[index] += chunk[..<count] }
      if count == 0 || (count < 0 && errno != EINTR) { polled[index].fd = -1 }
    }
  }
  guard let status = waitForExit(of: processID, until: deadline) else {
    kill(processID, SIGKILL)
    _ = waitForExit(of: processID, until: Deadline(in: .seconds(5)))
    throw KitError(.timedOut, "\(arguments.joined(separator: " ")) took longer than \(timeout)")
  }
  return CommandResult(
    status: status, output: String(decoding: collected[0], as: UTF8.self),
    errorOutput: String(decoding: collected[1], as: UTF8.self))
}

/// A connected pair of sockets that no child inherits. Unlike a pipe's, its write end can be told
/// not to raise SIGPIPE.
func makeSocketPair() throws -> (Int32, Int32) {
  var pair: [Int32] = [-1, -1]
  let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
  guard socketpair(AF_UNIX, type, 0, &pair) == 0 else { throw systemError("socketpair") }
  return (pair[0], pair[1])
}

/// The error for a system call that has just set `errno`.
func systemError(_ what: String) -> KitError {
  KitError(.system, "\(what): \(String(cString: strerror(errno)))")
}

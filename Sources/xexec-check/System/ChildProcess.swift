import CXexec
import Glibc

/// What a program that has ended left behind.
struct ChildResult {
  /// The exit status; 128 and the signal's number if a signal ended it, or if it took too long.
  let status: Int32
  let output: String
  let errorOutput: String

  var isKilled: Bool { status == 128 + SIGKILL }

  /// The last line that it wrote to stderr.
  var lastError: String {
    errorOutput.split(separator: "\n").last.map(String.init) ?? "exit status \(status)"
  }
}

/// Runs a program to its end.
///
/// - Parameters:
///   - words: The program, looked for in PATH if it has no slash, and its arguments.
///   - seconds: How long it may take. Then it is killed.
/// - Returns: nil if it could not be started; `errno` tells.
func runChild(_ words: [String], seconds: Int = 60) -> ChildResult? {
  var pairs: [[Int32]] = []
  for _ in 0..<2 {
    // no sockets: to xexec-modules a socket is a service of Dovecot's, for which it talks otherwise
    var pair: [Int32] = [-1, -1]
    if pipe2(&pair, O_CLOEXEC) != 0 {
      for end in pairs.joined() { close(end) }
      return nil
    }
    pairs.append(pair)
  }
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
  posix_spawn_file_actions_adddup2(&actions, pairs[0][1], STDOUT_FILENO)
  posix_spawn_file_actions_adddup2(&actions, pairs[1][1], STDERR_FILENO)

  var argv = words.map { strdup($0) } + [nil]
  let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/sbin:/usr/bin:/sbin:/bin"
  // Dovecot's programs speak the language of the locale
  var environment = [strdup("PATH=\(path)"), strdup("LC_ALL=C"), nil]
  defer { for text in argv + environment { free(text) } }
  var child = pid_t()
  var code = posix_spawnp(&child, argv[0]!, &actions, nil, &argv, &environment)
  // one that is just being installed: somebody still has it open for writing
  for _ in 0..<20 where code == ETXTBSY {
    usleep(50_000)
    code = posix_spawnp(&child, argv[0]!, &actions, nil, &argv, &environment)
  }
  for pair in pairs { close(pair[1]) }
  defer { for pair in pairs { close(pair[0]) } }
  if code != 0 {
    errno = code
    return nil
  }

  let deadline = ContinuousClock.now + .seconds(seconds)
  let (output, errorOutput) = readBoth(pairs[0][0], pairs[1][0], until: deadline)
  let status = waitFor(child, until: deadline)
  let signal = status & 0x7F
  return ChildResult(
    status: signal == 0 ? status >> 8 & 0xFF : 128 + signal,
    output: String(decoding: output, as: UTF8.self),
    errorOutput: String(decoding: errorOutput, as: UTF8.self))
}

/// Waits for a child, which is killed if it has not ended in time: it may have closed its outputs, and
/// go on.
private func waitFor(_ child: pid_t, until deadline: ContinuousClock.Instant) -> Int32 {
  var status: Int32 = 0
  while true {
    let ended = waitpid(child, &status, WNOHANG)
    if ended == child || (ended < 0 && errno != EINTR) { return status }
    if deadline <= .now { kill(child, SIGKILL) }
    usleep(1000)
  }
}

/// Reads two pipes to their ends, or for as long as there is time.
private func readBoth(
  _ first: Int32, _ second: Int32, until deadline: ContinuousClock.Instant
) -> ([UInt8], [UInt8]) {
  var collected: [[UInt8]] = [[], []]
  var polled = [first, second].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
  var chunk = [UInt8](repeating: 0, count: 65536)
  while polled.contains(where: { $0.fd >= 0 }) {
    let left = (deadline - .now) / .milliseconds(1)
    if left <= 0 { break }
    if poll(&polled, 2, Int32(left.rounded(.up))) <= 0 { continue }
    for index in polled.indices where polled[index].fd >= 0 && polled[index].revents != 0 {
      let count = read(polled[index].fd, &chunk, chunk.count)
      if count > 0 { collected[index] += chunk[..<count] }
      if count == 0 || (count < 0 && errno != EINTR) { polled[index].fd = -1 }
    }
  }
  return (collected[0], collected[1])
}

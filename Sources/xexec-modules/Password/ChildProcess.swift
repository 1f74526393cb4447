import Glibc

/// What a program that has ended left behind.
struct ChildResult: CustomStringConvertible {
  /// The exit status; nil if a signal ended it.
  let status: Int32?
  /// What it wrote to stdout.
  let output: [UInt8]

  var description: String { status.map { "exit status \($0)" } ?? "ended by a signal" }
}

/// Runs a program to its end, with no environment but PATH. What it says on stderr is dropped.
///
/// - Parameters:
///   - argv: The program's absolute path, and its arguments.
///   - input: What it reads from stdin.
///   - seconds: How long it may take. Then it is killed.
/// - Throws: ``SystemError``; with code `ETIMEDOUT` for one that was killed, and `EMSGSIZE` for one
///   that writes more than 64 kB.
func runChild(
  _ argv: [String], input: [UInt8], seconds: Int
) throws(SystemError) -> ChildResult {
  let stdin = try SocketPair()
  let stdout = try SocketPair()
  let child = try spawn(argv, stdin: stdin.theirs, stdout: stdout.theirs)
  stdin.closeTheirs()
  stdout.closeTheirs()
  do {
    let output = try exchange(input, to: stdin, from: stdout, seconds: seconds)
    return ChildResult(status: wait(for: child), output: output)
  } catch {
    kill(child, SIGKILL)
    _ = wait(for: child)
    throw error
  }
}

/// Sockets and no pipes: writing to one whose reader has gone can do without SIGPIPE.
private final class SocketPair {
  let ours: Int32
  let theirs: Int32
  private var areTheirsOpen = true
  private var areOursOpen = true

  init() throws(SystemError) {
    var pair: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    if socketpair(AF_UNIX, type, 0, &pair) != 0 { throw SystemError("socketpair") }
    (ours, theirs) = (pair[0], pair[1])
  }

  func closeTheirs() {
    if areTheirsOpen { close(theirs) }
    areTheirsOpen = false
  }

  func closeOurs() {
    if areOursOpen { close(ours) }
    areOursOpen = false
  }

  deinit {
    closeTheirs()
    closeOurs()
  }
}

private func spawn(
  _ argv: [String], stdin: Int32, stdout: Int32
) throws(SystemError) -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_adddup2(&actions, stdin, STDIN_FILENO)
  posix_spawn_file_actions_adddup2(&actions, stdout, STDOUT_FILENO)
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)

  var words = argv.map { strdup($0) } + [nil]
  var environment = [strdup("PATH=/usr/bin:/bin"), nil]
  defer { for word in words + environment { free(word) } }
  var child = pid_t()
  let code = posix_spawn(&child, words[0]!, &actions, nil, &words, &environment)
  if code != 0 { throw SystemError("posix_spawn", argv[0], code: code) }
  return child
}

/// Sends the input and reads until the child has closed its stdout.
private func exchange(
  _ input: [UInt8], to stdin: SocketPair, from stdout: SocketPair, seconds: Int
) throws(SystemError) -> [UInt8] {
  let deadline = ContinuousClock.now + .seconds(seconds)
  var sent = 0
  var output: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 4096)
  while true {
    if sent == input.count { stdin.closeOurs() }
    var polled = [
      pollfd(fd: stdout.ours, events: Int16(POLLIN), revents: 0),
      pollfd(fd: sent < input.count ? stdin.ours : -1, events: Int16(POLLOUT), revents: 0),
    ]
    let left = (deadline - .now) / .milliseconds(1)
    if left <= 0 { throw SystemError("poll", code: ETIMEDOUT) }
    if poll(&polled, 2, Int32(left.rounded(.up))) <= 0 { continue }
    if polled[1].revents != 0 {
      let count = input.withUnsafeBytes {
        send(
          stdin.ours, $0.baseAddress! + sent, input.count - sent,
          Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      }
      // one that does not read says in its result why
      sent = count > 0 ? sent + count : errno == EAGAIN || errno == EINTR ? sent : input.count
    }
    if polled[0].revents != 0 {
      let count = read(stdout.ours, &chunk, chunk.count)
      if count == 0 || (count < 0 && errno != EINTR) { return output }
      if count > 0 { output += chunk[..<count] }
      if output.count > 65536 { throw SystemError("read", code: EMSGSIZE) }
    }
  }
}

private func wait(for child: pid_t) -> Int32? {
  var status: Int32 = 0
  while waitpid(child, &status, 0) < 0 && errno == EINTR {}
  return status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
}

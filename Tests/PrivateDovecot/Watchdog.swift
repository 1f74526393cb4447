import Glibc
import Synchronization

/// The small shell that Dovecot runs under. It listens on a socket that only this process holds:
/// when this process ends, however it ends, the shell stops Dovecot and removes the folder.
final class Watchdog: Sendable {
  /// The shell's process id. It is also the process group of all of Dovecot, but not of the
  /// programs that the plugin starts.
  let processID: pid_t

  private let folder: String
  private let control: Mutex<Int32?>
  private let oneQuestionAtATime = Mutex(())

  /// Starts the shell, which from now on answers for the folder. Dovecot is not started yet.
  init(folder: String, environment: [String: String]) throws {
    let (mine, other) = try makeSocketPair()
    defer { close(other) }
    let standard = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/"]
    do {
      processID = try spawn(
        ["/bin/sh", "-c", Self.script, "xexec-watchdog", folder],
        input: other, output: nil, errorOutput: nil,
        environment: standard.merging(environment) { $1 })
    } catch {
      close(mine)
      throw error
    }
    self.folder = folder
    control = Mutex(mine)
  }

  /// Without a call to ``finish(timeout:)`` the shell does its work after this process.
  deinit {
    closeControl()
  }

  /// Starts Dovecot, after stopping the one that runs.
  ///
  /// - Returns: The process id of its master.
  func startDovecot() throws -> pid_t {
    guard let answer = send("start", answeredIn: "master.pid", timeout: .seconds(60)),
      let processID = pid_t(answer)
    else { throw KitError(.timedOut, "the watchdog did not start Dovecot") }
    return processID
  }

  /// Has Dovecot stopped; the folder stays.
  ///
  /// - Returns: Whether that was done in time.
  func stopDovecot(timeout: Duration) -> Bool {
    send("stop", answeredIn: "stopped", timeout: timeout) != nil
  }

  /// Has Dovecot stopped, everything ended that still works in the folder, and the folder removed.
  ///
  /// - Returns: Whether that was done in time.
  func finish(timeout: Duration) -> Bool {
    closeControl() ? waitForExit(of: processID, until: Deadline(in: timeout)) != nil : true
  }

  /// Lets Dovecot run on when this process has ended, for a number of seconds at most. SIGTERM to
  /// the shell ends it earlier.
  func keep(seconds: Int) {
    send("keep \(seconds)")
    closeControl()
  }

  @discardableResult
  private func closeControl() -> Bool {
    control.withLock { control in
      guard let descriptor = control.take() else { return false }
      return close(descriptor) == 0
    }
  }

  private var isOpen: Bool { control.withLock { $0 != nil } }

  private func send(_ line: String) {
    control.withLock { control in
      guard let control else { return }
      let octets = Array("\(line)\n".utf8)
      Glibc.send(control, octets, octets.count, Int32(MSG_NOSIGNAL))
    }
  }

  /// Sends a line and waits for the file by which the shell answers it.
  private func send(_ line: String, answeredIn file: String, timeout: Duration) -> String? {
    oneQuestionAtATime.withLock { _ in
      unlink("\(folder)/\(file)")
      send(line)
      var answer: String?
      _ = waitUntil(timeout: timeout) {
        answer = readText("\(folder)/\(file)").map { String($0.dropLast()) }
        return answer != nil || !isOpen
      }
      return answer
    }
  }
}

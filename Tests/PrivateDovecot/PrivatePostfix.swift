import Foundation
import Glibc
import Synchronization

/// A Postfix of its own for a test: the system's programs with a configuration, a queue and a log in
/// a private Dovecot's folder, on a free port of 127.0.0.1. It delivers to that Dovecot by LMTP, and
/// to nobody else. The system's own Postfix is not touched.
///
/// It needs root, as Postfix changes users. It lives until ``stop(timeout:)``; without that it ends
/// with the Dovecot, whose watchdog ends all that works in the folder.
///
///     let dovecot = try PrivateDovecot { folder, options in
///       PrivatePostfix.prepare(folder, &options)
///     }
///     let postfix = try PrivatePostfix(deliveringTo: dovecot)
public final class PrivatePostfix: Sendable {
  /// The port of 127.0.0.1 where it speaks SMTP.
  public let port: UInt16

  private let dovecot: PrivateDovecot
  private let folder: String
  private let master: Mutex<pid_t?>

  /// Whether this process may start one.
  public static var isPossible: Bool {
    geteuid() == 0 && FileManager.default.isExecutableFile(atPath: masterProgram)
  }

  private static let masterProgram = "/usr/lib/postfix/sbin/master"

  /// Lets a Dovecot take mail from a Postfix: a socket that Postfix may connect to.
  public static func prepare(_ folder: PrivateFolder, _ options: inout PrivateDovecot.Options) {
    options.servesLMTP = true
    options.globalText += """

      service lmtp {
        unix_listener \(folder.path)/lmtp-postfix {
          mode = 0600
          user = postfix
        }
      }

      """
  }

  /// Starts a Postfix and waits until it answers.
  ///
  /// - Parameters:
  ///   - dovecot: Where the mail goes; made with ``prepare(_:_:)``. Its users are the recipients.
  ///   - port: The port; nil for a free one.
  ///   - settings: Further lines of main.cf, which replace those given here.
  /// - Throws: ``KitError`` with the text of the log if Postfix does not come up.
  public init(
    deliveringTo dovecot: PrivateDovecot, port: UInt16? = nil,
    settings: PrivateDovecot.Settings = [:]
  ) throws {
    guard Self.isPossible else { throw KitError(.system, "Postfix has to be started by root") }
    self.dovecot = dovecot
    folder = "\(dovecot.folder.path)/postfix"
    self.port = try port ?? findFreePort()
    let files = PostfixFiles(folder: folder, port: self.port, dovecot: dovecot, settings: settings)
    try files.write()
    // In the foreground, and without a session of its own: it leads the process group that spawn
    // gives it, and ends that with itself.
    let processID = try spawn(
      [Self.masterProgram, "-c", "\(folder)/etc", "-d"], input: nil, output: nil, errorOutput: nil,
      environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
    master = Mutex(processID)
    do {
      try expectGreeting()
    } catch {
      stop()
      throw KitError(.system, "Postfix did not start: \(error)\n\(logText())")
    }
  }

  deinit { stop() }

  /// Stops Postfix by its process id and waits for it. A second call does nothing.
  ///
  /// - Returns: Whether it ended in time, and did not have to be killed.
  @discardableResult
  public func stop(timeout: Duration = .seconds(30)) -> Bool {
    master.withLock { master in
      guard let processID = master.take() else { return true }
      kill(processID, SIGTERM)
      let ended = waitForExit(of: processID, until: Deadline(in: timeout)) != nil
      // what is left of its process group
      kill(-processID, SIGKILL)
      if !ended { _ = waitForExit(of: processID, until: Deadline(in: .seconds(10))) }
      return ended
    }
  }

  /// Lets Postfix run on for as long as the Dovecot does.
  public func keepRunning() { master.withLock { $0 = nil } }

  /// The living processes of this Postfix.
  public func processes() -> [ProcessEntry] {
    dovecot.folder.processes().filter { $0.workingDirectory?.hasPrefix(folder) == true }
  }

  /// All of the log so far.
  public func logText() -> String { readText("\(folder)/mail.log") ?? "" }

  /// Waits until the log holds a text.
  ///
  /// - Throws: ``KitError`` of kind `timedOut` with the whole log.
  public func waitForLog(containing text: String, timeout: Duration = .seconds(60)) throws {
    guard waitUntil(timeout: timeout, { logText().contains(text) }) else {
      throw KitError(.timedOut, "not in the log within \(timeout): \(text)\n\(logText())")
    }
  }

  /// How many messages are in the queue.
  public func queueLength() -> Int {
    ["incoming", "active", "deferred", "hold"].reduce(0) { count, name in
      let files = FileManager.default.enumerator(atPath: "\(folder)/queue/\(name)")
      return count + (files?.filter { ($0 as? String)?.last != "/" }.count ?? 0)
    }
  }

  private func expectGreeting() throws {
    var failure: any Error = KitError(.timedOut, "nobody answers")
    let isUp = waitUntil(timeout: .seconds(60)) {
      do {
        let stream = LineStream(try StreamSocket(port: port))
        defer { stream.close() }
        let line = try stream.readLine(until: Deadline(in: .seconds(30)))
        return String(decoding: line, as: UTF8.self).hasPrefix("220 ")
      } catch {
        failure = error
        return false
      }
    }
    if !isUp { throw failure }
  }
}

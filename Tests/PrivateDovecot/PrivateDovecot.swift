import Foundation
import Glibc

/// A Dovecot of its own for a test: the system's programs with a configuration, accounts, homes,
/// sockets and a log in a temporary folder, and a free port of 127.0.0.1. The system's own Dovecot
/// is not touched.
///
/// Started by root it runs its processes as Debian's `dovenull` and `dovecot` and serves mail as an
/// unprivileged number; started by an ordinary user it runs all of them as that user.
///
/// It lives until ``stop(timeout:)``. Without that it ends by itself, in the background, when the
/// object goes away or this process ends, in whatever way.
///
///     let dovecot = try PrivateDovecot { folder, options in
///       let echo = try folder.addProgram(named: "echo.sh", text: "#!/bin/sh\necho \"$@\"\n")
///       options.modules = ["echo": "\(echo) %{user}"]
///     }
///     let client = try IMAPConnection(port: dovecot.port)
public final class PrivateDovecot: Sendable {
  /// The folder in which it lives.
  public let folder: PrivateFolder

  /// The options with which it was started.
  public let options: Options

  /// The port of 127.0.0.1 where it speaks IMAP.
  public let port: UInt16

  /// The process id of its master.
  public let masterProcessID: Int32

  private let watchdog: Watchdog

  /// Starts a Dovecot and waits until it answers.
  ///
  /// - Parameter configure: Sets the options, and may put programs and other files into the folder
  ///   that they name.
  /// - Throws: ``KitError`` with the text of the log if Dovecot does not come up, and whatever
  ///   `configure` throws. Nothing is left behind then.
  public init(
    _ configure: (PrivateFolder, inout Options) throws -> Void = { _, _ in }
  ) throws {
    let folder = try PrivateFolder(account: .current())
    var options = Options()
    let watchdog: Watchdog
    do {
      try configure(folder, &options)
      watchdog = try Watchdog(folder: folder.path, environment: options.environment)
    } catch {
      try? FileManager.default.removeItem(atPath: folder.path)
      throw error
    }
    // From here on the watchdog removes the folder, at the latest when that is released.
    try folder.addHomes(of: options.users)
    try folder.addFile(named: "state/.keep", octets: [])
    if let mounts = options.mounts {
      try folder.addFile(
        named: Watchdog.mountsScript, octets: Array("\(mounts)\nexec \"$@\"\n".utf8))
    }
    try folder.addModules(from: Self.systemModules, plugin: Self.path(of: options.plugin))
    (port, masterProcessID) = try Self.start(watchdog, folder, options)
    self.folder = folder
    self.options = options
    self.watchdog = watchdog
  }

  /// Whether Dovecot runs with all processes as the caller, because the caller is not root.
  public var isRootless: Bool { folder.account.isRootless }

  /// The numeric user that owns the homes and runs the programs.
  public var mailUserID: UInt32 { folder.account.userID }

  /// The home of a user.
  public func home(of user: String) -> String { folder.home(of: user) }

  /// Stops Dovecot by its process id and waits for it. The folder stays, so that a test can look
  /// at the log. It takes a second: so long Dovecot's master always waits.
  ///
  /// Connected clients are disconnected, by SIGTERM to their imap processes.
  ///
  /// - Parameter timeout: How long to wait; Dovecot itself waits for running programs.
  /// - Returns: The processes that have outlived Dovecot, such as what a program left in the
  ///   background. A test may want to see none.
  @discardableResult
  public func shutDown(timeout: Duration = .seconds(30)) -> [ProcessEntry] {
    watchdog.stopDovecot(timeout: timeout) ? folder.processes() : processTree()
  }

  /// Stops Dovecot as ``shutDown(timeout:)`` does, kills what has outlived it, and removes the
  /// folder. A second call does nothing.
  ///
  /// - Parameter timeout: How long to wait for Dovecot.
  /// - Returns: The processes that had outlived Dovecot.
  @discardableResult
  public func stop(timeout: Duration = .seconds(30)) -> [ProcessEntry] {
    guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
    let left = shutDown(timeout: timeout)
    if !watchdog.finish(timeout: .seconds(10)) {
      kill(watchdog.processID, SIGKILL)
      for process in left where ProcessEntry(id: process.id)?.name == process.name {
        kill(process.id, SIGKILL)
      }
      try? FileManager.default.removeItem(atPath: folder.path)
    }
    return left
  }

  /// Lets Dovecot run on after this process has ended; the object is of no use afterwards.
  ///
  /// - Parameter seconds: The time after which it stops by itself.
  /// - Returns: The process id that SIGTERM ends it with before that time.
  public func keepRunning(seconds: Int) -> Int32 {
    watchdog.keep(seconds: seconds)
    return watchdog.processID
  }

  /// Runs `doveadm` on this Dovecot.
  ///
  /// - Parameters:
  ///   - arguments: The arguments, for example `["user", "user@example.com"]`.
  ///   - timeout: How long it may take.
  /// - Throws: ``KitError`` if it cannot be started or takes too long; a status other than 0 is no
  ///   error.
  public func doveadm(
    _ arguments: [String], timeout: Duration = .seconds(60)
  ) throws -> CommandResult {
    try run(
      ["/usr/bin/doveadm", "-c", "\(folder.path)/dovecot.conf"] + arguments,
      environment: ["PATH": "/usr/bin:/bin", "HOME": "/"], timeout: timeout)
  }

  /// Runs `doveadm` on this Dovecot with a minute of time; see ``doveadm(_:timeout:)``.
  public func doveadm(_ arguments: String...) throws -> CommandResult {
    try doveadm(arguments)
  }

  /// The log file.
  public var logFile: String { "\(folder.path)/dovecot.log" }

  /// All of the log so far, and what Dovecot wrote before it had one.
  public func logText() -> String { Self.logText(folder) }

  /// Waits until the log holds a text.
  ///
  /// - Returns: The first line that holds it, without its end.
  /// - Throws: ``KitError`` of kind `timedOut` with the whole log.
  @discardableResult
  public func waitForLog(
    containing text: String, timeout: Duration = .seconds(60)
  ) throws -> String {
    var found: Substring?
    let isThere = waitUntil(timeout: timeout) {
      found = logText().split(separator: "\n").first { $0.contains(text) }
      return found != nil
    }
    guard isThere, let found else {
      throw KitError(.timedOut, "not in the log within \(timeout): \(text)\n\(logText())")
    }
    return String(found)
  }

  /// The living processes of this Dovecot: the master and its descendants, as the parent of each
  /// tells. A program's background child that lost its parent is not among them, see
  /// ``PrivateFolder/processes()``.
  public func processTree() -> [ProcessEntry] {
    ProcessEntry.tree(from: masterProcessID).filter(\.isAlive)
  }

  /// The process ids of the living `imap` processes.
  public func imapProcessIDs() -> [Int32] {
    processTree().filter { $0.name == "imap" }.map(\.id)
  }
}

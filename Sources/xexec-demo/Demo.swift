import Foundation
import PrivateDovecot

/// The demonstration: starts Dovecot, plays the session, and leaves nothing unless told to.
struct Demo {
  /// Whether Dovecot runs on after the session.
  let keepsRunning: Bool

  private let user = "marc@perkel.com"
  private let password = "password"

  /// Runs it.
  ///
  /// - Returns: The exit status of the program; a message has been printed if it is not 0.
  func run() -> Int32 {
    let interruption = Interruption()
    do {
      let dovecot = try interruption.watch(start: startDovecot)
      do {
        try play(port: dovecot.port)
      } catch {
        let log = dovecot.logText()
        interruption.letGo { dovecot.stop() }
        throw KitError(.system, "\(error)\nDovecot's log:\n\(log)")
      }
      interruption.letGo {
        if keepsRunning { keep(dovecot) } else { dovecot.stop() }
      }
      return 0
    } catch {
      try? FileHandle.standardError.write(contentsOf: Data("xexec-demo: \(error)\n".utf8))
      return 1
    }
  }

  private func startDovecot() throws -> PrivateDovecot {
    let programs = "\(PrivateDovecot.packageRoot)/dovecot-conf-snippets"
    return try PrivateDovecot { folder, options in
      let modules = try folder.addProgram(copying: PrivateDovecot.modulesProgram)
      let average = try folder.addProgram(copying: "\(programs)/average")
      options.users = [.init(name: user, password: password)]
      options.globalText = "login_greeting = Dovecot ready."
      options.pluginSettings = [
        "xexec": "blacklist:\(modules) blacklist --",
        "xexec2": "whitelist:\(modules) whitelist --",
        "xexec3": "average:\(average)",
      ]
    }
  }

  private func play(port: UInt16) throws {
    let session = try Session(port: port)
    let success = "command exited successfully"
    try session.command("login \(user) \(password)", expecting: "Logged in")
    try session.command(
      "xexec blacklist add joe@example.com", showing: ["joe@example.com"], expecting: success)
    try session.command(
      "xexec whitelist del joe@example.com", showing: ["joe@example.com"], expecting: success)
    try session.command(
      "xexec whitelist add ann@example.com", showing: ["ann@example.com"], expecting: success)
    try session.command(
      "xexec blacklist list", showing: ["joe@example.com"], expecting: success)
    try session.command(
      "xexec whitelist list", showing: ["ann@example.com"], expecting: success)
    try session.command(
      "xexec average", answering: ["3", "10", "20", "33"], showing: ["Average: 21"],
      expecting: success)
    try session.command("logout", expecting: "Logout completed")
  }

  private func keep(_ dovecot: PrivateDovecot) {
    let processID = dovecot.keepRunning(seconds: 3600)
    say(
      """

      Dovecot runs on, for an hour at most.
        host 127.0.0.1, port \(dovecot.port), user \(user), password \(password)
      Connect by hand with "telnet 127.0.0.1 \(dovecot.port)" or "nc 127.0.0.1 \(dovecot.port)", \
      and type for example:
        001 login \(user) \(password)
        002 xexec blacklist list
        003 xexec average
        004 logout
      The log:  \(dovecot.logFile)
      To stop:  kill \(processID)
      """)
  }
}

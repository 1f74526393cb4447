import Foundation
import PrivateDovecot
import Testing

/// What is logged, and what never is.
@Suite struct LogTests {
  @Test("Every run writes one line: module, process id, ending, milliseconds, octets out and in")
  func line() throws {
    let server = try Server()
    let client = try server.connect()
    let tag = try client.start(script: "echo $$; printf '\\005\\n'; read x; exit 3")
    let id = String(decoding: try client.readLine().dropFirst(5), as: UTF8.self)
    try client.sendLine("1234")
    _ = try client.readResponses(untilTagged: tag)
    try client.run(script: "kill -9 $$")

    #expect(server.pluginLog(count: 2).count == 2)
    let log = server.dovecot.logText().split(separator: "\n").filter { $0.contains("xexec: ") }
    let first = try #require(log.first)
    #expect(first.contains("imap(\(Server.user))<") && first.contains(": Info: "))
    let octetsOut = id.count + 1 + 2
    let expected =
      "xexec: module sh, pid \(id): exit status 3, [0-9]+ ms, \(octetsOut) octets out, 5 octets in$"
    #expect(first.range(of: expected, options: .regularExpression) != nil, "\(first)")
    #expect(log[1].contains(": signal SIGKILL, "))
  }

  @Test("Arguments, answers and the program's text are not logged, even with mail_debug")
  func secrets() throws {
    let server = try Server { _, options in
      options.mailDebug = true
      options.globalText = "auth_verbose = yes\nverbose_proctitle = yes\n"
    }
    let client = try server.connect()
    for refused in ["XEXEC nothing secret-1", "XEXEC args (secret-2)", "XEXEC \"x\" secret-3"] {
      #expect(!(try client.command(refused).isOK))
    }
    _ = try client.command("XEXEC args secret-4 {8+}\r\nsecret-5")
    let tag = try client.start(
      script: "printf '\\005secret-6\\n'; read x; echo $x >&2; : secret-7; exit 1")
    _ = try client.readLine()
    try client.sendLine("secret-8")
    _ = try client.readResponses(untilTagged: tag)
    _ = try client.command("LOGOUT")
    try server.dovecot.waitForLog(containing: "Logged out")
    let log = server.dovecot.logText()
    #expect(log.contains("Debug: "))
    #expect(!log.contains("secret-"), "\(log)")
  }
}

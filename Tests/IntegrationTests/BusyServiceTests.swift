import Foundation
import PrivateDovecot
import Testing

/// A module behind a service all of whose processes (`process_limit`) are busy.
@Suite struct BusyServiceTests {
  @Test(
    "Whoever comes waits, within the time limit, and Dovecot's log says what there is too little of"
  )
  func changePassword() throws {
    let server = try PasswordServer(checksOld: true) { options in
      // of a single process Dovecot says that it is a client_limit
      options.globalText = options.globalText.replacing(
        "process_limit = 50", with: "process_limit = 2")
      options.modules["changepassword"]?.timeout = "2s"
    }
    let early = try (0..<2).map { _ in try server.connect() }
    for client in early {
      try client.sendLine("a XEXEC changepassword")
      _ = try client.readUntilContinuation()
    }
    let late = try server.connect()
    #expect(try late.command("XEXEC changepassword").outcome == "NO [LIMIT] command timed out")
    try server.dovecot.waitForLog(
      containing: "service(xexec-changepassword): process_limit (2) reached")
    let log = server.server.pluginLog(count: 1)
    #expect(log.first?.contains(": timed out") == true, "\(log)")

    try early[0].sendLine("wrong")
    #expect(try !early[0].readResponses(untilTagged: "a").isOK)
    try late.sendLine("b XEXEC changepassword")
    _ = try late.readUntilContinuation()
  }
}

import Foundation
import PrivateDovecot
import Testing

/// How a module tells the user and the administrator that something is wrong.
@Suite struct ReportTests {
  private static let environment = ["XEXEC_MODULE": "test", "USER": "joe", "HOME": "/nonexistent"]
  private static let notSetUp =
    "[CONTACTADMIN] This module is not set up right: tell your administrator"

  @Test(
    "A wrong set-up is a line for the log with its cause, and a sentence for the user",
    arguments: [
      (["blacklist", "--foler", "Junk", "--", "list"], "Unknown option '--foler'. Did you mean"),
      (["smtp", "--relay", "smpt://x", "--"], "The value 'smpt://x' is invalid for '--relay"),
      (["changepassword", "--"], "Missing expected argument '--file"),
      (["changepassword", "--file", "users", "--"], "--file is no absolute path."),
      (["blacklist", "list"], "its words in the configuration do not end with \"--\""),
      (["--help", "x"], "its words in the configuration do not end with \"--\""),
      (["--"], "no module is named in front of the \"--\""),
      (["blaklist", "--"], "Unexpected argument 'blaklist'"),
    ], [false, true])
  func notSetUp(_ piece: (words: [String], cause: String), isBehindService: Bool) throws {
    let run = try ModuleRun(
      piece.words, environment: Self.environment, isBehindService: isBehindService)
    let log = try #require(run.output.first)
    #expect(log.hasPrefix("\u{5}[LOG] \(piece.cause)"), "\(run)")
    #expect(run.status == (isBehindService ? 0 : 78))
    #expect(
      run.output.dropFirst() == (isBehindService ? ["\u{5}[STATUS 78] \(Self.notSetUp)"] : []))
    #expect(run.errorOutput == (isBehindService ? [] : [Self.notSetUp]))
  }

  @Test("What a user does wrong is quiet in the log", arguments: [false, true])
  func ofUser(isBehindService: Bool) throws {
    let run = try ModuleRun(
      ["blacklist", "--", "add", "joe"], environment: Self.environment,
      isBehindService: isBehindService)
    let line = "[CANNOT] The address is not of the form name@example.com"
    #expect(run.output == (isBehindService ? ["\u{5}[STATUS 65] \(line)"] : []))
    #expect(run.errorOutput == (isBehindService ? [] : [line]))
    #expect(run.status == (isBehindService ? 0 : 65))
  }

  @Test("A service that passes on too little is told what")
  func environment() throws {
    for (words, variables, cause) in [
      (["blacklist", "--", "list"], [:], "no USER in the environment"),
      (["blacklist", "--", "list"], ["USER": "joe"], "no HOME with an absolute path"),
      (
        ["smtp", "--relay", "smtp://x", "--", "joe@x.org", "a@x.org"], ["USER": "joe@x.org"],
        "no XEXEC_LITERAL_SIZE in the environment"
      ),
    ] as [([String], [String: String], String)] {
      let run = try ModuleRun(words, environment: variables, isBehindService: true)
      #expect(run.output.first?.hasPrefix("\u{5}[LOG] \(cause)") == true, "\(run)")
      #expect(run.output.last?.hasPrefix("\u{5}[STATUS 78] [CONTACTADMIN] ") == true, "\(run)")
    }
  }

  @Test("A message that came as an argument is no mistake of the user's")
  func literal() throws {
    let run = try ModuleRun(
      ["smtp", "--relay", "smtp://x", "--", "joe@x.org", "a@x.org", "Subject: secret\n\nsecret\n"],
      environment: Self.environment.merging(["USER": "joe@x.org"]) { $1 })
    #expect(run.status == 78)
    #expect(run.output.count == 1 && run.output[0].contains("xexecN_stdin = literal"), "\(run)")
    #expect(!run.output[0].contains("secret"))
  }

  @Test("Somebody at a terminal gets the usage")
  func byHand() throws {
    let wrong = try ModuleRun(["blacklist", "--foler", "Junk"])
    #expect(wrong.status == 64)
    #expect(wrong.output == [] && wrong.errorOutput.contains { $0.hasPrefix("Usage: ") })
    let help = try ModuleRun(["help", "blacklist"])
    #expect(help.status == 0 && help.output.contains { $0.hasPrefix("USAGE: ") })
  }
}

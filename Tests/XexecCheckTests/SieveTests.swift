import Foundation
import Testing

@testable import xexec_check

/// What the modules that write Sieve scripts need of delivery.
@Suite struct SieveTests {
  let folder: CheckedFolder
  let program: String

  init() throws {
    folder = try CheckedFolder()
    program = try folder.addModules()
  }

  private func lines(_ words: String) -> [String] {
    folder.lines(["xexec": "a:\(program) \(words)", "xexec_stdin": "literal"])
  }

  private func delivery(_ plugins: [String], _ settings: [(String, String)])
    -> DovecotConfiguration
    .Delivery
  {
    .init(
      plugins: plugins, scriptsBefore: settings.map(\.1), submissionHost: "",
      sendmail: "/bin/sh")
  }

  @Test("Delivery without Pigeonhole, or without the scripts")
  func sieve() {
    let before = [("sieve_before2", "file:~/.xexec/sieve")]
    folder.configuration.deliveries = [
      "lmtp": delivery([], []), "lda": delivery(["sieve"], before),
    ]
    #expect(lines("blacklist --") == [])
    folder.configuration.protocols = ["imap", "lmtp"]
    #expect(
      lines("blacklist --") == [
        "error: xexec: lmtp does not run the scripts: "
          + "add \"mail_plugins = $mail_plugins sieve\" to protocol lmtp"
      ])
    folder.configuration.deliveries = ["lmtp": delivery(["sieve"], [("sieve_before", "~/x")])]
    #expect(
      lines("blacklist --") == [
        "error: xexec: lmtp does not run the scripts: "
          + "add \"sieve_before = file:~/.xexec/sieve\" to plugin { }"
      ])
    #expect(
      lines("blacklist --directory /var/x --") == [
        "error: xexec: lmtp does not run the scripts: "
          + "add \"sieve_before = file:/var/x/sieve\" to plugin { }"
      ])
    folder.configuration.protocols = ["imap"]
    folder.configuration.deliveries = ["lda": delivery([], before)]
    #expect(
      lines("blacklist --") == [
        "error: xexec: lda does not run the scripts: "
          + "add \"mail_plugins = $mail_plugins sieve\" to protocol lda"
      ])
  }

  @Test("Nothing that forwards mail")
  func sendmail() {
    var lda = delivery(["sieve"], [("sieve_before", "~/.xexec/sieve/;name=x")])
    lda.sendmail = "/nowhere/sendmail -t"
    folder.configuration.deliveries = ["lda": lda]
    #expect(
      lines("forwardmail --") == [
        "error: xexec: mail cannot be forwarded: there is no program /nowhere/sendmail "
          + "(sendmail_path), and no submission_host: set one of them"
      ])
    lda.submissionHost = "localhost:25"
    folder.configuration.deliveries = ["lda": lda]
    #expect(lines("forwardmail --") == [])
  }
}

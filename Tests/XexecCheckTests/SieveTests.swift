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

  @Test("Both ways of delivery in one line")
  func both() {
    let other = delivery(["sieve"], [("sieve_before", "~/x")])
    folder.configuration.deliveries = ["lmtp": other, "lda": other]
    #expect(
      lines("blacklist --") == [
        "error: xexec: lda and lmtp do not run the scripts: "
          + "add \"sieve_before = file:~/.xexec/sieve\" to plugin { }"
      ])
  }

  @Test("Something else has taken the place of the scripts: that is told, once for all modules")
  func replaced() throws {
    let other = delivery(["sieve"], [("", "~/foo")])
    folder.configuration.deliveries = ["lmtp": other, "lda": other]
    func lines() -> [String] {
      folder.lines(
        ["xexec": "a:\(program) blacklist --", "xexec2": "b:\(program) forwardmail --"],
        main: "dovecot.conf")
    }
    let block =
      "sieve_script xexec {\n  type = before\n  driver = file\n  path = ~/.xexec/sieve\n}\n"
    func told(_ key: String, _ line: Int, by earlier: Int, _ advice: String) -> [String] {
      [
        "error: \(key) (@/dovecot.conf:\(line)): replaces the one at @/dovecot.conf:\(earlier), by which "
          + "the scripts were run: \(advice)"
      ]
    }
    let name = "give this block another name"
    try folder.add("dovecot.conf", "\(block)sieve_script xexec {\n  path = ~/foo\n}\n")
    #expect(lines() == told("sieve_script xexec { path }", 7, by: 4, name))
    try folder.add("dovecot.conf", "\(block)sieve_script xexec {\n  type = after\n}\n")
    #expect(lines() == told("sieve_script xexec { type }", 7, by: 4, name))
    try folder.add(
      "dovecot.conf",
      "plugin {\n  sieve_before = file:~/.xexec/sieve\n}\nprotocol lda {\n  plugin/sieve_before = ~/x\n}\n"
        + "plugin/sieve_before = ~/y\n")
    #expect(
      lines() == told("sieve_before", 5, by: 2, "give this one another number, as sieve_before2")
        + told("sieve_before", 7, by: 2, "give this one another number, as sieve_before2"))
    // another block is no reason
    try folder.add("dovecot.conf", "sieve_script other {\n  path = ~/.xexec/sieve\n}\n")
    #expect(lines().allSatisfy { $0.contains("lda and lmtp do not run the scripts: add ") })
  }

  @Test("lmtp that looks for users without their domain")
  func domain() throws {
    folder.configuration.protocols = ["lmtp"]
    var lmtp = delivery(["sieve"], [("", "~/.xexec/sieve")])
    lmtp.submissionHost = "x"
    lmtp.dropsDomain = true
    folder.configuration.deliveries = ["lmtp": lmtp]
    try folder.add("dovecot.conf", "protocol lmtp {\n  auth_username_format = %Ln\n}\n")
    func lines(of name: String) -> [String] {
      folder.lines(
        ["xexec": "a:\(program) blacklist --"], main: "dovecot.conf",
        users: [.init(name: name, listing: "field\tvalue\nuid\t0\nhome\t/\n")])
    }
    #expect(lines(of: "joe") == [])
    #expect(
      lines(of: "joe@example.com") == [
        "warning: auth_username_format (@/dovecot.conf:2): lmtp looks for users without their domain, "
          + "and does not know joe@example.com: take it out of protocol lmtp"
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

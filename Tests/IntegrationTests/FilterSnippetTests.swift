import Foundation
import PrivateDovecot
import Testing

/// The snippets of the filter modules, as `make install` expands them.
@Suite struct FilterSnippetTests {
  @Test("doveconf accepts them, next to an installation that loads Pigeonhole already")
  func doveconf() throws {
    let filter = try FilterServer { options in options.lmtpMailPlugins = ["sieve"] }
    let configuration = "\(filter.server.dovecot.folder.path)/dovecot.conf"
    let program = "\(filter.server.dovecot.folder.path)/bin/xexec-modules"
    func all() throws -> String {
      try run(
        ["/usr/bin/doveconf", "-c", configuration, "-n"], environment: ["PATH": "/usr/bin:/bin"],
        timeout: .seconds(60)
      ).output
    }
    func value(of setting: String, _ arguments: String...) throws -> String {
      let result = try run(
        ["/usr/bin/doveconf", "-c", configuration, "-h"] + arguments + [setting],
        environment: ["PATH": "/usr/bin:/bin"], timeout: .seconds(60))
      #expect(result.status == 0 && result.errorOutput.isEmpty, "\(result)")
      return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    for (number, module, options) in [
      (2, "blacklist", "--action fileinto --folder Junk --max-entries 10000"),
      (3, "whitelist", "--max-entries 10000"),
      (4, "forwardmail", "--spam-header X-Spam-Flag:YES --spam-header X-Spam:Yes"),
    ] {
      let words = "\(program) \(module) \(options) --"
      if DovecotVersion.is24 {
        #expect(try all().contains("xexec \(module) {\n  program = \(words)\n}"))
      } else {
        #expect(try value(of: "plugin/xexec\(number)") == "\(module):\(words)")
      }
    }
    #expect(try value(of: "lda_mailbox_autosubscribe", "-f", "protocol=lmtp") == "yes")
    if DovecotVersion.is24 {
      #expect(
        try all().contains(
          "sieve_script xexec {\n  driver = file\n  path = ~/.xexec/sieve\n  type = before\n}"))
    } else {
      #expect(try value(of: "plugin/sieve_before") == "file:~/.xexec/sieve")
      #expect(try value(of: "mail_plugins", "-f", "protocol=lmtp").contains("sieve"))
    }

    let client = try filter.server.connect()
    #expect(
      try ConfigurationTests.capabilities(client)
        == ["XEXEC", "XEXEC=BLACKLIST", "XEXEC=WHITELIST", "XEXEC=FORWARDMAIL"])
    #expect(try client.command("XEXEC blacklist add joe@example.com").isOK)
    #expect(try filter.deliver(from: "joe@example.com") == ["Junk"])
    filter.expectNoErrors()
  }
}

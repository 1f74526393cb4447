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
    func value(of setting: String, _ arguments: String...) throws -> String {
      let result = try run(
        ["/usr/bin/doveconf", "-c", configuration, "-h"] + arguments + [setting],
        environment: ["PATH": "/usr/bin:/bin"], timeout: .seconds(60))
      #expect(result.status == 0 && result.errorOutput.isEmpty, "\(result)")
      return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    #expect(
      try value(of: "plugin/xexec2") == "blacklist:\(program) blacklist --action fileinto "
        + "--folder Junk --max-entries 10000 --")
    #expect(
      try value(of: "plugin/xexec3") == "whitelist:\(program) whitelist --max-entries 10000 --")
    #expect(
      try value(of: "plugin/xexec4") == "forwardmail:\(program) forwardmail "
        + "--spam-header X-Spam-Flag:YES --spam-header X-Spam:Yes --")
    #expect(try value(of: "lda_mailbox_autosubscribe", "-f", "protocol=lmtp") == "yes")
    #expect(try value(of: "plugin/sieve_before") == "file:~/.xexec/sieve")
    #expect(try value(of: "mail_plugins", "-f", "protocol=lmtp").contains("sieve"))

    let client = try filter.server.connect()
    #expect(
      try ConfigurationTests.capabilities(client)
        == ["XEXEC", "XEXEC=BLACKLIST", "XEXEC=WHITELIST", "XEXEC=FORWARDMAIL"])
    #expect(try client.command("XEXEC blacklist add joe@example.com").isOK)
    #expect(try filter.deliver(from: "joe@example.com") == ["Junk"])
    filter.expectNoErrors()
  }
}

import Foundation
import PrivateDovecot
import Testing

/// What Dovecot has from 2.4 on: a block for each module, whose values have types.
@Suite(.for24) struct ModuleBlockTests {
  /// A server whose modules are what a text says.
  private func server(_ text: String, imapText: String = "") throws -> Server {
    try Server { _, options in
      options.modules = [:]
      options.globalText = text
      options.imapText = imapText
    }
  }

  @Test("The order of the blocks is kept, and a second one of a name adds to the first")
  func order() throws {
    let server = try server(
      """
      xexec zebra {
        program = /bin/sleep
      }
      xexec_timeout = 20s
      xexec Apple {
        program = /bin/echo apple
      }
      xexec zebra {
        timeout = 300 ms
      }
      """)
    let client = try server.connect()
    #expect(
      try ConfigurationTests.capabilities(client) == ["XEXEC", "XEXEC=ZEBRA", "XEXEC=APPLE"])
    #expect(try client.command("XEXEC zebra 30").outcome == "NO [LIMIT] command timed out")
    #expect(try client.command("XEXEC apple").texts == ["* OK apple"])
  }

  @Test("Blocks in a protocol, for some addresses, and in a group")
  func places() throws {
    let server = try server(
      """
      group @xexec tools {
        xexec grouped {
          program = /bin/echo group
        }
      }
      @xexec = tools
      remote 127.0.0.0/8 {
        xexec near {
          program = /bin/echo %{remote_ip}
        }
      }
      remote 192.0.2.0/24 {
        xexec far {
          program = /bin/echo far
        }
      }
      protocol lmtp {
        xexec mail {
          program = /bin/echo mail
        }
      }
      """, imapText: "xexec inner {\n  program = /bin/echo protocol\n}\n")
    let client = try server.connect()
    let capabilities = try ConfigurationTests.capabilities(client)
    #expect(
      Set(capabilities) == ["XEXEC", "XEXEC=GROUPED", "XEXEC=NEAR", "XEXEC=INNER"],
      "\(capabilities)")
    #expect(try client.command("XEXEC grouped").texts == ["* OK group"])
    #expect(try client.command("XEXEC near").texts == ["* OK 127.0.0.1"])
    #expect(try client.command("XEXEC inner").texts == ["* OK protocol"])
    #expect(server.pluginLog().allSatisfy { !$0.contains("is ignored") })
  }

  @Test("Variables with pipes and strings are one piece; a lone percent sign is itself")
  func variables() throws {
    let server = try Server { folder, options in
      let args = try folder.argumentPrinter()
      options.modules["args"] = .init(
        args + #" %{user | upper}x "%{userdb:none | default('a "b} c')}" 100% 50%, %%{user}"#)
    }
    let reply = try server.connect().command("XEXEC args")
    #expect(
      reply.texts == [
        "* OK <MARC@PERKEL.COMx>", #"* OK <a "b} c>"#, "* OK <100%>", "* OK <50%,>",
        "* OK <%{user}>",
      ])
  }

  @Test("Bad blocks are logged once a login with name and reason, and stop nothing else")
  func badBlocks() throws {
    let server = try Server { _, options in
      options.modules["a(b"] = "/bin/true"
      options.modules["empty"] = .init(timeout: "5s")
      options.modules["relative"] = "bin/true"
      options.modules["open"] = "/bin/true 'x"
      options.modules["SH"] = "/bin/true"
      options.modules["old"] = "/bin/echo %u"
      options.modules["twice"] = "/bin/echo 100%%"
      options.modules["off"] = "no"
      options.modules["good"] = "/bin/echo good"
    }
    let client = try server.connect()
    #expect(
      try ConfigurationTests.capabilities(client)
        == ["XEXEC", "XEXEC=SH", "XEXEC=ARGS", "XEXEC=GOOD"])
    #expect(try client.command("XEXEC good").texts == ["* OK good"])
    #expect(try client.command("XEXEC args x").texts == ["* OK <x>"])
    let log = server.pluginLog(count: 9).filter { $0.contains("is ignored") }
    #expect(log.count == 7, "\(log)")
    for (name, reason) in [
      ("a(b", "is not an IMAP atom"), ("empty", "no program"),
      ("relative", "neither an absolute path nor unix:SOCKET nor tcp:HOST:PORT"),
      ("open", "a single quote (') is not closed"), ("SH", "named by an earlier entry already"),
      ("old", "%u is none of Dovecot's variables any more: write %{user}"),
      ("twice", "a percent sign is a single % in this Dovecot"),
    ] {
      #expect(
        log.count { $0.contains("xexec \(name)") && $0.contains(reason) } == 1, "\(name): \(log)")
    }
  }

  /// Older ones tell only what is wrong, by a panic of doveconf: nothing is started either.
  private static let wrongVariables =
    DovecotVersion.installed >= DovecotVersion(2, 4, 3)
    ? ["/bin/echo %{user", "/bin/echo %{a b}", "100%{"].map { ("program = \($0)", "program") } : []

  @Test(
    "A value that is none, and a setting that is unknown, are refused with file and line",
    arguments: [
      ("timeout = soon", "soon"), ("max_literal = 1 Z", "1 Z"), ("stdin = words", "words"),
      ("progress = maybe", "maybe"), ("stderr = nobody", "nobody"), ("timout = 5s", "timout"),
    ] + wrongVariables)
  func refused(line: String, word: String) throws {
    let server = try Server()
    let folder = server.dovecot.folder
    let text = try String(contentsOfFile: "\(folder.path)/dovecot.conf", encoding: .utf8)
    func doveconf(_ block: String) throws -> CommandResult {
      let all = "\(text)\n\(block)\n"
      let file = try folder.addFile(named: "wrong.conf", octets: Array(all.utf8))
      return try run(
        ["/usr/bin/doveconf", "-c", file, "-n"], environment: ["PATH": "/usr/bin:/bin"],
        timeout: .seconds(60))
    }
    #expect(try doveconf("xexec right {\n  program = /bin/true\n}").status == 0)
    let wrong = try doveconf("xexec wrong {\n  program = /bin/true\n  \(line)\n}")
    #expect(wrong.status != 0)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
    #expect(
      wrong.errorOutput.contains(/wrong.conf line [0-9]+/) && wrong.errorOutput.contains(word),
      "\(wrong.errorOutput)")
    let number = wrong.errorOutput.firstMatch(of: /wrong.conf line ([0-9]+)/)
      .flatMap { Int($0.1) }
    #expect(number.map { (lines...lines + 4).contains($0) } == true, "\(wrong.errorOutput)")
    let unnamed = try doveconf("xexec {\n  program = /bin/true\n}")
    #expect(unnamed.status != 0 && unnamed.errorOutput.contains("wrong.conf line"), "\(unnamed)")
  }
}

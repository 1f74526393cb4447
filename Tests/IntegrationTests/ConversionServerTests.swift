import Foundation
import PrivateDovecot
import Testing

/// `xexec-check --convert`: what comes out is read by a Dovecot 2.4, and works.
@Suite struct ConversionServerTests {
  private static let names = [
    "90-xexec", "91-xexec-lists", "92-xexec-forwardmail", "93-xexec-changepassword",
    "94-xexec-smtp",
  ].map { "\($0).conf" }

  /// The snippets of Dovecot 2.3, for programs in a folder.
  private static func old(_ name: String, programs: String) throws -> String {
    try String(
      contentsOfFile: "\(PrivateDovecot.allSnippetsFolder)/2.3/\(name)", encoding: .utf8
    ).replacing("@programsdir@", with: programs)
  }

  private static func convert(_ text: String, in folder: PrivateFolder) throws -> String {
    let file = try folder.addFile(named: "old.conf", octets: Array(text.utf8))
    let result = try CheckRun.result(["--convert", file])
    #expect(result.status == 0 && result.errorOutput == "", "\(result)")
    return result.output
  }

  @Test("Files, several of them and standard input; exit statuses")
  func files() throws {
    let server = try Server()
    let folder = server.dovecot.folder
    let one = try folder.addFile(
      named: "one.conf", octets: Array("plugin {\n  xexec2_timeout = 5s\n}\n".utf8))
    let two = try folder.addFile(
      named: "two.conf", octets: Array("plugin {\n  xexec2 = a:/bin/true %u\n}\n".utf8))
    let both = try CheckRun.result(["--convert", one, two])
    #expect(both.status == 0 && both.errorOutput == "")
    #expect(
      both.output == "# --- \(one)\nxexec a {\n  timeout = 5s\n}\n"
        + "\n# --- \(two)\nxexec a {\n  program = /bin/true %{user}\n}\n")

    let alone = try CheckRun.result(["--convert", one])
    #expect(alone.status == 1)
    #expect(
      alone.errorOutput
        == "error: xexec2_timeout (\(one):2): is not converted: there is no xexec2\n"
    )
    #expect(alone.output == "# not converted: there is no xexec2\n#  xexec2_timeout = 5s\n")

    // what comes slowly is waited for
    let pipe = try run(
      [
        "/bin/sh", "-c", "{ cat \(one); sleep 1; cat \(two); } | \"$0\" --convert",
        PrivateDovecot.checkProgram,
      ], environment: ["PATH": "/usr/bin:/bin"], timeout: .seconds(60))
    #expect(pipe.status == 0 && pipe.output.contains("timeout = 5s"), "\(pipe)")
    #expect(pipe.output.hasSuffix("program = /bin/true %{user}\n}\n"))

    #expect(try CheckRun.result(["--convert", "/nowhere"]).status == 66)
    let other = try folder.addFile(named: "latin1.conf", octets: [0x23, 0xE9, 0x0A])
    let refused = try CheckRun.result(["--convert", other])
    #expect(refused.status == 66 && refused.errorOutput.contains("is not UTF-8"), "\(refused)")
    let order = try CheckRun.result([
      "--convert", "--strict", two,
      try folder.addFile(
        named: "three.conf", octets: Array("plugin {\n  xexec = b:/bin/true\n}\n".utf8)),
    ])
    #expect(order.status == 1 && order.errorOutput.hasPrefix("warning: xexec: the order is"))
    server.dovecot.shutDown()
  }

  @Test("doveconf reads each snippet as it reads the one of 2.4", .for24, arguments: names)
  func doveconf(name: String) throws {
    let server = try Server()
    let folder = server.dovecot.folder
    func listing(_ text: String) throws -> [Substring] {
      let file = try folder.addFile(
        named: "snippet.conf",
        octets: Array(
          "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n\(text)".utf8))
      let result = try run(
        ["/usr/bin/doveconf", "-n", "-c", file], environment: ["PATH": "/usr/bin:/bin"],
        timeout: .seconds(30))
      #expect(result.status == 0 && result.errorOutput == "", "\(result)")
      return result.output.split(separator: "\n").filter { !$0.hasPrefix("# ") }
    }
    let converted = try listing(Self.convert(Self.old(name, programs: "/programs"), in: folder))
    #expect(converted.count > 4)
    #expect(
      converted
        == (try listing(PrivateDovecot.snippet(name).replacing("@programsdir@", with: "/programs")))
    )
    server.dovecot.shutDown()
  }

  @Test("A Dovecot 2.4 with all of them starts, and its modules are there", .for24)
  func server() throws {
    let server = try Server { folder, options in
      options.modules = [:]
      options.imapMailPlugins = []
      options.servesLMTP = true
      let average = try folder.addProgram(copying: PrivateDovecot.averageProgram)
      _ = try folder.addProgram(copying: PrivateDovecot.modulesProgram)
      let programs = (average as NSString).deletingLastPathComponent
      let text =
        try Self.names.map { try Self.old($0, programs: programs) }.joined()
        + "plugin {\n  xexec9 = words:\(try folder.argumentPrinter()) %n 'a b' 100%% %%{x} %Uu\n}\n"
      // no account of a system is to be needed
      options.globalText = try Self.convert(text, in: folder)
        .replacing(#/ +(?:user|group|extra_groups) = (?:vmail|passwords)\n/#, with: "")
    }
    let client = try server.connect()
    #expect(
      try ConfigurationTests.capabilities(client) == [
        "XEXEC", "XEXEC=AVERAGE", "XEXEC=BLACKLIST", "XEXEC=WHITELIST", "XEXEC=FORWARDMAIL",
        "XEXEC=CHANGEPASSWORD", "XEXEC=SMTP", "XEXEC=WORDS",
      ])
    #expect(try client.command("XEXEC blacklist add joe@example.com").isOK)
    #expect(
      try client.command("XEXEC words x").texts == [
        "* OK <marc>", "* OK <a b>", "* OK <100%>", "* OK <%{x}>", "* OK <MARC@PERKEL.COM>",
        "* OK <x>",
      ])
    #expect(server.pluginLog(count: 2).filter { $0.contains("ignored") }.isEmpty)
  }
}

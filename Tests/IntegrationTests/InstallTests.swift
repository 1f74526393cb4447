import Foundation
import PrivateDovecot
import Testing

/// `make install` and `make uninstall`, into a folder of their own.
@Suite struct InstallTests {
  let folder: String

  init() throws {
    var path = Array("\(NSTemporaryDirectory())/xexec-install-XXXXXX".utf8CString)
    try #require(mkdtemp(&path) != nil)
    folder = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func make(_ arguments: String...) throws -> CommandResult {
    let plugin = URL(fileURLWithPath: PrivateDovecot.builtPlugin).deletingLastPathComponent().path
    let modules =
      ProcessInfo.processInfo.environment["XEXEC_MODULES"] ?? ".build/release/xexec-modules"
    let check = ProcessInfo.processInfo.environment["XEXEC_CHECK"] ?? ".build/release/xexec-check"
    return try run(
      [
        "/usr/bin/make", "-C", PrivateDovecot.packageRoot, "BUILD=\(plugin)", "MODULES=\(modules)",
        "CHECK=\(check)",
        "MODULEDIR=/modules", "PREFIX=/usr/local",
      ] + arguments,
      // a compiler would be missed: as with sudo, PATH has none
      environment: ["PATH": "/usr/bin:/bin"], timeout: .seconds(60))
  }

  /// What is there below the folder.
  private var files: Set<String> {
    let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return Set(
      all.filter { path in
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder)
          && !isFolder.boolValue
      })
  }

  private static let plugin = "modules/lib10_xexec_plugin.so"
  private static let modules = "usr/local/lib/xexec/xexec-modules"
  private static let check = "usr/local/sbin/xexec-check"

  /// The links of the installed documents that lead nowhere.
  private func brokenLinks() throws -> String {
    let documents = "usr/local/share/doc/dovecot-xexec"
    for name in ["README.md", "CHANGELOG.md", "docs/MODULES.md"] {
      #expect(files.contains("\(documents)/\(name)"))
    }
    return try run(
      [
        "/usr/bin/python3", "\(PrivateDovecot.packageRoot)/Tests/Documents/links.py",
        "\(folder)/\(documents)",
      ], environment: ["PATH": "/usr/bin:/bin"], timeout: .seconds(60)
    ).errorOutput
  }

  @Test("All is installed, the plugin alone if wanted, and nothing is left")
  func installs() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(try make("install-plugin", "DESTDIR=\(folder)").status == 0)
    #expect(files.contains(Self.plugin) && files.isDisjoint(with: [Self.modules, Self.check]))
    #expect(files.contains("usr/local/share/doc/dovecot-xexec/examples/90-xexec.conf"))
    let result = try make("install", "DESTDIR=\(folder)")
    #expect(result.status == 0, "\(result)")
    #expect(files.isSuperset(of: [Self.plugin, Self.modules, Self.check]))
    #expect(try brokenLinks() == "")
    #expect(try make("uninstall", "DESTDIR=\(folder)").status == 0)
    #expect(files == [])
  }

  @Test("The examples are those of the Dovecot that the plugin was built for")
  func examples() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let build = "\(folder)/build"
    try FileManager.default.createDirectory(atPath: build, withIntermediateDirectories: true)
    for (abi, version) in [
      ("2.3.ABIv19(2.3.19.1)", "2.3"), ("2.4.ABIv5", "2.4"), ("2.9.ABIv1", ""),
    ] {
      try Data("\u{7F}ELF\0\(abi)\0".utf8)
        .write(to: URL(fileURLWithPath: "\(build)/lib10_xexec_plugin.so"))
      let result = try make(
        "install-plugin", "DESTDIR=\(folder)", "BUILD=\(build)", "SETTINGS_MODULE=")
      if version.isEmpty {
        #expect(result.status == 2 && result.errorOutput.contains("dovecot-conf-snippets/2.9"))
        continue
      }
      #expect(result.status == 0, "\(result)")
      for name in files where name.hasSuffix(".conf") {
        let source =
          "\(PrivateDovecot.allSnippetsFolder)/\(version)/\((name as NSString).lastPathComponent)"
        #expect(
          try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            == String(contentsOfFile: source, encoding: .utf8)
            .replacing("@programsdir@", with: "/usr/local/lib/xexec"))
      }
      #expect(files.filter { $0.hasSuffix(".conf") }.count == 5)
    }
  }

  @Test("What has not been built is not built now")
  func notBuilt() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let result = try make("install", "DESTDIR=\(folder)", "BUILD=\(folder)/nowhere")
    #expect(result.status == 2)
    #expect(result.errorOutput.contains("is not there: run \"make plugin\" first"))
    #expect(files == [])
  }

  @Test(
    "With Dovecot 2.4 the plugin stays as long as any of its settings is there",
    arguments: [
      ("protocol imap {\n  mail_plugins {\n    xexec = yes\n  }\n}", true),
      ("mail_plugins = quota xexec", true), ("xexec_timeout = 30s", true),
      ("xexec a {\n  program = /bin/true\n}", true),
      ("remote 10.0.0.0/8 {\n  xexec_progress = no\n}", true),
      ("sieve_script xexec {\n  path = ~/.xexec/sieve\n}\nservice xexec-a {\n}", false),
    ])
  func stillUsed24(settings: String, isUsed: Bool) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for name in ["modules/lib10_xexec_plugin.so", "modules/settings/libxexec_settings.so"] {
      let file = URL(fileURLWithPath: "\(folder)/\(name)")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: file)
    }
    try "cat <<'END'\n# 2.4.1-4 (7d8c0e5759): /etc/dovecot/dovecot.conf\n\(settings)\nEND\n"
      .write(toFile: "\(folder)/doveconf", atomically: true, encoding: .utf8)
    let result = try make(
      "uninstall", "DOVECONF=sh \(folder)/doveconf", "CONFDIR=\(folder)/none",
      "MODULEDIR=\(folder)/modules", "PREFIX=\(folder)")
    #expect(result.status == (isUsed ? 2 : 0), "\(result)")
    let left = files.filter { $0.hasSuffix(".so") }
    #expect(left.count == (isUsed ? 2 : 0))
  }

  /// A configuration with the plugin and a module.
  private static let settings =
    DovecotVersion.is24
    ? DovecotVersion.firstSettings
      + "protocol imap {\n  mail_plugins {\n    xexec = yes\n  }\n}\nxexec a {\n  program = /bin/true\n}\n"
    : "protocol imap {\n  mail_plugins = $mail_plugins xexec\n}\nplugin {\n  xexec = a:/bin/true\n}\n"

  @Test("While Dovecot loads the plugin it stays, and the lines to remove are shown")
  func stillUsed() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Self.settings.write(toFile: "\(folder)/90-xexec.conf", atomically: true, encoding: .utf8)
    let used = "DOVECONF=doveconf -c \(folder)/90-xexec.conf"
    let result = try make(
      "uninstall", used, "CONFDIR=\(folder)", "MODULEDIR=\(folder)", "PREFIX=\(folder)")
    #expect(result.status == 2)
    for (number, line) in zip(1..., Self.settings.split(separator: "\n"))
    where line.contains("xexec") {
      #expect(result.errorOutput.contains("\(folder)/90-xexec.conf:\(number):\(line)"), "\(result)")
    }
    #expect(!result.errorOutput.contains("extra_groups"))
    #expect(!result.output.contains("rm "))

    let configuration = try String(contentsOfFile: "\(folder)/90-xexec.conf", encoding: .utf8)
    func refusal(with text: String) throws -> String {
      try (configuration + text).write(
        toFile: "\(folder)/90-xexec.conf", atomically: true, encoding: .utf8)
      let result = try make(
        "uninstall", used, "CONFDIR=\(folder)", "MODULEDIR=\(folder)", "PREFIX=\(folder)")
      #expect(result.status == 2)
      #expect(!result.output.contains("rm "))
      return result.errorOutput
    }
    // auth could not read the file of passwords any more
    #expect(
      try refusal(with: "service auth {\n  extra_groups = passwords\n}\n")
        .contains("Keep \"extra_groups = passwords\" of service auth"))
    // Dovecot goes on with the configuration that it has
    #expect(try refusal(with: "nonsense = 1\n").contains("Unknown setting: nonsense"))

    try (DovecotVersion.firstSettings + "ssl = no\n")
      .write(toFile: "\(folder)/90-xexec.conf", atomically: true, encoding: .utf8)
    #expect(
      try make("uninstall", used, "CONFDIR=\(folder)", "MODULEDIR=\(folder)", "PREFIX=\(folder)")
        .status == 0)
  }
}

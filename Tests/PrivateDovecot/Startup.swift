import Foundation

extension PrivateDovecot {
  /// The root of the package that this source file belongs to.
  public static let packageRoot = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// The plugin file that ``Plugin/built`` stands for.
  public static var builtPlugin: String {
    ProcessInfo.processInfo.environment["XEXEC_PLUGIN"]
      ?? "\(packageRoot)/.build/plugin/lib10_xexec_plugin.so"
  }

  /// The program `xexec-modules`: the path in the environment variable `XEXEC_MODULES`, else what
  /// `swift build` or `swift test` made.
  public static var modulesProgram: String {
    ProcessInfo.processInfo.environment["XEXEC_MODULES"]
      ?? "\(packageRoot)/.build/debug/xexec-modules"
  }

  /// The program `xexec-check`: the path in the environment variable `XEXEC_CHECK`, else what
  /// `swift build` or `swift test` made.
  public static var checkProgram: String {
    ProcessInfo.processInfo.environment["XEXEC_CHECK"] ?? "\(packageRoot)/.build/debug/xexec-check"
  }

  /// The directory of the system's own modules, as the installed Dovecot names it.
  static var systemModules: String {
    installed("dovecot_moduledir") ?? "/usr/lib/dovecot/modules"
  }

  /// The plugins that bring COMPRESS. From 2.4 on Dovecot has it without one.
  public static let compressPlugins = DovecotVersion.is24 ? [] : ["imap_zlib"]

  /// Whether the installed Dovecot has a plugin, by its name in `mail_plugins`.
  public static func hasModule(_ plugin: String) -> Bool {
    let modules = try? FileManager.default.contentsOfDirectory(atPath: systemModules)
    return (modules ?? []).contains { module in
      module.wholeMatch(of: /lib[0-9]*_(.*)_plugin\.so/)?.1 == plugin[...]
    }
  }

  /// The system's own `imap` program, as the installed Dovecot names its place.
  public static var imapProgram: String {
    "\(installed("dovecot_pkglibexecdir") ?? "/usr/lib/dovecot")/imap"
  }

  /// Whether a Dovecot can be given mounts of its own (``Options/mounts``). That takes root, and a
  /// system that lets root do it; a container may not.
  public static let canHaveMounts =
    geteuid() == 0
    && (try? run(
      ["/usr/bin/unshare", "--mount", "/bin/mount", "-t", "tmpfs", "none", "/mnt"],
      environment: ["PATH": "/usr/bin:/bin"], timeout: .seconds(30)))?.status == 0

  /// A value of the file in which Dovecot's package says how it was built.
  private static func installed(_ key: String) -> String? {
    let lines = readText("/usr/lib/dovecot/dovecot-config")?.split(separator: "\n") ?? []
    return lines.first { $0.hasPrefix("\(key)=") }.map { String($0.dropFirst(key.count + 1)) }
  }

  /// The plugin's path, if there is to be one.
  static func path(of plugin: Plugin) throws -> String? {
    let path: String
    switch plugin {
    case .none: return nil
    case .built: path = builtPlugin
    case .file(let file): path = file
    }
    guard FileManager.default.fileExists(atPath: path) else {
      throw KitError(.system, "no plugin at \(path); build it first (make)")
    }
    if DovecotVersion.is24 { try requireSettingsModule() }
    return path
  }

  /// From 2.4 on Dovecot knows the plugin's settings by a module, which it loads from its own
  /// directory alone.
  private static func requireSettingsModule() throws {
    let name = "settings/libxexec_settings.so"
    let built = "\((builtPlugin as NSString).deletingLastPathComponent)/\(name)"
    guard let expected = FileManager.default.contents(atPath: built) else {
      throw KitError(.system, "no settings module at \(built); build it first (make)")
    }
    let found = FileManager.default.contents(atPath: "\(systemModules)/\(name)")
    guard found == expected else {
      throw KitError(
        .system,
        "\(name) is not in \(systemModules): "
          + "run this by \"sh Tests/with-settings.sh \(built) COMMAND\"")
    }
  }

  /// Starts Dovecot on a free port, and on another if somebody else was faster.
  static func start(
    _ watchdog: Watchdog, _ folder: PrivateFolder, _ options: Options
  ) throws -> (port: UInt16, masterProcessID: Int32) {
    var failure = ""
    for _ in 0..<5 {
      let port = try findFreePort()
      try Configuration(options: options, folder: folder, port: port).write()
      let master = try watchdog.startDovecot()
      // The master says this only when it has all of its listeners, so whoever answers on the
      // port after it is this Dovecot.
      var isUp = false
      let isDecided = waitUntil(timeout: .seconds(30)) {
        isUp = logText(folder).contains("starting up for")
        return isUp || ProcessEntry(id: master)?.isAlive != true
      }
      if isUp {
        try expectGreeting(port, folder)
        return (port, master)
      }
      failure = logText(folder)
      guard isDecided, failure.contains("Address already in use") else { break }
      for file in ["dovecot.log", "console.log"] {
        try? FileManager.default.removeItem(atPath: "\(folder.path)/\(file)")
      }
    }
    throw KitError(.system, "Dovecot did not start:\n\(failure)")
  }

  /// All of the log so far, and what Dovecot wrote before it had one.
  static func logText(_ folder: PrivateFolder) -> String {
    (readText("\(folder.path)/console.log") ?? "") + (readText("\(folder.path)/dovecot.log") ?? "")
  }

  private static func expectGreeting(_ port: UInt16, _ folder: PrivateFolder) throws {
    do {
      try IMAPConnection(port: port, timeout: .seconds(30)).close()
    } catch {
      throw KitError(.system, "Dovecot does not answer: \(error)\n\(logText(folder))")
    }
    // The line about this first client is to be out before a test looks at the log.
    _ = waitUntil(timeout: .seconds(2)) { logText(folder).contains("no auth attempts") }
  }
}

extension PrivateFolder {
  /// The living processes that work in this folder: a program runs in a home below it, and so does
  /// what a program has left in the background.
  public func processes() -> [ProcessEntry] {
    ProcessEntry.all().filter { process in
      guard process.isAlive, let directory = process.workingDirectory else { return false }
      return "\(directory)/".hasPrefix("\(path)/") || directory.hasPrefix("\(path) (deleted)")
    }
  }
}

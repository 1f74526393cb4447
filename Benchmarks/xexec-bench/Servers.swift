import Foundation
import PrivateDovecot

/// The private Dovecots, side by side: one for each candidate, and one that loads plugins.
final class Servers {
  static let user = PrivateDovecot.User(name: "user@example.com", password: "password")

  /// Those of the candidates, by their raw values.
  private let candidates: [PrivateDovecot]
  /// The one with the loader plugin.
  let loader: PrivateDovecot
  /// The paths of the plugins that the loader may load: the mail user can read them.
  let nullPlugin: String
  let plugin: String

  /// All of them.
  var all: [PrivateDovecot] { candidates + [loader] }

  /// Starts them.
  init(_ tools: Tools) throws {
    candidates = try Candidate.allCases.map { candidate in
      try PrivateDovecot { folder, options in
        try configure(&options, as: candidate, tools, folder)
      }
    }
    var paths: [String] = []
    loader = try PrivateDovecot { folder, options in
      try options.add(plugin: "bench_loader", at: tools.loaderPlugin, folder)
      paths = try [tools.nullPlugin, PrivateDovecot.builtPlugin].map {
        try folder.addProgram(copying: $0)
      }
    }
    (nullPlugin, plugin) = (paths[0], paths[1])
  }

  subscript(candidate: Candidate) -> PrivateDovecot { candidates[candidate.rawValue] }

  /// Stops all at a time: each takes a second.
  func stop() {
    let servers = all
    DispatchQueue.concurrentPerform(iterations: servers.count) { servers[$0].stop() }
  }

  /// The lines of the logs that tell of trouble.
  func trouble() -> [String] { all.flatMap { $0.trouble() } }
}

/// Sets a Dovecot up as one of the candidates.
func configure(
  _ options: inout PrivateDovecot.Options, as candidate: Candidate, _ tools: Tools,
  _ folder: PrivateFolder
) throws {
  options.users = [Servers.user]
  options.imapService.serviceCount = 1
  // An imap process for each login, but not a login process as well: that is none of the plugin's
  // doing, and would hide it.
  options.loginService = .init(serviceCount: 0, processMinAvail: 1)
  options.globalText = "mail_max_userip_connections = 0\n"
  switch candidate {
  case .noPlugin: options.plugin = .none
  case .nullPlugin: try options.add(plugin: "bench_null", at: tools.nullPlugin, folder)
  case .nullPluginAndSettings:
    try options.add(plugin: "bench_null", at: tools.nullPlugin, folder)
    try addTenModules(&options, tools, folder)
  case .noModules: break
  case .tenModules: try addTenModules(&options, tools, folder)
  }
}

/// Three modules that are measured, and seven as an administrator may have them.
private func addTenModules(
  _ options: inout PrivateDovecot.Options, _ tools: Tools, _ folder: PrivateFolder
) throws {
  let program = try folder.addProgram(copying: tools.program)
  var modules: PrivateDovecot.Modules = [
    "true": "/bin/true", "lines": "\(program) lines", "prompts": "\(program) prompts",
    "cat": "/bin/cat",
  ]
  for number in 5...10 {
    modules["module\(number)"] = "/usr/local/lib/xexec/module\(number).sh %{user}"
  }
  options.modules = modules
  options.moduleDefaults.timeout = "0"
}

extension PrivateDovecot.Options {
  /// Has Dovecot load a plugin of the benchmark's own, and not XEXEC.
  fileprivate mutating func add(
    plugin name: String, at path: String, _ folder: PrivateFolder
  ) throws {
    guard let octets = FileManager.default.contents(atPath: path) else {
      throw KitError(.system, "\(path): cannot be read")
    }
    try folder.addFile(named: "modules/lib10_\(name)_plugin.so", octets: [UInt8](octets))
    plugin = .none
    imapMailPlugins = [name]
  }
}

extension PrivateDovecot {
  /// Has a client log in.
  func logIn() throws -> Client {
    let client = try Client(port: port)
    try client.logIn()
    return client
  }

  /// The imap process of the only client.
  func imapProcess() throws -> Int32 {
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      // those of earlier clients are about to end
      let processes = imapProcessIDs()
      if processes.count == 1 { return processes[0] }
      guard .now < deadline else {
        throw KitError(.timedOut, "\(processes.count) imap processes for one client")
      }
      usleep(1000)
    }
  }

  /// The lines of the log that tell of trouble.
  func trouble() -> [String] {
    logText().split(separator: "\n").map(String.init).filter { line in
      ["Panic", "Fatal", "Error"].contains(where: line.contains)
    }
  }
}

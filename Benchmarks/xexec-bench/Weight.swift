import Foundation
import PrivateDovecot

// What every login pays, whether or not its client uses XEXEC.

/// `dlopen` to the end of the plugin's init, in a real imap process.
func measureLoading(_ servers: Servers, _ plan: Plan) throws -> [Row] {
  let client = try servers.loader.logIn()
  func load(_ path: String, _ name: String) throws -> Double {
    try client.send("l XBENCHLOAD \(path) \(name)\r\n")
    let words = try client.receiveLine().split(separator: " ")
    guard words.count > 2, words[1] == "OK", let nanoseconds = Double(words[2]) else {
      throw KitError(.refused, words.joined(separator: " "))
    }
    return nanoseconds / 1000
  }
  var null: [Double] = []
  var plugin: [Double] = []
  for _ in 0..<plan.loads {
    null.append(try load(servers.nullPlugin, "bench_null"))
    plugin.append(try load(servers.plugin, "xexec"))
  }
  try client.logOut()
  return [
    Row(
      "dlopen to the end of init", plugin, to: null, of: "null plugin", .microseconds, .atMost(1.5))
  ]
}

/// Login and logout.
func measureLogins(_ servers: Servers, _ plan: Plan) throws -> [Row] {
  var times = Candidate.allCases.map { _ in [Double]() }
  try takeTurns(rounds: plan.logins) { candidate in
    let nanoseconds = try time { try servers[candidate].logIn().logOut() }
    times[candidate.rawValue].append(nanoseconds / 1_000_000)
  }
  return Candidate.pairs.map { candidate, other in
    Row(
      "login + logout, \(candidate.name)", times[candidate.rawValue],
      to: times[other.rawValue], of: other.name, .milliseconds, .atMost(1.03))
  }
}

/// The memory that an imap process has for itself after login.
///
/// This is what Linux counts as private and dirty, without the pages of files that only wait to be
/// written to the disk: those of a plugin that was copied a moment ago would be among them.
func measureLoginMemory(_ servers: Servers, _ plan: Plan) throws -> (rows: [Row], scale: Scale) {
  var sizes = Candidate.allCases.map { _ in [Double]() }
  try takeTurns(rounds: plan.processes) { candidate in
    let client = try servers[candidate].logIn()
    let usage = try ProcessUsage(of: servers[candidate].imapProcess())
    sizes[candidate.rawValue].append(Double(usage.anonymousKilobytes))
    try client.logOut()
  }
  let rows = Candidate.pairs.map { candidate, other in
    Row(
      "private dirty memory after login, \(candidate.name)", sizes[candidate.rawValue],
      moreThan: sizes[other.rawValue], of: other.name, .kilobytes, .atMost(16))
  }
  return (rows, Scale(sizes))
}

/// The plugin's file.
func measureFile() throws -> [Row] {
  let path = PrivateDovecot.builtPlugin
  let attributes = try FileManager.default.attributesOfItem(atPath: path)
  guard let size = attributes[.size] as? Int else { throw KitError(.system, "\(path): no size") }
  return [Row("file size, stripped", [Double(size) / 1024], .kilobytes, .atMost(88))]
}

import Foundation
import PrivateDovecot

extension Dialogue {
  /// The parts in which the program cannot be started.
  static let refusals = [
    // valgrind forks where the system would not, so a program that is not there exits with 127
    Part("a program that is not there") { stage in
      let client = try stage.connect()
      for module in ["gone", "folder"] { try client.expect("XEXEC \(module) x", "NO ") }
      try client.expect("XEXEC args {150000+}\r\n\(String(repeating: "x", count: 150_000))", "NO ")
      try client.expect("XEXEC args x")
      try client.leave()
    },
    Part("no home") { stage in
      let client = try stage.connect()
      let home = stage.dovecot.home(of: Stage.user)
      rename(home, "\(home).away")
      defer { rename("\(home).away", home) }
      try client.run(script: "pwd", showing: ["* OK /"])
      try client.leave()
    },
    Part("no descriptors left") { stage in
      let client = try stage.connect()
      let imap = try process(of: stage)
      var refused = 0
      // every number of free descriptors, from none at all to enough
      for number in 6...40 {
        try limit(imap, of: stage, "nofile", to: number)
        let reply = try client.command("XEXEC args x")
        // with a few to spare it is valgrind that cannot start the program
        try demand(reply.status != "BAD", "\(reply.lines)")
        if reply.statusText.hasPrefix("[SERVERBUG]") { refused += 1 }
      }
      try demand(refused > 3, "only \(refused) of 35 were refused")
      try client.expect("NOOP")
      try client.leave()
    },
    Part("no processes left") { stage in
      let client = try stage.connect()
      try limit(process(of: stage), of: stage, "nproc", to: 0)
      try client.expect("XEXEC args x", "NO [SERVERBUG]")
      try client.leave()
    },
  ]

  /// The imap process of the only client.
  private static func process(of stage: Stage) throws -> Int32 {
    var found: [ProcessEntry] = []
    try stage.wait(until: "the imap processes of earlier clients have ended") {
      found = stage.valgrind.processes(of: stage.dovecot)
      return found.count == 1
    }
    return found[0].id
  }

  /// Sets a soft limit of a running imap process, as the mail user: it is for a process's own user
  /// to set, and root may have been denied it.
  private static func limit(
    _ process: Int32, of stage: Stage, _ resource: String, to number: Int
  ) throws {
    let folder = stage.dovecot.folder
    let asUser = [
      "/usr/bin/setpriv", "--reuid=\(folder.mailUserID)", "--regid=\(folder.mailGroupID)",
      "--clear-groups",
    ]
    let result = try run(
      (stage.dovecot.isRootless ? [] : asUser)
        + ["/usr/bin/prlimit", "--pid", "\(process)", "--\(resource)=\(number):"],
      environment: [:], timeout: .seconds(60))
    guard result.status == 0 else { throw KitError(.system, result.errorOutput) }
  }
}

import Foundation
import PrivateDovecot
import Testing

extension Neighbour {
  /// Those that have a way of their own with the connection, or run programs.
  static let running: [Neighbour] = [
    Neighbour("imap_zlib", settings: [:]) { session in
      try session.client.compress()
    },
    Neighbour("imap_sieve", configure: Server.addSieve, work: expectPiped),
    Neighbour("imap_filter_sieve", configure: Server.addSieve, work: expectFiltered),
    Neighbour(
      "welcome",
      configure: { folder, options in
        options.pluginSettings["welcome_script"] = "welcome %h/welcomed"
        options.pluginSettings["welcome_wait"] = "yes"
        options.globalText += try folder.scriptService(named: "welcome", script: "echo yes >\"$1\"")
      },
      work: { session in
        try session.expectOK("SELECT INBOX")
        session.expect("yes", inFile: "welcomed")
      }),
  ]

  static func expectPiped(_ session: Session) throws {
    try session.client.append(Server.SieveWay.pipe.header("cat >\(session.home)/piped"))
    session.expect("body", inFile: "piped")
  }

  static func expectFiltered(_ session: Session) throws {
    try session.client.append()
    try session.expectOK("SELECT INBOX")
    let script = """
      require "vnd.dovecot.execute";
      execute :pipe "act" ["cat >\(session.home)/piped"];
      """
    try session.expectOK("FILTER SIEVE SCRIPT {\(script.utf8.count)+}\r\n\(script) ALL")
    session.expect("body", inFile: "piped")
  }
}

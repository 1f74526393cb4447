import Foundation
import PrivateDovecot
import Testing

extension Server {
  /// The ways in which Sieve runs a program in the imap process.
  enum SieveWay: String, CaseIterable {
    case pipe, execute, filter
    /// A mail is sent, by `sendmail_path`.
    case redirect

    /// The header field of a message on which a shell script is run. It has the message as input.
    func header(_ script: String) -> String { "X-\(rawValue.capitalized): \(script)" }
  }

  /// A private Dovecot with imap_sieve. The module `letter` takes a literal as stdin, `limited` may
  /// work for a second, and `missing` cannot be started.
  static func withSieve(
    _ configure: (inout PrivateDovecot.Options) -> Void = { _ in }
  ) throws -> Server {
    try Server { folder, options in
      try addSieve(folder, &options)
      options.imapMailPlugins = ["imap_sieve", "xexec"]
      options.modules["letter"] = "/bin/sh -c"
      options.modules["letter"]?.stdin = "literal"
      options.modules["limited"] = "/bin/sh -c"
      options.modules["limited"]?.timeout = "1s"
      options.modules["missing"] = "/nonexistent/program"
      configure(&options)
    }
  }

  /// Configures Sieve in imap, its programs, and a script that runs what a message which is appended
  /// has in its header.
  static func addSieve(_ folder: PrivateFolder, _ options: inout PrivateDovecot.Options) throws {
    let act = try folder.addProgram(named: "act", text: "#!/bin/sh\neval \"$1\"\n")
    let sendmail = try folder.addProgram(
      named: "sendmail", text: "#!/bin/sh\neval \"$(sed -n 's/^X-Redirect: //p')\"\n")
    let programs = (act as NSString).deletingLastPathComponent
    // the mail user's, because the compiled script is put next to it
    try folder.addSharedFolder(named: "sieve")
    let script = try folder.addFile(named: "sieve/append.sieve", octets: Array(appended.utf8))
    options.globalText += "sendmail_path = \(sendmail)\n"
    options.sieve = .init(
      plugins: ["sieve_imapsieve", "sieve_extprograms"],
      extensions: ["pipe", "execute", "filter"].map { "vnd.dovecot.\($0)" },
      programs: programs, onAppend: script)
  }

  private static let appended = """
    require ["variables", "copy", "vnd.dovecot.pipe", "vnd.dovecot.execute", "vnd.dovecot.filter"];
    if header :matches "X-Pipe" "*" { pipe :copy "act" ["${1}"]; }
    if header :matches "X-Execute" "*" { execute :pipe "act" ["${1}"]; }
    if header :matches "X-Filter" "*" { filter "act" ["${1}"]; }
    if exists "X-Redirect" { redirect :copy "joe@example.com"; }

    """

  /// The children of the imap processes, zombies too.
  var programs: [ProcessEntry] {
    let imaps = dovecot.imapProcessIDs()
    return ProcessEntry.all().filter { imaps.contains($0.parentID) }
  }
}

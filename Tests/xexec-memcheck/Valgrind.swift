import Foundation
import PrivateDovecot

/// Runs imap under valgrind's memcheck, by a script that Dovecot starts instead of imap.
struct Valgrind {
  /// The path of the script.
  let script: String

  private let logFolder: String

  /// Writes the script into the folder of a private Dovecot.
  ///
  /// The programs that imap starts run without valgrind, and a child between fork and exec writes
  /// no log. The plugin is unloaded when imap ends, as in production, which makes a leak of what
  /// only its variables point to; its names are kept for the stacks. Memory is filled with patterns,
  /// so that nobody is lucky with what was there before.
  init(in folder: PrivateFolder) throws {
    let options = [
      "--tool=memcheck", "--trace-children=no", "--child-silent-after-fork=yes", "--vgdb=no",
      "--leak-check=full", "--show-leak-kinds=definite,indirect,possible", "--track-fds=yes",
      "--keep-debuginfo=yes", "--num-callers=60", "--error-limit=no", "--malloc-fill=0xa5",
      "--free-fill=0x5a",
    ]
    logFolder = try folder.addSharedFolder(named: "valgrind")
    script = try folder.addProgram(
      named: "imap-under-valgrind",
      text: """
        #!/bin/sh
        exec valgrind \(options.joined(separator: " ")) \\
          --log-file='\(logFolder)/%p.log' '\(PrivateDovecot.imapProgram)' "$@"

        """)
  }

  /// The processes of a Dovecot that run under this valgrind.
  func processes(of dovecot: PrivateDovecot) -> [ProcessEntry] {
    dovecot.processTree().filter { $0.commandLine.contains(logFolder) }
  }

  /// The logs of all processes.
  func logs() throws -> [ValgrindLog] {
    let names = try FileManager.default.contentsOfDirectory(atPath: logFolder).sorted()
    return try names.map { name in
      guard let octets = FileManager.default.contents(atPath: "\(logFolder)/\(name)") else {
        throw KitError(.system, "\(logFolder)/\(name): cannot be read")
      }
      return ValgrindLog(text: String(decoding: octets, as: UTF8.self))
    }
  }
}

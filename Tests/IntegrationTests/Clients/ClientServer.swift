import PrivateDovecot

/// A private Dovecot with the modules that `Tests/Clients` want, and some mail in INBOX.
struct ClientServer {
  let server: Server

  /// Starts it.
  ///
  /// - Parameter lines: What the modules write when they get a line's number; the first is 1.
  init(_ lines: [HostileLine]) throws {
    server = try Server { folder, options in
      let files = "\(folder.path)/lines"
      for (number, line) in zip(1..., lines) {
        try folder.addFile(named: "lines/\(number)", octets: line.octets)
      }
      options.modules = [:]
      for (name, script) in Self.scripts {
        let program = try folder.addProgram(
          named: "\(name.rawValue).sh", text: "#!/bin/sh\ncd \(files)\n\(script)\n")
        options.modules[name.rawValue] = .init(program)
      }
      // Every client has its connection, and leaves those that came to harm.
      options.imapText = "mail_max_userip_connections = 1000"
      options.imapService.processLimit = 1000
    }
    let client = try server.connect()
    for _ in 1...3 {
      let mail = "Subject: test\r\n\r\ntext\r\n"
      _ = try client.command("APPEND INBOX {\(mail.utf8.count)+}\r\n\(mail)")
    }
    client.close()
  }

  private static let scripts: [(HostileLine.Module, String)] = [
    (.stdout, #"exec cat "$1""#),
    (.stderr, #"exec cat "$1" >&2"#),
    (.prompt, #"cat "$1"; read -r answer && test "$answer" = yes"#),
    (.tag, #"exec sed "s/TAG/$2/g" "$1""#),
  ]
}

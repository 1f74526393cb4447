import Foundation
import PrivateDovecot
import Testing

extension Neighbour {
  /// Those that change how messages are stored, or how many.
  static let storing: [Neighbour] = [
    Neighbour("zlib", settings: ["zlib_save": "gz"]) { session in
      try session.client.append(body: "words")
      #expect(try session.mails().allSatisfy { $0.starts(with: [0x1f, 0x8b]) })
      try session.expectOK("SELECT INBOX")
      try session.expect("words", from: "FETCH 1 BODY.PEEK[TEXT]")
    },
    Neighbour("mail_crypt", configure: encrypt, work: expectEncrypted),
    Neighbour(
      "acl mail_crypt mail_crypt_acl",
      configure: { folder, options in
        options.pluginSettings["acl"] = "vfile"
        try encrypt(folder, &options)
      }, work: expectEncrypted),
    Neighbour("lazy_expunge", settings: ["lazy_expunge": "Kept"]) { session in
      try session.client.append()
      try session.expectOK("SELECT INBOX")
      try session.expectOK("STORE 1 +FLAGS.SILENT (\\Deleted)")
      try session.expect("* 1 EXPUNGE", from: "EXPUNGE")
      try session.expect(messages: 1, in: "Kept")
    },
    Neighbour(
      "quota imap_quota",
      configure: { folder, options in
        try limit(folder, &options)
        options.pluginSettings["quota_warning"] = "storage=50%% quota-warning %u \(folder.path)"
        options.globalText += try folder.scriptService(
          named: "quota-warning", script: "echo \"$1\" >>\"$2/warned\"")
      },
      work: expectQuota),
    Neighbour(
      "quota trash",
      configure: { folder, options in
        try limit(folder, &options)
        options.pluginSettings["trash"] =
          try folder.addFile(named: "trash.conf", octets: Array("1 Trash\n".utf8))
      },
      work: expectTrashEmptied),
    Neighbour(
      "quota quota_clone",
      configure: { folder, options in
        try limit(folder, &options)
        options.pluginSettings["quota_clone_dict"] = "file:%h/quota-clone"
      },
      work: { session in
        try session.client.append()
      },
      later: { session in
        session.expect("quota/messages", inFile: "quota-clone")
      }),
    Neighbour(
      "antispam", isExtra: true,
      configure: { folder, options in
        options.pluginSettings["antispam_backend"] = "pipe"
        options.pluginSettings["antispam_spam"] = "Spam"
        options.pluginSettings["antispam_pipe_program"] = try folder.addProgram(
          named: "train",
          text: "#!/bin/sh\ncat >\"$1/$2\"; grep -q Spam \"$1/$2\"\n")
        options.pluginSettings["antispam_pipe_program_args"] = "%h"
        options.pluginSettings["antispam_pipe_program_spam_arg"] = "trained"
        options.pluginSettings["antispam_pipe_program_notspam_arg"] = "untrained"
      },
      work: { session in
        try session.expectOK("CREATE Spam")
        try session.client.append("Subject: Spam")
        try session.expectOK("SELECT INBOX")
        try session.expectOK("MOVE 1 Spam")
        session.expect("Subject: Spam", inFile: "trained")
        // its program fails
        try session.client.append("Subject: Ham")
        #expect(try session.client.command("MOVE * Spam").status == "NO")
      }),
  ]

  private static func limit(
    _ folder: PrivateFolder, _ options: inout PrivateDovecot.Options
  ) throws {
    options.pluginSettings["quota"] = "count:User quota"
    options.pluginSettings["quota_vsizes"] = "yes"
    options.pluginSettings["quota_rule"] = "*:storage=100k"
    options.pluginSettings["quota_grace"] = "0"
  }

  private static func encrypt(
    _ folder: PrivateFolder, _ options: inout PrivateDovecot.Options
  ) throws {
    options.pluginSettings["mail_crypt_curve"] = "prime256v1"
    options.pluginSettings["mail_crypt_save_version"] = "2"
    options.metadataFile = "attributes"
  }

  static func expectEncrypted(_ session: Session) throws {
    try session.client.append(body: "secret words")
    #expect(try session.mails().allSatisfy { $0.starts(with: "CRYPTED".utf8) })
    try session.expectOK("SELECT INBOX")
    try session.expect("secret words", from: "FETCH 1 BODY.PEEK[TEXT]")
  }

  static func expectQuota(_ session: Session) throws {
    try session.client.append(body: String(repeating: "x", count: 60_000))
    try session.expect("STORAGE 59 100", from: "GETQUOTAROOT INBOX")
    session.expect(Server.user, inFile: "../../warned")
    try session.expectOK("CREATE Other")
    let message = String(repeating: "x", count: 60_000)
    let reply = try session.client.command("APPEND Other {\(message.count)+}\r\n\(message)")
    #expect(reply.outcome.hasPrefix("NO [OVERQUOTA]"), "\(reply.lines)")
  }

  static func expectTrashEmptied(_ session: Session) throws {
    try session.expectOK("CREATE Trash")
    let body = String(repeating: "x", count: 60_000)
    try session.client.append(body: body, to: "Trash")
    // whether the first message fits already is another matter
    _ = try session.client.command("APPEND INBOX {\(body.utf8.count)+}\r\n\(body)")
    try session.expect(messages: 0, in: "Trash")
  }
}

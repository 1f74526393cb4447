import Foundation
import PrivateDovecot
import Testing

extension Neighbour {
  /// Those that change which mailboxes there are, and what is found in them.
  static let listing: [Neighbour] = [
    Neighbour("acl imap_acl", settings: ["acl": "vfile"], work: expectACL),
    Neighbour(
      "virtual",
      configure: { folder, options in
        try addVirtualMailbox(folder)
        options.globalText += """
          namespace inbox {
            inbox = yes
            separator = /
          }
          namespace virtual {
            prefix = Virtual/
            separator = /
            location = virtual:\(folder.path)/virtual:INDEX=~/virtual
          }

          """
      },
      work: expectVirtualMailbox),
    Neighbour(
      "listescape",
      configure: { _, options in
        options.globalText += "namespace inbox {\n  inbox = yes\n  separator = /\n}\n"
      },
      work: { session in
        try session.expectOK("CREATE a.b")
        try session.client.append(to: "a.b")
        #expect(try session.mails(in: ".a\\2eb").count == 1)
      }),
    Neighbour(
      "mailbox_alias",
      settings: ["mailbox_alias_old": "Sent", "mailbox_alias_new": "Posted"]
    ) { session in
      try session.expectOK("CREATE Sent")
      try session.client.append(to: "Sent")
      try session.expect(messages: 1, in: "Posted")
    },
    Neighbour(
      "charset_alias", settings: ["charset_aliases": "made-up=iso-8859-1"], work: expectAlias),
    // fts_squat of 2.3.19 crashes by itself, others need a server
    Neighbour(
      "fts fts_xapian", isExtra: true,
      settings: ["fts": "xapian", "fts_xapian": "partial=3 full=20"]
    ) { session in
      try session.client.append(body: "some ordinary words")
      try session.expectOK("SELECT INBOX")
      try session.expect("* SEARCH 1", from: "SEARCH BODY ordinary")
    },
  ]

  static func expectACL(_ session: Session) throws {
    try session.expectOK("CREATE Shared")
    try session.expectOK("SETACL Shared joe lr")
    try session.expect("joe lr", from: "GETACL Shared")
  }

  /// A virtual mailbox of all messages in INBOX.
  static func addVirtualMailbox(_ folder: PrivateFolder) throws {
    try folder.addFile(
      named: "virtual/All/dovecot-virtual", octets: Array("INBOX\n  all\n".utf8))
  }

  static func expectVirtualMailbox(_ session: Session) throws {
    try session.client.append(body: "words")
    try session.expect("* 1 EXISTS", from: "SELECT Virtual/All")
    try session.expect("words", from: "FETCH 1 BODY.PEEK[TEXT]")
    let added = try session.client.run(
      script: "printf 'Subject: two\\n\\nx\\n' >~/Maildir/new/1.2.xexec")
    added.expectExit(0)
    #expect(added.texts.contains("* 2 EXISTS"), "\(added.lines)")
  }

  static func expectAlias(_ session: Session) throws {
    try session.client.append("Subject: =?made-up?Q?=E9t=E9?=")
    try session.expectOK("SELECT INBOX")
    try session.expect("* SEARCH 1", from: "SEARCH CHARSET UTF-8 SUBJECT {5+}\r\nété")
  }
}

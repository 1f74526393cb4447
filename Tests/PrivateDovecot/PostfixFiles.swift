import Foundation
import Glibc

/// The files and folders of a private Postfix. Nothing is read from the system's own.
struct PostfixFiles {
  /// Where all of them are.
  let folder: String
  let port: UInt16
  let dovecot: PrivateDovecot
  let settings: PrivateDovecot.Settings

  /// Makes them.
  func write() throws {
    let owner = try Self.identifiers(of: "postfix")
    try makeQueue(owner)
    for (name, text) in [("main.cf", mainText), ("master.cf", masterText), ("users", usersText)] {
      try dovecot.folder.addFile(named: "postfix/etc/\(name)", octets: Array(text.utf8))
    }
  }

  /// The folders of the queue, as Postfix's own set-up makes them: for the account `postfix`, but
  /// two for who submits on this machine.
  private func makeQueue(_ owner: (user: uid_t, group: gid_t)) throws {
    let group = try Self.group("postdrop")
    let own = [
      "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private",
      "saved", "trace",
    ]
    let folders =
      [("", 0o755, uid_t(0), gid_t(0)), ("queue", 0o755, 0, 0), ("queue/pid", 0o755, 0, 0)]
      + own.map { ("queue/\($0)", 0o700, owner.user, owner.group) }
      + [
        ("queue/maildrop", 0o730, owner.user, group), ("queue/public", 0o710, owner.user, group),
        ("data", 0o700, owner.user, owner.group),
      ]
    for (name, mode, user, group) in folders {
      let path = "\(folder)/\(name)"
      guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw systemError(path) }
      chown(path, user, group)
      chmod(path, mode_t(mode))
    }
  }

  private var mainText: String {
    var lines: PrivateDovecot.Settings = [
      "compatibility_level": "3.6",
      "queue_directory": "\(folder)/queue",
      "data_directory": "\(folder)/data",
      "maillog_file": "\(folder)/mail.log",
      "maillog_file_prefixes": folder,
      "myhostname": "relay.example.org",
      "inet_interfaces": "127.0.0.1",
      "inet_protocols": "ipv4",
      "mynetworks": "127.0.0.1/32",
      "smtpd_peername_lookup": "no",
      "smtp_dns_support_level": "disabled",
      // a message is to arrive as it was sent
      "local_header_rewrite_clients": "",
      "lmtp_line_length_limit": "0",
      "message_size_limit": "100000000",
      "mailbox_size_limit": "0",
      "queue_minfree": "0",
      // to the users of Dovecot, and to nobody else
      "mydestination": "",
      "alias_maps": "",
      "virtual_mailbox_domains": domains.joined(separator: " "),
      "virtual_mailbox_maps": "texthash:\(folder)/etc/users",
      "virtual_transport": "lmtp:unix:\(dovecot.folder.path)/lmtp-postfix",
      "default_transport": "error:no mail to the outside",
      "relay_transport": "error:no mail to the outside",
      "smtpd_relay_restrictions": "reject_unauth_destination",
      "notify_classes": "",
      "smtputf8_enable": "yes",
    ]
    for (key, value) in settings.pairs { lines[key] = value }
    return lines.pairs.map { "\($0.key) = \($0.value)\n" }.joined()
  }

  private var masterText: String {
    """
    127.0.0.1:\(port) inet n - n - - smtpd
    cleanup unix n - n - 0 cleanup
    qmgr unix n - n 300 1 qmgr
    tlsmgr unix - - n 1000? 1 tlsmgr
    rewrite unix - - n - - trivial-rewrite
    bounce unix - - n - 0 bounce
    defer unix - - n - 0 bounce
    trace unix - - n - 0 bounce
    verify unix - - n - 1 verify
    flush unix n - n 1000? 0 flush
    proxymap unix - - n - - proxymap
    showq unix n - n - - showq
    error unix - - n - - error
    retry unix - - n - - error
    lmtp unix - - n - - lmtp
    local unix - n n - - local
    anvil unix - - n - 1 anvil
    postlog unix-dgram n - n - 1 postlogd

    """
  }

  private var usersText: String { dovecot.options.users.map { "\($0.name) x\n" }.joined() }

  private var domains: Set<String> {
    Set(dovecot.options.users.compactMap { $0.name.split(separator: "@").last.map(String.init) })
  }

  private static func identifiers(of user: String) throws -> (user: uid_t, group: gid_t) {
    guard let entry = getpwnam(user)?.pointee else {
      throw KitError(.system, "no user \(user); install postfix")
    }
    return (entry.pw_uid, entry.pw_gid)
  }

  private static func group(_ name: String) throws -> gid_t {
    guard let entry = getgrnam(name)?.pointee else {
      throw KitError(.system, "no group \(name); install postfix")
    }
    return entry.gr_gid
  }
}

import Testing

@testable import xexec_check

/// Lines of Dovecot's configuration files, and what doveconf prints.
@Suite struct ConfigurationTextTests {
  @Test(
    "A line is read as Dovecot reads it",
    arguments: [
      ("a = b  c ", .setting(key: "a", value: "b  c")), ("a=b", .setting(key: "a", value: "b")),
      (#"a = "b # \"c\" " # d"#, .setting(key: "a", value: #"b # "c" "#)),
      ("a = 'b'", .setting(key: "a", value: "b")), ("a = \"b", .setting(key: "a", value: "\"b")),
      ("a =", .setting(key: "a", value: "")),
      ("  service x {", .sectionStart(type: "service", name: "x")),
      ("plugin {", .sectionStart(type: "plugin", name: "")),
      ("remote \"a b\" {", .sectionStart(type: "remote", name: "a b")), ("}", .sectionEnd),
      ("\t!include_try a*.conf # x", .include(pattern: "a*.conf")), ("a b", .other),
    ] as [(String, ConfigurationLine.Kind)])
  func kinds(text: String, kind: ConfigurationLine.Kind) {
    let lines = ConfigurationText.lines(Array("# comment\n\n\(text)\r\n".utf8))
    #expect(lines.map(\.line.kind) == [kind])
    #expect(lines.map(\.number) == [3])
  }

  @Test("Times and sizes, as Dovecot reads them")
  func values() {
    let times: [(String, UInt32)] = [
      ("60s", 60_000), ("5 mins", 300_000), ("1 m", 60_000), ("500ms", 500), ("0", 0),
      ("2 hours", 7_200_000), ("1 WEEKS", 604_800_000), ("20 milliseconds", 20),
      ("1 d", 86_400_000),
    ]
    for (text, time) in times {
      #expect((try? DovecotValue.milliseconds(text)) == time, "\(text)")
    }
    for text in ["", "s", "5", "5 x", "-1s", "5s ", "99999999999999999999s", "4294968s", "1 secsx"]
    {
      #expect((try? DovecotValue.milliseconds(text)) == nil, "\(text)")
    }
    let sizes: [(String, UInt64)] = [
      ("100", 100), ("1k", 1024), ("40 MiB", 40 << 20), ("2GB", 2 << 30), ("7 B", 7),
      ("1T", 1 << 40),
      ("18446744073709551615 B", .max),
    ]
    for (text, size) in sizes { #expect((try? DovecotValue.octets(text)) == size, "\(text)") }
    for text in ["", "k", "1 kx", "1 Bi", "18446744073709551616", "99999999 T"] {
      #expect((try? DovecotValue.octets(text)) == nil, "\(text)")
    }
  }

  @Test("What doveconf -S prints")
  func listing() throws {
    let listing = SettingsListing(
      """
      base_dir=/run/dovecot
      mail_plugins=zlib xexec
      imap_capability=
      protocols=imap lmtp
      default_vsz_limit=256 M
      default_process_limit=100
      default_internal_user=dovecot
      plugin=
      plugin/xexec=a:/bin/true x=y
      plugin/xexec2_timeout=
      ssl_cert=-----BEGIN
      abc==
      service=imap xexec-t
      service/imap/name=imap
      service/imap/executable=imap
      service/imap/vsz_limit=18446744073709551615 B
      service/xexec-t/name=xexec-t
      service/xexec-t/executable=script -e USER /bin/true
      service/xexec-t/user=$default_internal_user
      service/xexec-t/extra_groups=a, b
      service/xexec-t/process_limit=1
      service/xexec-t/vsz_limit=64 M
      service/xexec-t/unix_listener=sub\\sx
      service/xexec-t/unix_listener/sub\\sx/path=sub/x
      service/xexec-t/unix_listener/sub\\sx/mode=0660
      service/xexec-t/unix_listener/sub\\sx/group=mail
      passdb=0 1
      passdb/0/driver=passwd-file
      passdb/0/args=scheme=CRYPT username_format=%n /etc/%d/users
      passdb/1/driver=pam
      userdb=0
      userdb/0/driver=static
      userdb/0/args=uid=vmail gid=mail home=/x
      """)
    let configuration = DovecotConfiguration(
      dovecot23: listing,
      deliveries: ["lda": SettingsListing("mail_plugins=sieve\nplugin/sieve_before=x\n")])
    guard case .numbered(let settings) = configuration.modules else {
      Issue.record("no numbered settings")
      return
    }
    #expect(settings.map(\.key) == ["xexec", "xexec2_timeout"])
    #expect(settings.map(\.value) == ["a:/bin/true x=y", ""])
    #expect(configuration.imapPlugins == ["zlib", "xexec"])
    #expect(configuration.protocols == ["imap", "lmtp"])
    #expect(configuration.service("imap")?.addressSpace == 256 << 20)
    #expect(configuration.service("imap")?.processLimit == 100)
    let service = try #require(configuration.service("xexec-t"))
    #expect(service.user == "dovecot" && service.extraGroups == ["a", "b"])
    #expect(service.processLimit == 1 && service.addressSpace == 64 << 20)
    #expect(service.listeners.map(\.path) == ["sub/x"])
    #expect(service.listeners[0].permissions == 0o660 && service.listeners[0].group == "mail")
    #expect(configuration.passwordFiles == ["/etc/%d/users"])
    #expect(configuration.mailUser == "vmail" && configuration.mailGroup == "mail")
    #expect(configuration.deliveries["lda"]?.plugins == ["sieve"])
  }

  @Test("The nearest name, if one is near")
  func nearest() {
    let names = ["blacklist", "whitelist", "smtp"]
    #expect(nearestName(to: "blaklist", among: names) == "blacklist")
    #expect(nearestName(to: "SMTP", among: names) == "smtp")
    #expect(nearestName(to: "xyz", among: names) == nil)
    #expect(nearestName(to: "a", among: ["b"]) == nil)
    #expect(nearestName(to: String(repeating: "a", count: 300), among: names) == nil)
  }
}

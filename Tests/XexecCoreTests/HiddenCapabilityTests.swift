import Testing

@testable import XexecCore

@Suite("A full imap_capability hides XEXEC")
struct HiddenCapabilityTests {
  @Test(
    "It is told if the setting is full, and has no XEXEC itself",
    arguments: [
      ("", false), ("+", false), ("+X-MORE", false), ("+ IMAP4rev1", false),
      ("IMAP4rev1", true), ("IMAP4rev1 LITERAL+", true), ("IMAP4rev1 XEXEC=SH", true),
      ("IMAP4rev1 XEXECS", true), (" IMAP4rev1", true),
      ("XEXEC", false), ("IMAP4rev1 XEXEC", false), ("IMAP4rev1 xExec LITERAL+", false),
      ("IMAP4rev1  XEXEC ", false),
    ] as [(Octets, Bool)])
  func setting(_ setting: Octets, isHidden: Bool) {
    let (table, reports) = table([("xexec", "sh:/bin/sh")], imapCapability: setting)
    // some clients try it all the same
    #expect(table.capabilities.map(\.octets) == ["XEXEC", "XEXEC=SH"])
    #expect(reports.count == (isHidden ? 1 : 0))
    if isHidden {
      #expect(
        reports.first?.reason
          == "xexec: imap_capability is set in full, so that clients do not see XEXEC: "
          + "put a + in front of it, or XEXEC into it")
    }
  }

  @Test("Without a module there is nothing to be hidden")
  func noModule() {
    #expect(table([], imapCapability: "IMAP4rev1").reports.isEmpty)
  }
}

import Foundation
import Testing

@testable import xexec_check

/// What systemd's unit of Dovecot forbids.
@Suite struct SystemdTests {
  let folder: CheckedFolder
  static let advice = "in the unit of Dovecot (\"systemctl edit dovecot\")"

  init() throws { folder = try CheckedFolder() }

  private func unit(_ text: String) throws -> SystemdUnit {
    try folder.add("root/lib/systemd/system/dovecot.service", "[Service]\n\(text)\n")
    return try #require(SystemdUnit(root: "\(folder.path)/root"))
  }

  @Test("Units and their additions, as systemd reads them")
  func reading() throws {
    #expect(SystemdUnit(root: "\(folder.path)/root") == nil)
    var unit = try unit(
      "ProtectSystem = full\nPrivateTmp=true\nReadWritePaths=/a -/b\n[Install]\nProtectHome=yes")
    #expect(unit.protectsSystem == "full" && unit.hasPrivateTmp && unit.protectsHome == "no")
    #expect(unit.writable == ["/a", "/b"])
    try folder.add(
      "root/etc/systemd/system/dovecot.service.d/x.conf",
      "[Service]\nReadWritePaths=\nReadWritePaths=/c\nNoNewPrivileges=on\nPrivateTmp=0\n")
    try folder.add(
      "root/lib/systemd/system/dovecot.service.d/x.conf", "[Service]\nProtectHome=yes\n")
    unit = try #require(SystemdUnit(root: "\(folder.path)/root"))
    #expect(unit.writable == ["/c"] && unit.hasNoNewPrivileges && !unit.hasPrivateTmp)
    #expect(unit.protectsHome == "no")  // the file of the same name in /etc counts
    try folder.add("root/etc/systemd/system/dovecot.service", "[Service]\nProtectSystem=strict\n")
    #expect(SystemdUnit(root: "\(folder.path)/root")?.protectsSystem == "strict")
  }

  @Test("Programs and files that Dovecot does not see")
  func hidden() throws {
    folder.unit = try unit("PrivateTmp=yes")
    let program = try folder.addProgram()
    #expect(
      folder.lines(["xexec": "a:\(program)", "xexec2": "b:/bin/cat /tmp/x /var/x"]) == [
        "error: xexec: Dovecot does not see @/program, by PrivateTmp=yes \(Self.advice): move it",
        "warning: xexec2: Dovecot has another /tmp/x than you see, by PrivateTmp=yes \(Self.advice): "
          + "take another path",
      ])
    folder.unit = try unit("ProtectHome=tmpfs")
    #expect(folder.unit?.settingAgainstReading("/home/x") == "ProtectHome=tmpfs")
    #expect(folder.unit?.settingAgainstReading("/homes/x") == nil)
  }

  @Test("Files that cannot be written")
  func readOnly() throws {
    folder.unit = try unit("ProtectSystem=full\nReadWritePaths=/etc/open")
    var findings = FindingList()
    for path in ["/etc/dovecot/users", "/etc/open/users", "/var/lib/users", "/usr"] {
      SandboxCheck(unit: try #require(folder.unit)).run(
        Subject(key: "xexec", place: nil),
        module: ModuleWords(["changepassword", "--file", path, "--"]), &findings)
    }
    let text = "cannot be written, by ProtectSystem=full \(Self.advice): move it below /var/lib"
    #expect(
      findings.findings.map(\.line) == [
        "error: xexec: /etc/dovecot/users \(text)", "error: xexec: /usr \(text)",
      ])
    #expect(try unit("ProtectSystem=1").settingAgainstWriting("/etc/x") == nil)
    #expect(
      try unit("ProtectSystem=strict").settingAgainstWriting("/var/x") == "ProtectSystem=strict")
    #expect(
      try unit("ProtectHome=read-only").settingAgainstWriting("/home/x") == "ProtectHome=read-only")
  }

  @Test("Set-user-ID programs without effect")
  func setUserID() throws {
    folder.unit = try unit("NoNewPrivileges=yes")
    let program = try folder.addProgram()
    try #require(chmod(program, 0o4755) == 0)
    #expect(
      folder.lines(["xexec": "a:\(program)"]) == [
        "error: xexec: @/program is set-user-ID, which has no effect by NoNewPrivileges=yes "
          + "\(Self.advice)"
      ])
  }
}

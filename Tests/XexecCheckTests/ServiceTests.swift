import Foundation
import Testing

@testable import xexec_check

/// Programs behind a service.
@Suite struct ServiceTests {
  let folder: CheckedFolder
  var service: DovecotService

  init() throws {
    folder = try CheckedFolder()
    service = DovecotService(name: "xexec-t")
    service.executable = "script -e USER \(try folder.addProgram())"
    service.user = "nobody"
    service.processLimit = 100
    service.listeners = [.init(path: "xexec-t", permissions: 0o600, user: "daemon")]
    folder.configuration.mailUser = "daemon"
  }

  private func lines(_ address: String = "unix:xexec-t", main: String? = nil) -> [String] {
    folder.configuration.services.append(service)
    defer { folder.configuration.services.removeLast() }
    return folder.lines(["xexec": "a:\(address) %u"], main: main)
  }

  @Test("A sound service, by a relative and an absolute path; other machines; other servers")
  func sound() throws {
    #expect(lines() == [])
    #expect(lines("unix:\(folder.path)/run/xexec-t") == [])
    #expect(lines("tcp:localhost:4711") == [])
    #expect(lines("unix:%u") == [])
  }

  @Test("No such socket")
  func noSocket() {
    #expect(
      lines("unix:xexec-tt") == [
        "error: xexec: no service has the socket xexec-tt: unix:xexec-t was meant?"
      ])
    #expect(
      lines("unix:other") == [
        "error: xexec: no service has the socket other: "
          + "add \"service NAME { unix_listener other { ... } }\", see docs/CONFIGURATION.md"
      ])
  }

  @Test("A socket for root alone, whoever mail users are")
  mutating func rootAlone() {
    folder.configuration.mailUser = ""
    for (user, group, mode) in [("root", "", 0o600), ("", "root", 0o660), ("", "", 0o644)] {
      service.listeners = [
        .init(path: "xexec-t", permissions: UInt32(mode), user: user, group: group)
      ]
      #expect(
        lines() == [
          "error: service xexec-t { unix_listener }: root alone may open it, and no mail user is "
            + "root: write \"user = \" with the account that imap runs as"
        ])
    }
    service.listeners = [.init(path: "xexec-t", permissions: 0o660, group: "mail")]
    #expect(lines() == [])
  }

  @Test("What is started is no script, or not as it should be")
  mutating func executable() throws {
    try folder.add(
      "dovecot.conf",
      "service xexec-t {\n  executable = x\n  process_limit = 1\n  unix_listener xexec-t {\n  }\n}\n"
    )
    let own = "service xexec-t { executable } (@/dovecot.conf:2)"
    service.executable = "\(folder.path)/program"
    #expect(
      lines(main: "dovecot.conf") == [
        "error: \(own): is @/program, which does not know what the plugin sends: "
          + "write \"executable = script -e USER PROGRAM\""
      ])
    service.executable = "script -p \(folder.path)/program"
    #expect(
      lines(main: "dovecot.conf") == [
        "error: \(own): has the option -p, with which the program gets no words and no user: "
          + "leave it out"
      ])
    for text in ["script", "script -e USER", "script -e USER  \(folder.path)/program"] {
      service.executable = text
      #expect(
        lines(main: "dovecot.conf") == [
          "error: \(own): names no program: write \"executable = script -e USER PROGRAM\", "
            + "with single blanks"
        ])
    }
    service.executable = "/usr/lib/dovecot/script -eIP,HOME \(folder.path)/program  x"
    service.processLimit = 1
    #expect(
      lines(main: "dovecot.conf") == [
        "warning: \(own): two blanks in a row are an empty word: leave one out",
        "warning: \(own): the program is not told who the user is: write \"script -e USER ...\"",
        "warning: service xexec-t { process_limit } (@/dovecot.conf:3): is 1: all users wait for "
          + "the one who is being served. Give it a higher number",
      ])
  }

  @Test("Its program is checked too, as the account of the service")
  mutating func program() throws {
    service.executable = "script -e USER \(try folder.add("text", "echo", mode: 0o755))"
    #expect(
      lines() == [
        "warning: service xexec-t { executable }: @/text has no #! line, and a shell will read it: "
          + "begin it with \"#!/bin/sh\""
      ])
    service.executable = "script -e USER none"
    #expect(
      lines() == [
        "error: service xexec-t { executable }: there is no /usr/lib/dovecot/none: "
          + "correct the path, or install the file"
      ])
    service.executable = "script -e USER \(try folder.add("mine", "#!/bin/sh\n", mode: 0o700))"
    if geteuid() == 0 {
      #expect(
        lines() == [
          "error: service xexec-t { executable }: account nobody may not execute @/mine: "
            + "\"chmod 755 @/mine\""
        ])
    }
  }

  @Test("A literal whose size the program is not told")
  func literal() {
    folder.configuration.services.append(service)
    #expect(
      folder.lines(["xexec": "a:unix:xexec-t", "xexec_stdin": "literal"]) == [
        "warning: service xexec-t { executable }: the program cannot tell a cut literal from a "
          + "whole one: add XEXEC_LITERAL_SIZE to the names behind -e"
      ])
  }

  @Test("Accounts that are not there, or root")
  mutating func accounts() {
    service.user = ""
    #expect(
      lines() == [
        "warning: service xexec-t { user }: the program runs as root: give it an account of its own"
      ])
    service.user = "no-such-user"
    service.group = "no-such-group"
    service.extraGroups = ["nogroup", "no-group"]
    #expect(
      lines() == [
        "error: service xexec-t { user }: there is no account no-such-user, and Dovecot does not "
          + "start: \"adduser --system --group --no-create-home no-such-user\"",
        "error: service xexec-t { group }: there is no group no-such-group, and Dovecot does not "
          + "start: \"addgroup --system no-such-group\"",
        "error: service xexec-t { extra_groups }: there is no group no-group, and Dovecot does not "
          + "start: \"addgroup --system no-group\"",
      ])
  }

  @Test("Who may open the socket")
  mutating func listener() {
    service.listeners = [.init(path: "xexec-t", permissions: 0o600, user: "nobody")]
    #expect(
      lines() == [
        "error: service xexec-t { unix_listener }: account daemon, which imap runs as, may not open "
          + "it: write \"user = daemon\" and \"mode = 0600\""
      ])
    service.listeners = [
      .init(path: "xexec-t", permissions: 0o660, user: "nobody", group: "daemon")
    ]
    #expect(lines() == [])
    service.listeners = [.init(path: "xexec-t", permissions: 0o666)]
    #expect(
      lines() == [
        "warning: service xexec-t { unix_listener }: every account of this server may open it, and "
          + "be any user there: write \"mode = 0600\" and the account that imap runs as"
      ])
    service.listeners = [.init(path: "xexec-t", permissions: 0)]
    #expect(
      lines() == [
        "error: service xexec-t { unix_listener }: is switched off by its mode 0: "
          + "write \"mode = 0600\""
      ])
    service.listeners = [.init(path: "xexec-t", permissions: 0o600, user: "no-such-user")]
    #expect(
      lines() == [
        "error: service xexec-t { unix_listener }: there is no account no-such-user, and Dovecot "
          + "does not start: write the account that imap runs as"
      ])
    // not known for system users
    folder.configuration.mailUser = ""
    service.listeners = [.init(path: "xexec-t", permissions: 0o600, user: "nobody")]
    #expect(lines() == [])
  }
}

import Foundation
import Testing

@testable import xexec_check

/// What stands behind `xexec-modules` in the settings.
@Suite struct ModulesTests {
  let folder: CheckedFolder
  let program: String

  init() throws {
    folder = try CheckedFolder()
    program = try folder.addModules()
  }

  private func lines(_ words: String) -> [String] {
    folder.lines([
      "xexec": "a:\(program) \(words)", "xexec_stdin": "literal", "xexec_timeout": "15m",
    ])
  }

  // a program is asked for its options only if it is root's
  @Test("The -- is missing, the subcommand is unknown", .enabled(if: geteuid() == 0))
  func subcommand() {
    #expect(lines("list --action discard --folder=a -h --folder %u --") == [])
    #expect(
      lines("list") == [
        "error: xexec: the -- at the end is missing: without it a client could give options of its own"
      ])
    #expect(
      lines("lsit --") == ["error: xexec: xexec-modules has no subcommand \"lsit\": write list"])
    #expect(
      lines("--") == [
        "error: xexec: xexec-modules has no subcommand \"\": write blacklist, or changepassword, "
          + "or forwardmail, or list, or smtp, or whitelist"
      ])
  }

  @Test(
    "Options that are unknown, without a value, with a wrong one, or missing",
    .enabled(if: geteuid() == 0))
  func options() {
    #expect(
      lines("list --acton discard --") == [
        "error: xexec: list has no option --acton: --action was meant?"
      ])
    #expect(
      lines("list --nonsense=1 --") == [
        "error: xexec: list has no option --nonsense: see \"xexec-modules list --help\""
      ])
    for words in ["list --action --", "list --action --folder a --"] {
      #expect(
        lines(words) == ["error: xexec: the value of --action is missing: write it behind it"])
    }
    #expect(
      lines("list --action=drop --") == [
        "error: xexec: --action cannot be \"drop\": write fileinto, or discard"
      ])
    #expect(
      lines("list add --") == [
        "error: xexec: list takes no word \"add\" in front of the --: "
          + "see \"xexec-modules list --help\""
      ])
    #expect(
      lines("smtp --") == [
        "error: xexec: smtp needs the option --relay: see \"xexec-modules smtp --help\""
      ])
  }

  @Test("A library is missing", .enabled(if: geteuid() == 0))
  func library() throws {
    let text = "xexec-modules: error while loading shared libraries: libcurl.so.4: cannot open"
    try folder.add("xexec-modules", "#!/bin/sh\necho '\(text)' >&2\nexit 127\n", mode: 0o755)
    #expect(
      lines("list --") == ["error: xexec: cannot be started: \(text): install what is missing"])
    // not ours, perhaps
    try folder.add("xexec-modules", "#!/bin/sh\necho '{}'\n", mode: 0o755)
    #expect(
      lines("list --") == [
        "warning: xexec: @/xexec-modules does not tell its options, and they are not checked: "
          + "run \"make install\" again"
      ])
  }

  @Test("A program that others can change is not started to ask it")
  func untrusted() throws {
    try #require(chmod(program, 0o757) == 0)
    #expect(
      lines("nonsense --") == [
        "error: xexec: everybody may write @/xexec-modules and change the program: "
          + "\"chmod o-w @/xexec-modules\""
      ])
    // nor when it is looked at once more, for a user
    let user = UserRecord(
      name: "joe", listing: "field\tvalue\nuid\t54321\nhome\t\(folder.path)\n")
    #expect(folder.lines(["xexec": "a:\(program) nonsense --"], users: [user]).count == 1)
  }

  @Test("Nor one that an access control list lets others change", .enabled(if: geteuid() == 0))
  func accessList() throws {
    // acl_ea(5): user 54321 may read, write and execute
    let entries: [(tag: UInt16, rights: UInt16, id: UInt32)] = [
      (1, 7, .max), (2, 7, 54321), (4, 5, .max), (0x10, 7, .max), (0x20, 5, .max),
    ]
    var list = withUnsafeBytes(of: UInt32(2).littleEndian) { Array($0) }
    for entry in entries {
      withUnsafeBytes(of: entry.tag.littleEndian) { list += $0 }
      withUnsafeBytes(of: entry.rights.littleEndian) { list += $0 }
      withUnsafeBytes(of: entry.id.littleEndian) { list += $0 }
    }
    typealias SetAttribute =
      @convention(c) (
        UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeRawPointer, Int, Int32
      ) -> Int32
    let setxattr = unsafeBitCast(
      try #require(dlsym(nil, "setxattr")), to: SetAttribute.self)
    // a file system may have none
    guard setxattr(program, "system.posix_acl_access", list, list.count, 0) == 0 else { return }
    #expect(
      lines("nonsense --") == [
        "warning: xexec: others may write @/xexec-modules by its access control list and change "
          + "the program: \"setfacl -b @/xexec-modules\""
      ])
  }

  @Test("smtp without a literal, and its files")
  func smtp() throws {
    #expect(
      folder.lines(["xexec7": "a:\(program) smtp --relay r --", "xexec7_timeout": "0"]) == [
        "warning: xexec7: smtp takes the message as a literal: add \"xexec7_stdin = literal\""
      ])
    try folder.add("secret", "a\nb\n")
    #expect(
      lines("smtp --relay r --aliases \(folder.path)/none --credentials \(folder.path)/secret --")
        == [
          "warning: xexec: every account may read the password in @/secret: \"chmod o-r @/secret\"",
          "error: xexec: there is no @/none: correct the path, or install the file",
        ])
  }

  @Test("A file that the mail user may not read", .enabled(if: geteuid() == 0))
  func unreadable() throws {
    folder.configuration.mailUser = "54321"
    try folder.add("secret", "a\nb\n", mode: 0o600)
    #expect(
      lines("smtp --relay r --credentials \(folder.path)/secret --") == [
        "error: xexec: account 54321 may not read @/secret: change its owner, or its mode"
      ])
  }
}

extension CheckedFolder {
  /// Writes a program that describes itself as the real one does.
  func addModules() throws -> String {
    let options = [
      #"{"kind":"option","isOptional":true,"names":[{"kind":"long","name":"action"}],"#
        + #""allValues":["fileinto","discard"]}"#,
      #"{"kind":"option","isOptional":true,"names":[{"kind":"long","name":"folder"}]}"#,
      #"{"kind":"flag","isOptional":true,"names":[{"kind":"short","name":"h"}]}"#,
    ]
    func command(_ name: String, _ arguments: [String]) -> String {
      #"{"commandName":"\#(name)","arguments":[\#(arguments.joined(separator: ","))]}"#
    }
    func option(_ name: String, isOptional: Bool = true, standard: String? = nil) -> String {
      #"{"kind":"option","isOptional":\#(isOptional),"names":[{"kind":"long","name":"\#(name)"}]"#
        + (standard.map { #","defaultValue":"\#($0)""# } ?? "") + "}"
    }
    let commands = [
      command("list", options), command("help", []),
      command(
        "smtp",
        [
          option("relay", isOptional: false), option("aliases"), option("credentials"),
          option("domain"), option("timeout", standard: "120"),
          option("final-timeout", standard: "600"),
        ]),
      command("changepassword", ["file", "check-old"].map { option($0) }),
      command("blacklist", options + [option("directory")]),
      command("whitelist", [option("directory")]), command("forwardmail", [option("directory")]),
    ]
    let dump =
      #"{"command":{"commandName":"xexec-modules","subcommands":[\#(commands.joined(separator: ","))]}}"#
    return try add(
      "xexec-modules", "#!/bin/sh\n[ \"$*\" = --experimental-dump-help ] && echo '\(dump)'\n",
      mode: 0o755)
  }
}

import Testing

/// The settings `xexec...`.
@Suite struct EntryTests {
  let folder: CheckedFolder
  let program: String

  init() throws {
    folder = try CheckedFolder()
    program = try folder.addProgram()
  }

  @Test("Sound entries are not complained of")
  func sound() {
    #expect(
      folder.lines([
        "xexec": "a:\(program)", "xexec2": "b:\(program) 'x y' %u %{userdb:note}",
        "xexec_timeout": "30s", "xexec2_stdin": "literal", "xexec2_max_literal": "40 MiB",
        "quota": "maildir", "xexec2_progress": "no",
      ]) == [])
  }

  static let unknown =
    "is ignored: unknown setting: entries are xexec, xexec2, xexec3, ... and their _timeout, _stdin, "
    + "_max_literal, _progress and _stderr"

  @Test(
    "What the core refuses, in its own words",
    arguments: [
      ("xexec2", "nocolon", "is ignored: no colon: an entry is module:program [argument ...]"),
      ("xexec2", ":/bin/true", "is ignored: no name of a module"),
      ("xexec2", "a(b:/bin/true", "is ignored: the module name is not an IMAP atom"),
      ("xexec2", "b:", "is ignored: no program"),
      (
        "xexec2", "b:bin/true",
        "is ignored: the program is neither an absolute path nor unix:SOCKET nor tcp:HOST:PORT"
      ),
      ("xexec2", "b:/bin/true 'x", "is ignored: a single quote (') is not closed"),
      ("xexec2", "b:/bin/true \"x", "is ignored: a double quote (\") is not closed"),
      ("xexec2", "b:/bin/true x\\", "is ignored: nothing follows the backslash at the end"),
      ("xexec2", "b:unix:", "is ignored: no socket behind unix:"),
      ("xexec2", "b:tcp::1", "is ignored: no host behind tcp:"),
      ("xexec2", "b:tcp:h", "is ignored: no port number at the end of tcp:HOST:PORT"),
      ("xexec2", "A:/bin/true", "is ignored: the module is named by an earlier entry already"),
      ("xexec_timeout", "soon", "is ignored: Invalid time interval: soon"),
      (
        "xexec_timeout", "5",
        "is ignored: Time interval '5' is missing units (add e.g. 's' for seconds)"
      ),
      ("xexec_max_literal", "big", "is ignored: Invalid size: big"),
      ("xexec_stdin", "file", "is ignored: stdin is for \"prompts\" or for a \"literal\""),
      (
        "xexec_progress", "yes",
        "is ignored: progress is told by a \"code\", as \"text\", or \"no\""
      ),
      ("xexec1", "b:/bin/true", unknown + ": the first one is xexec"),
      ("xexec_timout", "5s", unknown + ": write xexec_timeout"),
      ("xexec3_maxliteral", "5k", unknown + ": write xexec3_max_literal"),
      ("xexec3_stdrr", "log", unknown + ": write xexec3_stderr"),
      ("xexec_stderr", "no", "is ignored: stderr is for the \"client\" or for the \"log\""),
      ("xexec_", "", unknown),
    ])
  func refused(key: String, value: String, reason: String) {
    #expect(folder.lines(["xexec": "a:\(program)", key: value]) == ["error: \(key): \(reason)"])
  }

  @Test("An entry that takes a module away: what is said of the others has their keys")
  func switchedOff() {
    for value in ["no", "NO", "yes", "", " "] {
      #expect(
        folder.lines([
          "xexec": value, "xexec2": "b:\(program)", "xexec3": "c:/bin/no-such-program",
        ]) == [
          "error: xexec3: there is no /bin/no-such-program: correct the path, or install the file"
        ])
    }
  }

  @Test("An option of an entry that does not exist")
  func optionOfNothing() {
    #expect(
      folder.lines(["xexec": "a:\(program)", "xexec27_timeout": "5m"]) == [
        "warning: xexec27_timeout: does nothing: there is no xexec27. "
          + "Add that entry, or take the number of another one"
      ])
  }

  @Test("More names than a proxy takes")
  func capabilities() {
    let name = String(repeating: "n", count: 1800)
    #expect(
      folder.lines(["xexec": "\(name):\(program)"]) == [
        "warning: only XEXEC is announced, and not the names of the modules: they would add 1813 "
          + "octets to the response to a login, and proxies take 1800: take shorter names"
      ])
  }

  @Test(
    "A variable that Dovecot does not know",
    arguments: [
      ("50%y", "%y"), ("%Q", "%Q"), ("%{nonsense}", "%{nonsense}"), ("%5.3Lk", "%k"),
      ("50% off", "% "), ("%{SHA1:user}", "%{SHA1:user}"),
    ])
  func unknownVariable(text: String, variable: String) {
    #expect(
      folder.lines(["xexec": "a:\(program) '\(text)'"]) == [
        "error: xexec: Dovecot has no variable \(variable), and lets nobody log in: "
          + "a percent sign is %%"
      ])
  }

  @Test("A brace that is not closed, and a percent sign at the end")
  func openVariables() {
    #expect(
      folder.lines(["xexec": "a:\(program) %{user"]) == [
        "error: xexec: a %{ is not closed, and Dovecot lets nobody log in: add the }, or write %%{"
      ])
    #expect(
      folder.lines(["xexec": "a:\(program) 100%"]) == [
        "warning: xexec: the % at the end is dropped: a percent sign is %%"
      ])
  }

  @Test(
    "Variables that Dovecot knows",
    arguments: [
      "%u %n %d %s %h %l %r %p %i %%", "%Lu %5u %-3.2n %0.5d %LUERu", "%{user} %L{home}",
      "%{env:HOME} %{userdb:x y} %{sha256;rounds=2:user} %{if;%u;eq;x;a;b}", "%{sha3-256:user}",
    ])
  func knownVariables(text: String) {
    #expect(folder.lines(["xexec": "a:\(program) \"\(text)\""]) == [])
  }

  @Test("A list of ten thousand entries, and octets of all kinds")
  func hostile() {
    var many: [(key: String, value: String)] = [("xexec", "m:\(program)")]
    for number in 2...10_000 { many.append(("xexec\(number)", "m\(number):\(program) %u")) }
    #expect(folder.lines(settings: many).count == 1)  // the capabilities
    let odd = String(decoding: (1...255).map { UInt8($0) }, as: UTF8.self)
    let lines = folder.lines(["xexec": odd, "xexec2": "b:\(program) \(odd)", "xexec\(odd)": odd])
    #expect(lines.allSatisfy { !$0.contains("\n") && !$0.contains("\r") && !$0.contains("\u{1B}") })
    #expect(lines.contains { $0.hasPrefix("error: xexec: is ignored") })
  }
}

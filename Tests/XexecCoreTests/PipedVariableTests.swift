import Testing

@testable import XexecCore

@Suite("Words with the variables of Dovecot 2.4")
struct PipedVariableTests {
  private func split(_ line: Octets) throws(WordSplitter.Failure) -> [Octets] {
    try line.withBuffer { (octets) throws(WordSplitter.Failure) in
      try WordSplitter.split(octets, variable: PipedVariable.length)
    }.map(\.octets)
  }

  @Test(
    "A variable is one piece, with its blanks, quotes and backslashes",
    arguments: [
      ("%{user}", ["%{user}"]),
      ("a %{user | username} b", ["a", "%{user | username}", "b"]),
      (#"%{user | default("a b")}x"#, [#"%{user | default("a b")}x"#]),
      (#"%{user | default('it"s')}"#, [#"%{user | default('it"s')}"#]),
      // a brace and an escaped quote in a string do not end it
      (#"%{user | default("}")} b"#, [#"%{user | default("}")}"#, "b"]),
      (#"%{user | default("\"} ")} b"#, [#"%{user | default("\"} ")}"#, "b"]),
      (#"%{user | default("\\")} b"#, [#"%{user | default("\\")}"#, "b"]),
      // in quotes of the words, too
      (#""%{user | default("a b")} c""#, [#"%{user | default("a b")} c"#]),
      ("'%{user | default('a b')} c'", ["%{user | default('a b')} c"]),
      ("%{a}%{b c}", ["%{a}%{b c}"]),
      ("%{}", ["%{}"]),
    ] as [(Octets, [Octets])])
  func pieces(line: Octets, expected: [Octets]) throws {
    #expect(try split(line) == expected)
  }

  @Test(
    "What is no variable is as it is",
    arguments: [
      ("100% sure", ["100%", "sure"]),
      ("%", ["%"]),
      ("a%", ["a%"]),
      ("%x %Y-%m", ["%x", "%Y-%m"]),
      ("%{a}}", ["%{a}}"]),
      // Dovecot makes %{ of it
      ("%%{user a}", ["%%{user", "a}"]),
      // behind a backslash a percent sign begins nothing
      (#"+\%d"#, ["+%d"]),
      (#"\%\%"#, ["%%"]),
      (#"\%{user a}"#, ["%%{user", "a}"]),
      // wherever quotes or a backslash part the two
      (#"%\{user a}"#, ["%%{user", "a}"]),
      (#"%'{user a}'"#, ["%%{user a}"]),
      (#""%""{user a}""#, ["%%{user a}"]),
      (#"\%\%\{a"#, ["%%%{a"]),
      (#"\%%%{a"#, ["%%%{a"]),
    ] as [(Octets, [Octets])])
  func others(line: Octets, expected: [Octets]) throws {
    #expect(try split(line) == expected)
  }

  @Test(
    "A variable of 2.3 is wrong, and the new one is told",
    arguments: [
      ("%u", "%u is none of Dovecot's variables any more: write %{user}"),
      ("%n", "%n is none of Dovecot's variables any more: write %{user | username}"),
      ("a'%d'", "%d is none of Dovecot's variables any more: write %{user | domain}"),
      ("%s", "%s is none of Dovecot's variables any more: write %{service}"),
      ("\"%h\"", "%h is none of Dovecot's variables any more: write %{home}"),
      ("%l", "%l is none of Dovecot's variables any more: write %{local_ip}"),
      ("%r", "%r is none of Dovecot's variables any more: write %{remote_ip}"),
      ("%p", "%p is none of Dovecot's variables any more: write %{process:pid}"),
      ("%i", "%i is none of Dovecot's variables any more: write %{process:uid}"),
      // with an offset, a width and modifiers
      ("%Lu", "%u is none of Dovecot's variables any more: write %{user}"),
      ("%-2.1LUn", "%n is none of Dovecot's variables any more: write %{user | username}"),
      ("100%%", "a percent sign is a single % in this Dovecot, and not %%"),
    ] as [(Octets, String)])
  func old(line: Octets, expected: String) {
    #expect(failure(line) == expected)
  }

  @Test(
    "A variable that is not closed is wrong",
    arguments: ["%{", "%{user", #"%{user | default("}"#, #"%{a\"#, #"%{"\"#, #"'%{a'"#] as [Octets])
  func open(line: Octets) {
    #expect(failure(line) == "a %{ is not closed")
  }

  @Test(
    "A percent sign that is none of a variable cannot stand before one",
    arguments: [#"\%%{user}"#, "%'%{user}'", #""%"%{user}"#] as [Octets])
  func percentSign(line: Octets) {
    #expect(failure(line) == "a percent sign stands right before a variable")
  }

  private func failure(_ line: Octets) -> String? {
    do throws(WordSplitter.Failure) {
      _ = try split(line)
      return nil
    } catch {
      return error.reason.description
    }
  }
}

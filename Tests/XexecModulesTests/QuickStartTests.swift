import ArgumentParser
import Testing

@testable import xexec_modules

@Suite("Modules that are set up without ArgumentParser")
struct QuickStartTests {
  @Test("They are what ArgumentParser makes of the same words")
  func same() throws {
    for words in [
      [], ["--action", "discard"], ["--action=fileinto", "--folder", "Spam"], ["--folder-only"],
      ["--max-entries", "5", "--directory", "/var/lib/x/y"], ["--max-entries=+5"],
      ["--folder=a=b", "--folder-only", "--folder-only"], ["--folder", "a", "--folder", "ä b"],
      ["--directory=-x"], ["--max-entries", "2", "--folder=--"],
    ] {
      let module = try #require(Blacklist(words[...]), "\(words)")
      #expect(try BlacklistCommand.parse(words).module == module, "\(words)")
    }
    for words in [[], ["--inbox", "--max-entries=5"], ["--directory", "x", "--inbox"]] {
      let module = try #require(Whitelist(words[...]), "\(words)")
      #expect(try WhitelistCommand.parse(words).module == module, "\(words)")
    }
    for words in [
      [], ["--spam-header", "X-Spam-Flag:YES"], ["--directory", "x"],
      ["--spam-header=X-A", "--spam-header", "X-B: b c"],
    ] {
      let module = try #require(Forwardmail(words[...]), "\(words)")
      #expect(try ForwardmailCommand.parse(words).module == module, "\(words)")
    }
  }

  @Test("They read all options of their commands")
  func complete() throws {
    func check<M: ConfigurableModule>(_ type: M.Type, _ command: any ParsableCommand.Type) {
      let help = command.helpMessage(columns: 200)
      let options = help.matches(of: /\n  (--[a-z-]+)( <)?/).filter { $0.output.1 != "--version" }
      #expect(options.count > 1, "\(help)")
      for option in options {
        let name = String(option.output.1)
        let words = option.output.2 == nil ? [[name]] : ["5", "discard"].map { [name, $0] }
        #expect(words.contains { type.init($0[...]) != nil }, "\(name)")
      }
    }
    check(Blacklist.self, BlacklistCommand.self)
    check(Whitelist.self, WhitelistCommand.self)
    check(Forwardmail.self, ForwardmailCommand.self)
  }

  @Test(
    "What has to be explained is for ArgumentParser",
    arguments: [
      [], ["help"], ["Blacklist"], ["smtp"], ["changepassword"], ["--version"],
      ["blacklist", "--help"], ["blacklist", "-h"], ["blacklist", "x"], ["blacklist", ""],
      ["blacklist", "--folder"], ["blacklist", "--folder", "--folder-only"],
      ["blacklist", "--folder", "-x"], ["blacklist", "--folder="],
      ["blacklist", "--folder", "a\u{7}"], ["blacklist", "--folder-only=yes"],
      ["blacklist", "--folder-only", "yes"], ["blacklist", "--max-entries", "0"],
      ["blacklist", "--max-entries", "x"], ["blacklist", "--action", "Discard"],
      ["blacklist", "--directory="], ["blacklist", "--inbox"], ["whitelist", "--folder-only"],
      ["whitelist", "--max-entries=-1"], ["forwardmail", "--spam-header", "a b"],
      ["forwardmail", "--spam-header", "A", "B"],
    ])
  func explained(words: [String]) {
    #expect(QuickStart.module(words) == nil)
  }
}

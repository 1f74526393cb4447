import Foundation
import Testing

@testable import xexec_check

/// What doveconf of Dovecot 2.4 may say instead of a configuration.
@Suite struct DoveconfTests {
  let folder: CheckedFolder

  init() throws { folder = try CheckedFolder() }

  /// How the check refuses a configuration.
  ///
  /// - Parameter script: What is done with the words of doveconf, after the first line.
  private func refusal(_ script: String) throws -> String? {
    let program = try folder.add(
      "doveconf",
      "#!/bin/sh\ncase \"$*\" in *-n*) echo '# 2.4.1-4 (x): /etc/dovecot/dovecot.conf' ;; esac\n"
        + "\(script)\n", mode: 0o755)
    do throws(Doveconf.Failure) {
      _ = try Doveconf(program: program, file: nil).read()
    } catch {
      if case .refused(let reason) = error { return reason }
      Issue.record("\(error)")
    }
    return nil
  }

  @Test(
    "A question that it does not answer, whichever: nothing is taken for an empty configuration",
    arguments: ["-n", "-n -x", "-x xexec*", "-x -f protocol=imap*", "-x -f protocol=lmtp*"])
  func unanswered(words: String) throws {
    let pattern = words.replacing(" ", with: "\\ ")
    #expect(
      try refusal(
        "case \"$*\" in \(pattern)) echo 'doveconf: Fatal: no such file' >&2; exit 89 ;; esac")
        == "doveconf: Fatal: no such file")
    #expect(try refusal("") == nil)
  }

  @Test(
    "Settings of 2.3 in a file of 2.4: how to convert them",
    arguments: [
      ("Unknown section name: plugin", true), ("plugin/xexec: Unknown setting: plugin/xexec", true),
      ("xexec: Setting is a named list filter, use 'xexec foo:/bin/ask {'", true),
      ("xexec: Setting is a named list filter, use 'xexec foo {'", false),
      ("xexec2: Unknown setting: xexec2", true), ("x: Unknown setting: xexec12_max_literal", true),
      ("x: Unknown setting: xexec_tiemout", false), ("x: Unknown setting: mail_location", false),
    ])
  func old(reason: String, isOld: Bool) throws {
    let refusal = try refusal(
      "echo 'doveconf: Fatal: x line 1: \(reason.replacing("'", with: "'\\''"))' >&2; exit 89")
    let advice =
      ": that is of Dovecot 2.3. \"xexec-check --convert FILE\" prints it in the form of 2.4"
    #expect(refusal?.hasSuffix(advice) == isOld, "\(refusal ?? "nothing")")
  }
}

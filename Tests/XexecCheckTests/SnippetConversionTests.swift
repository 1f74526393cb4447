import Foundation
import Testing

@testable import xexec_check

/// The snippets of Dovecot 2.3, converted: they say the same as those of 2.4.
@Suite struct SnippetConversionTests {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("dovecot-conf-snippets").path
  private static let names =
    (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/2.3"))?
    .sorted() ?? []

  private static func text(_ version: String, _ name: String) throws -> String {
    try String(contentsOfFile: "\(folder)/\(version)/\(name)", encoding: .utf8)
  }

  /// The settings with their blocks, sorted within them.
  private static func settings(_ text: String) -> [String] {
    func flat(_ nodes: [ConfigurationNode], _ path: String) -> [String] {
      nodes.flatMap { node -> [String] in
        switch node.kind {
        case .setting(let key, let value): ["\(path)\(key) = \(value.text)"]
        case .section(let type, let name, let inner): flat(inner, "\(path)\(type) \(name)/")
        default: []
        }
      }
    }
    return flat(ConfigurationTree(text).nodes, "").sorted()
  }

  @Test("There are as many of both versions")
  func complete() throws {
    #expect(Self.names.count == 5)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: "\(Self.folder)/2.4").sorted()
        == Self.names)
  }

  @Test("Each alone", arguments: names)
  func alone(name: String) throws {
    let result = Converter.convert([(name, try Self.text("2.3", name))])
    #expect(result.findings.findings.map(\.line) == [])
    #expect(Self.settings(result.text) == Self.settings(try Self.text("2.4", name)))
    #expect(!Self.settings(result.text).isEmpty)
    // no comment is lost
    func words(_ text: String) -> Set<Substring> {
      Set(text.split(separator: "\n").map { $0.drop { " #".contains($0) } })
    }
    let old = try Self.text("2.3", name).split(separator: "\n")
      .filter { $0.drop { $0 == " " }.hasPrefix("# ") }
    #expect(words(result.text).isSuperset(of: words(old.joined(separator: "\n"))))
  }

  @Test("All together, and what stands in them to be switched on")
  func together() throws {
    let texts = try Self.names.map { (name: $0, text: try Self.text("2.3", $0)) }
    // "#key = value" as if it were switched on
    let switched = texts.map { file in
      (
        name: file.name,
        text: file.text.replacing(/(?m)^( *)#(xexec|sieve|auth_username_format)/) {
          "\($0.1)\($0.2)"
        }
      )
    }
    #expect(Converter.convert(texts).findings.findings.map(\.line) == [])
    // xexec9 stands before xexec2
    #expect(Converter.convert(switched).findings.findings.map(\.subject) == ["xexec"])
    let blocks = Self.settings(Converter.convert(switched).text)
    #expect(
      blocks.contains(
        "xexec report/program = /usr/local/bin/report --title 'Weekly report' --for=%{user}"))
    #expect(blocks.contains("sieve_extensions /special-use = yes"))
  }
}

import Foundation

/// The version of a Dovecot. Settings are written in one way up to 2.3, and in another from 2.4 on.
public struct DovecotVersion: Sendable, Comparable, CustomStringConvertible {
  public let major: Int
  public let minor: Int
  public let micro: Int

  /// That of the installed Dovecot.
  ///
  /// It is 0.0.0 if there is none. Whoever starts one is told why.
  public static let installed: DovecotVersion = {
    let result = try? run(
      ["/usr/sbin/dovecot", "--version"], environment: ["PATH": "/usr/bin:/bin"],
      timeout: .seconds(60))
    return result.flatMap { DovecotVersion($0.output) } ?? DovecotVersion(0, 0, 0)
  }()

  /// Whether the installed Dovecot has the settings of 2.4.
  public static let is24 = installed >= DovecotVersion(2, 4, 0)

  /// What a configuration has to begin with.
  public static let firstSettings =
    is24 ? "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n" : ""

  /// Makes a version from its numbers.
  public init(_ major: Int, _ minor: Int, _ micro: Int) {
    (self.major, self.minor, self.micro) = (major, minor, micro)
  }

  /// Reads a version as Dovecot prints it, such as `2.4.1-4 (7d8c0e5759)` or `2.3.19.1 (9b53102964)`.
  public init?(_ text: String) {
    guard let match = text.prefixMatch(of: /([0-9]+)\.([0-9]+)(?:\.([0-9]+))?/),
      let major = Int(match.1), let minor = Int(match.2)
    else { return nil }
    self.init(major, minor, match.3.flatMap { Int($0) } ?? 0)
  }

  public var description: String { "\(major).\(minor).\(micro)" }

  public static func < (left: DovecotVersion, right: DovecotVersion) -> Bool {
    (left.major, left.minor, left.micro) < (right.major, right.minor, right.micro)
  }
}

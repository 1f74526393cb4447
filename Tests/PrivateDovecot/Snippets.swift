import Foundation

extension PrivateDovecot {
  /// Where the snippets of all versions lie, and the programs that come with them.
  public static let allSnippetsFolder = "\(packageRoot)/dovecot-conf-snippets"

  /// Where the snippets for the installed Dovecot lie.
  public static let snippetsFolder =
    "\(allSnippetsFolder)/\(DovecotVersion.is24 ? "2.4" : "2.3")"

  /// The example of a program.
  public static let averageProgram = "\(allSnippetsFolder)/average"

  /// The text of a snippet for the installed Dovecot, such as `90-xexec.conf`.
  public static func snippet(_ name: String) throws -> String {
    try String(contentsOfFile: "\(snippetsFolder)/\(name)", encoding: .utf8)
  }
}

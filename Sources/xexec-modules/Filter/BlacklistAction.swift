/// What becomes of mail from a blacklisted sender.
enum BlacklistAction: Equatable {
  case discard
  /// Filed into the user's folder for junk, which is the one that is marked as such (RFC 6154), if
  /// there is one and `isFixed` does not forbid it; else this one, which is made if it is not there.
  case fileInto(String, isFixed: Bool)

  static let defaultFolder = "Junk"

  /// The Sieve commands. What marks a folder is an extension (RFC 8579) that not every server has
  /// or has switched on.
  var commands: String {
    switch self {
    case .discard: "discard;\n"
    case .fileInto(let folder, isFixed: true): "fileinto :create \(SieveText.quoted(folder));\n"
    case .fileInto(let folder, isFixed: false):
      """
      if ihave "special-use" {
        fileinto :specialuse "\\\\Junk" :create \(SieveText.quoted(folder));
      } else {
        fileinto :create \(SieveText.quoted(folder));
      }

      """
    }
  }
}

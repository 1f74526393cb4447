/// The octets of a passwd-file, as Dovecot reads them (auth/db-passwd-file.c).
///
/// A line is `name:password:...`, and ends with LF, CRLF or the file. One that is empty, or starts
/// with `#` or a colon, is none. Names are compared octet by octet.
struct PasswdFile {
  private(set) var octets: [UInt8]

  /// Why a password cannot be set.
  enum Problem: Error {
    /// There is no line of this name.
    case noEntry
    /// There is more than one. Dovecot takes the first that it likes, and complains.
    case severalEntries
    /// A NUL ends the line for Dovecot, somewhere.
    case damaged
    /// The line has no password, or one that nothing can match: Dovecot has the user's elsewhere,
    /// or the account is locked.
    case noPassword
  }

  init(_ octets: [UInt8]) {
    self.octets = octets
  }

  /// Replaces the password of a user. Every other octet stays.
  ///
  /// - Parameters:
  ///   - name: As it stands in the file.
  ///   - hash: Without colon and line end.
  mutating func setPassword(of name: [UInt8], to hash: [UInt8]) throws(Problem) {
    octets.replaceSubrange(try password(of: name), with: hash)
  }

  /// Where the password of a user stands.
  func password(of name: [UInt8]) throws(Problem) -> Range<Int> {
    let line = try onlyLine(of: name)
    if octets[line].contains(0) { throw .damaged }
    let start = line.lowerBound + name.count + 1
    // without the colon there is no password
    guard start <= line.upperBound else { throw .noPassword }
    let end = octets[start..<line.upperBound].firstIndex(of: colon) ?? line.upperBound
    if isLocked(octets[start..<end]) { throw .noPassword }
    return start..<end
  }

  /// Whether there is a line of this name, or more than one.
  func hasLine(of name: [UInt8]) -> Bool {
    do throws(Problem) { _ = try onlyLine(of: name) } catch { return error == .severalEntries }
    return true
  }

  private func onlyLine(of name: [UInt8]) throws(Problem) -> Range<Int> {
    var found: Range<Int>?
    if name.isEmpty || name[0] == UInt8(ascii: "#") || name.contains(colon) { throw .noEntry }
    var start = 0
    while start < octets.count {
      let end = octets[start...].firstIndex(of: UInt8(ascii: "\n")) ?? octets.count
      if octets[start..<end].starts(with: name) {
        var line = start..<end
        if octets[line].last == UInt8(ascii: "\r") { line = start..<(end - 1) }
        let isWhole =
          line.count == name.count || [colon, 0].contains(octets[start + name.count])
        if isWhole {
          if found != nil { throw .severalEntries }
          found = line
        }
      }
      start = end + 1
    }
    guard let found else { throw .noEntry }
    return found
  }

  /// Empty, or what `passwd -l` and the like put in front of a hash, by which they lock an account.
  /// Behind the name of a scheme that is none of crypt(3)'s, it is part of the password.
  private func isLocked(_ password: ArraySlice<UInt8>) -> Bool {
    var hash = password
    if password.first == UInt8(ascii: "{"), let end = password.firstIndex(of: UInt8(ascii: "}")) {
      hash = password[(end + 1)...]
      let scheme = String(decoding: password[..<end], as: UTF8.self).uppercased()
      if !hash.isEmpty && !scheme.hasSuffix("CRYPT") { return false }
    }
    return hash.isEmpty || hash.first == UInt8(ascii: "!") || hash.first == UInt8(ascii: "*")
  }

  private let colon = UInt8(ascii: ":")
}

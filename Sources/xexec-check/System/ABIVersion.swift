import Glibc

/// The version that Dovecot and its plugins have to share, `2.3.ABIv19`: a text in the files of both.
enum ABIVersion {
  /// - Returns: nil if the file cannot be read, or has no such text in it.
  static func inFile(_ path: String) -> String? {
    readFile(path, limit: 64 << 20).flatMap(find)
  }

  /// That of doveconf, which loads plugins of its own: a path, or a name in PATH.
  static func ofProgram(_ doveconf: String) -> String? {
    if doveconf.contains("/") { return inFile(doveconf) }
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    return path.split(separator: ":").lazy.map { "\($0)/\(doveconf)" }
      .first { FileStatus($0)?.isRegular == true }.flatMap(inFile)
  }

  static func find(in octets: [UInt8]) -> String? {
    let mark = Array(".ABIv".utf8)
    var start = 0
    while let dot = octets[start...].firstIndex(of: mark[0]) {
      start = dot + 1
      guard octets[dot...].starts(with: mark) else { continue }
      let digits = octets[(dot + mark.count)...].prefix(while: isDigit)
      let front = octets[..<dot].suffix(8).reversed().prefix { isDigit($0) || $0 == mark[0] }
      if digits.isEmpty || front.isEmpty { continue }
      return String(decoding: front.reversed() + mark + digits, as: UTF8.self)
    }
    return nil
  }

  private static func isDigit(_ octet: UInt8) -> Bool { (0x30...0x39).contains(octet) }
}

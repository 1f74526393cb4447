import ArgumentParser

/// A password scheme of Dovecot's, by its name.
struct HashScheme: ExpressibleByArgument, Equatable, CustomStringConvertible {
  /// The name in capitals, with an encoding behind a dot if there is one.
  let name: String

  /// What weak schemes are replaced by.
  static let strong = HashScheme("BLF-CRYPT")

  /// - Parameter name: A name of Dovecot's.
  init(_ name: String) { self.name = name }

  /// - Returns: nil if no scheme can have this name. Whether Dovecot has one, it tells itself.
  init?(argument: String) {
    let isName = argument.utf8.allSatisfy { octet in
      switch octet {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."):
        true
      default: false
      }
    }
    guard isName && !argument.isEmpty else { return nil }
    name = argument.uppercased()
  }

  var description: String { name }

  private var algorithm: Substring { name.prefix { $0 != "." } }

  /// How many octets of a password count. What is behind them would be ignored without a word
  /// (bcrypt, DES), or not be hashed at all (crypt(3) of Debian 12).
  var maximumOctets: Int {
    switch algorithm {
    case "CRYPT", "BLF-CRYPT": 72
    case "DES-CRYPT": 8
    case "SHA256-CRYPT", "SHA512-CRYPT": 511
    default: 1024  // the octets of a login are limited too
    }
  }

  /// The cost below which no hash is made unless the administrator says so; nil where `doveadm pw`
  /// knows only one cost (SCRAM), or its own is high enough (ARGON2ID).
  ///
  /// All take at least as much of the processor's time as bcrypt with 10 rounds (45 ms where this was
  /// measured). `doveadm pw` itself would take 5 rounds, and 5000.
  var leastRounds: UInt32? {
    switch algorithm {
    case "CRYPT", "BLF-CRYPT": 10
    case "SHA512-CRYPT": 250_000
    case "SHA256-CRYPT": 150_000
    case "PBKDF2": 100_000
    default: nil
    }
  }

  /// Whether no password can have a hash with a colon, which would end its field.
  var fitsPasswdFile: Bool {
    switch name {
    case "PLAIN", "CLEAR", "CLEARTEXT", "PLAIN-TRUNC": false
    default: true
    }
  }

  /// Whether a line of `doveadm pw` is a hash of this scheme that can stand in a passwd-file.
  ///
  /// crypt(3) answers with an asterisk when it cannot hash.
  func isHash(_ line: [UInt8]) -> Bool {
    let prefix = Array("{\(name)}".utf8)
    guard line.count > prefix.count, line.starts(with: prefix) else { return false }
    return line[prefix.count] != UInt8(ascii: "*")
      && line.allSatisfy { 0x20..<0x7F ~= $0 && $0 != UInt8(ascii: ":") }
  }
}

import Glibc

/// What the userdb says of a user.
struct UserRecord {
  let name: String
  var fields: [(key: String, value: String)] = []

  subscript(key: String) -> String? {
    fields.first { $0.key == key }.map(\.value).flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Reads what `doveadm user` prints: a key and a value a line, a TAB between them.
  init(name: String, listing: String) {
    self.name = name
    for line in listing.split(separator: "\n").dropFirst() {
      guard let tab = line.firstIndex(of: "\t") else { continue }
      fields.append((String(line[..<tab]), String(line[line.index(after: tab)...])))
    }
  }
}

/// The program that asks a running Dovecot for its users.
struct Doveadm {
  let program: String
  let file: String?

  struct Failure: Error {
    let reason: String
  }

  func user(_ name: String) throws(Failure) -> UserRecord {
    let words = [program] + (file.map { ["-c", $0] } ?? []) + ["user", "--", name]
    guard let result = runChild(words) else {
      throw Failure(
        reason: "\(program) cannot be started: \(String(cString: strerror(errno)))")
    }
    switch result.status {
    case 0: return UserRecord(name: name, listing: result.output)
    case 67:
      throw Failure(
        reason: "the running Dovecot has no such user: "
          + "see its userdb, where a change counts after \"doveadm reload\"")
    default: throw Failure(reason: "doveadm cannot tell: \(result.lastError)")
    }
  }
}

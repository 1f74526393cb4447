import Glibc

/// A small file of the administrator's.
enum SettingsFile {
  private static let maxOctets = 1 << 20

  /// Reads all of it.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - what: What it is called in a message to the user, such as "list of senders".
  ///   - isSecret: Whether it may not be readable for everybody.
  /// - Throws: ``Refusal`` if it cannot be read, is larger than 1 MiB, or is no valid UTF-8.
  static func read(_ path: String, what: String, isSecret: Bool = false) throws(Refusal) -> String {
    let octets = try octets(of: path, what: what, isSecret: isSecret)
    guard let text = String(validating: octets, as: UTF8.self) else {
      throw fault(what, "is not UTF-8", path)
    }
    return text
  }

  /// Reads all of it, whatever the octets are.
  ///
  /// - Throws: ``Refusal`` if it cannot be read, or is larger than 1 MiB.
  static func octets(
    of path: String, what: String, isSecret: Bool = false
  ) throws(Refusal) -> [UInt8] {
    func fault(_ reason: String) -> Refusal { Self.fault(what, reason, path) }
    func unreadable(_ call: String) -> Refusal {
      Self.fault(what, "cannot be read", "\(SystemError(call, path))")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw unreadable("open") }
    defer { close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw unreadable("fstat") }
    guard status.st_mode & S_IFMT == S_IFREG else { throw fault("is no ordinary file") }
    if isSecret && status.st_mode & S_IROTH != 0 { throw fault("can be read by everybody") }
    var octets: [UInt8] = []
    while true {
      var failed = false
      let piece = [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
        let result = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        failed = result < 0
        count = max(0, result)
      }
      if failed { throw unreadable("read") }
      if piece.isEmpty { break }
      octets += piece
      if octets.count > maxOctets { throw fault("is too large") }
    }
    return octets
  }

  /// - Parameter cause: The path, and what the reason does not say.
  static func fault(_ what: String, _ reason: String, _ cause: String) -> Refusal {
    Refusal(
      .misconfigured, "The server's \(what) \(reason).",
      log: .error("the \(what) \(reason): \(cause)"))
  }
}

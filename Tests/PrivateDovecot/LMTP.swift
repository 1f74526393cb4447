import Glibc

extension PrivateDovecot {
  /// Delivers a message to a user by LMTP. Needs ``Options/servesLMTP``.
  ///
  /// - Parameters:
  ///   - message: The message with its header. Lines may end in LF or CRLF.
  ///   - user: The login name.
  ///   - sender: The address of the envelope's sender; empty for the null sender.
  ///   - timeout: How long to wait for each answer.
  /// - Throws: ``KitError``, of kind `refused` with the server's answer if it is not positive.
  public func deliver(
    message: String, to user: String, from sender: String = "sender@example.com",
    timeout: Duration = .seconds(60)
  ) throws {
    let stream = LineStream(try StreamSocket(path: "\(folder.path)/lmtp"))
    defer { stream.close() }

    func expect(_ code: String) throws {
      while true {
        let line = String(
          decoding: try stream.readLine(until: Deadline(in: timeout)), as: UTF8.self)
        guard line.hasPrefix(code) else { throw KitError(.refused, "LMTP: \(line)") }
        // A minus sign after the code says that the answer goes on.
        if !line.dropFirst(3).hasPrefix("-") { return }
      }
    }
    func send(_ text: String) throws {
      try stream.send(Array("\(text)\r\n".utf8), until: Deadline(in: timeout))
    }

    try expect("220")
    try send("LHLO localhost")
    try expect("250")
    try send("MAIL FROM:<\(sender)>")
    try expect("250")
    try send("RCPT TO:<\(user)>")
    try expect("250")
    try send("DATA")
    try expect("354")
    var lines = message.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    if lines.last?.isEmpty == true { lines.removeLast() }
    for line in lines { try send(line.hasPrefix(".") ? ".\(line)" : String(line)) }
    try send(".")
    try expect("250")
    try send("QUIT")
    try expect("221")
  }
}

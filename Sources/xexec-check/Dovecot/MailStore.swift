/// Where mail is, as the settings say it.
struct MailStore: Hashable {
  /// `maildir`, `mbox`, ...; empty if Dovecot finds out for itself.
  let driver: String
  /// The folder, variables not expanded.
  let path: String
  /// `fs`, `maildir++`; empty if it is not said here.
  var layout = ""

  init(driver: String, path: String) {
    self.driver = driver.lowercased()
    self.path = path
  }

  /// Reads the form of Dovecot 2.3, `maildir:~/Maildir:LAYOUT=fs`.
  init(location: String) {
    var parts = location.split(separator: ":", omittingEmptySubsequences: false)
      .map(String.init)[...]
    // a path without the driver in front
    let hasDriver = parts.count > 1 && !(parts.first ?? "").contains { "/~%".contains($0) }
    self.init(driver: hasDriver ? parts.removeFirst() : "", path: parts.popFirst() ?? "")
    layout = parts.last { $0.hasPrefix("LAYOUT=") }.map { $0.dropFirst(7).lowercased() } ?? ""
  }
}

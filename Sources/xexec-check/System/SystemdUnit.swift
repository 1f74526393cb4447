/// What systemd's unit of Dovecot forbids Dovecot and all that it starts.
struct SystemdUnit: Equatable {
  /// `ProtectSystem`: `no`, `yes`, `full`, `strict`.
  var protectsSystem = "no"
  /// `ProtectHome`: `no`, `yes`, `read-only`, `tmpfs`.
  var protectsHome = "no"
  var hasPrivateTmp = false
  var hasNoNewPrivileges = false
  /// `ReadWritePaths`.
  var writable: [String] = []

  /// Reads the unit as systemd does: the file of the first folder that has one, then the additions
  /// of all folders, by their names.
  ///
  /// - Returns: nil if there is no such unit.
  init?(named name: String = "dovecot.service", root: String = "") {
    let folders = [
      "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
      "/lib/systemd/system",
    ].map { root + $0 }
    let units = folders.map { "\($0)/\(name)" }
    guard let main = units.compactMap({ readFile($0, limit: 1 << 20) }).first else { return nil }
    read(main)
    var additions: [String: String] = [:]
    for folder in units.map({ "\($0).d" }) {
      for file in names(inFolder: folder) where file.hasSuffix(".conf") && additions[file] == nil {
        additions[file] = "\(folder)/\(file)"
      }
    }
    for (_, path) in additions.sorted(by: { $0.key < $1.key }) {
      read(readFile(path, limit: 1 << 20) ?? [])
    }
  }

  private mutating func read(_ octets: [UInt8]) {
    var section = ""
    for line in String(decoding: octets, as: UTF8.self).split(separator: "\n") {
      if line.hasPrefix("[") { section = String(line) }
      guard section == "[Service]", let sign = line.firstIndex(of: "=") else { continue }
      let key = line[..<sign].filter { $0 != " " }
      let value = String(line[sign...].dropFirst().drop { $0 == " " })
      switch key {
      case "ProtectSystem": protectsSystem = Self.word(value)
      case "ProtectHome": protectsHome = Self.word(value)
      case "PrivateTmp": hasPrivateTmp = Self.word(value) != "no"
      case "NoNewPrivileges": hasNoNewPrivileges = Self.word(value) == "yes"
      case "ReadWritePaths" where value.isEmpty: writable = []
      case "ReadWritePaths":
        writable += value.split(separator: " ").map { String($0.drop { "-+".contains($0) }) }
      default: break
      }
    }
  }

  private static func word(_ value: String) -> String {
    switch value.lowercased() {
    case "1", "yes", "y", "true", "t", "on": "yes"
    case "0", "no", "n", "false", "f", "off", "": "no"
    case let other: other
    }
  }

  /// The setting that makes a file read-only, as it stands in the unit; nil if it can be written.
  func settingAgainstWriting(_ path: String) -> String? {
    if writable.contains(where: { path.isBelow($0) }) { return nil }
    let folders: [String]
    switch protectsSystem {
    case "yes": folders = ["/usr", "/boot", "/efi"]
    case "full": folders = ["/usr", "/boot", "/efi", "/etc"]
    case "strict": folders = ["/"]
    default: folders = []
    }
    if folders.contains(where: { path.isBelow($0) }) { return "ProtectSystem=\(protectsSystem)" }
    if protectsHome != "no" && isInHomes(path) { return "ProtectHome=\(protectsHome)" }
    return nil
  }

  /// The setting that hides a file altogether.
  func settingAgainstReading(_ path: String) -> String? {
    if ["yes", "tmpfs"].contains(protectsHome) && isInHomes(path) {
      return "ProtectHome=\(protectsHome)"
    }
    if hasPrivateTmp && (path.isBelow("/tmp") || path.isBelow("/var/tmp")) {
      return "PrivateTmp=yes"
    }
    return nil
  }

  private func isInHomes(_ path: String) -> Bool {
    ["/home", "/root", "/run/user"].contains { path.isBelow($0) }
  }
}

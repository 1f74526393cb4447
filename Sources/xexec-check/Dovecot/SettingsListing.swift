/// What `doveconf -S` prints: a setting a line, `path=value`, the value as it is.
struct SettingsListing {
  /// In the order in which they were printed.
  private(set) var settings: [(path: String, value: String)] = []
  private var values: [String: String] = [:]

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      guard let sign = line.firstIndex(of: "=") else { continue }
      let path = String(line[..<sign])
      let value = String(line[line.index(after: sign)...])
      settings.append((path, value))
      values[path] = value
    }
  }

  subscript(path: String) -> String? { values[path] }

  /// The setting, or an empty text if there is none.
  func text(_ path: String) -> String { values[path] ?? "" }

  /// The settings directly in a section, which is `plugin` for example.
  func settings(in section: String) -> [(key: String, value: String)] {
    settings.compactMap { path, value in
      path.hasPrefix("\(section)/") ? (String(path.dropFirst(section.count + 1)), value) : nil
    }
  }

  /// The words of a setting.
  func words(_ path: String) -> [String] { text(path).split(separator: " ").map(String.init) }
}

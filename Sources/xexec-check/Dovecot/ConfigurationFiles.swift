import Glibc

/// A setting where it is written.
struct WrittenSetting {
  /// With the sections that it stands in: `plugin/xexec2`, `service/imap/vsz_limit`.
  let path: String
  /// The filters that it stands in: `protocol imap`; empty for all connections.
  let scope: String
  let value: String
  let place: Place
  let line: ConfigurationLine

  /// Its name inside of its section.
  var key: String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// Dovecot's configuration files, for what doveconf does not tell: where a setting stands, and what
/// was replaced by another one.
struct ConfigurationFiles {
  private(set) var settings: [WrittenSetting] = []
  private var openFiles: [String] = []
  /// Where each path stands last in each filter, blocks too.
  private var places: [String: [String: Place]] = [:]

  /// The blocks that limit what is in them to some connections.
  private static let filters: Set<String> = ["protocol", "remote", "local", "local_name"]

  /// Reads a file and all that it includes, in Dovecot's order. What cannot be read is left out:
  /// doveconf has complained of it.
  ///
  /// - Parameter main: The path of `dovecot.conf`; nil for no files at all.
  init(main: String?) {
    if let main { readFile(at: main, sections: []) }
  }

  private mutating func readFile(at path: String, sections outer: [(type: String, name: String)]) {
    // Dovecot refuses a file that includes itself
    guard !openFiles.contains(path), openFiles.count < 100,
      let octets = xexec_check.readFile(path, limit: 64 << 20)
    else { return }
    openFiles.append(path)
    defer { openFiles.removeLast() }

    var sections = outer
    for (number, line) in ConfigurationText.lines(octets) {
      switch line.kind {
      case .setting(let key, let value):
        let place = Place.file(path, line: number)
        add(key: key, value: value, in: sections, place, line)
      case .sectionStart(let type, let name):
        sections.append((type, name))
        add(sections, .file(path, line: number))
      case .sectionEnd:
        _ = sections.popLast()
      case .include(let pattern):
        for file in Self.files(matching: pattern, besides: path) {
          readFile(at: file, sections: sections)
        }
      case .other:
        break
      }
    }
  }

  private mutating func add(
    key: String, value: String, in sections: [(type: String, name: String)], _ place: Place,
    _ line: ConfigurationLine
  ) {
    let (path, scope) = Self.position(in: sections)
    let setting = WrittenSetting(
      path: path + key, scope: scope, value: value, place: place, line: line)
    settings.append(setting)
    places[scope, default: [:]][setting.path] = place
  }

  /// Notes where a block begins, the first one of its name.
  private mutating func add(_ sections: [(type: String, name: String)], _ place: Place) {
    let (path, scope) = Self.position(in: sections)
    let block = String(path.dropLast())
    if places[scope]?[block] == nil { places[scope, default: [:]][block] = place }
  }

  /// The path of what is in some sections, with a slash at its end, and the filters among them.
  private static func position(
    in sections: [(type: String, name: String)]
  ) -> (path: String, scope: String) {
    var path = ""
    var scope: [String] = []
    for section in sections {
      if filters.contains(section.type) {
        scope.append("\(section.type) \(section.name)")
      } else {
        path += section.name.isEmpty ? "\(section.type)/" : "\(section.type)/\(section.name)/"
      }
    }
    return (path, scope.joined(separator: " "))
  }

  private static func files(matching pattern: String, besides file: String) -> [String] {
    let folder = file.split(separator: "/").dropLast().map { "/\($0)" }.joined()
    let pattern = pattern.hasPrefix("/") ? pattern : "\(folder)/\(pattern)"
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, GLOB_BRACE, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
  }

  /// Where the setting or the block stands that imap gets, if it stands anywhere.
  func place(of path: String) -> Place? { place(of: path, in: "protocol imap") }

  /// The same for what is in a filter.
  func place(of path: String, in scope: String) -> Place? {
    places[scope]?[path] ?? places[""]?[path]
  }

  /// Where an entry of `plugin { }` stands, or the program of a block `xexec NAME`.
  func place(ofModule key: String) -> Place? {
    guard key.hasPrefix("xexec ") else { return place(of: "plugin/\(key)") }
    let block = "xexec/\(key.dropFirst("xexec ".count))"
    // a block without a program stands where its first option does
    return place(of: "\(block)/program") ?? place(of: "\(block)/xexec_program")
      ?? settings.first { $0.path.hasPrefix("\(block)/") }?.place ?? place(of: block)
  }
}

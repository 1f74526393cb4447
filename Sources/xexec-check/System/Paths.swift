import Glibc

/// A path from `/` on: others begin in the working folder.
func absolutePath(_ path: String) -> String {
  guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
  defer { free(folder) }
  return "\(String(cString: folder))/\(path)"
}

/// The folders on the way to a file, from `/` on, the file itself left out.
func folders(to path: String) -> [String] {
  var folders = ["/"]
  var folder = ""
  for name in path.split(separator: "/").dropLast() {
    folder += "/\(name)"
    folders.append(folder)
  }
  return folders
}

/// The folders that the system walks through on its way to a file, and the file itself at the end:
/// where symbolic links lead, and not the links.
func steps(to path: String) -> [String] { walk(to: path).steps }

/// The symbolic links among them.
func links(to path: String) -> [String] { walk(to: path).links }

private func walk(to path: String) -> (steps: [String], links: [String]) {
  var steps = ["/"]
  var followed: [String] = []
  var left = path.split(separator: "/").map(String.init)[...]
  var current: [String] = []
  while let name = left.popFirst() {
    if name == "." { continue }
    if name == ".." {
      _ = current.popLast()
      continue
    }
    let step = "/" + (current + [name]).joined(separator: "/")
    if let target = linkTarget(step) {
      // the system itself follows no more than 40
      followed.append(step)
      if followed.count > 40 { break }
      if target.hasPrefix("/") { current = [] }
      left = target.split(separator: "/").map(String.init) + left
    } else {
      current.append(name)
      if !steps.contains(step) { steps.append(step) }
    }
  }
  return (steps, followed)
}

/// Where a symbolic link leads; nil for anything else.
private func linkTarget(_ path: String) -> String? {
  var target = [CChar](repeating: 0, count: Int(PATH_MAX))
  let count = readlink(path, &target, target.count)
  if count < 0 { return nil }
  return String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// The part of a path behind its last slash.
func lastName(_ path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}

extension String {
  /// Whether a path is a folder, or something in it.
  func isBelow(_ folder: String) -> Bool {
    folder == "/" || self == folder || hasPrefix("\(folder)/")
  }
}

import Foundation

/// Prints a line at once, also into a pipe.
public func say(_ line: String) {
  try? FileHandle.standardOutput.write(contentsOf: Data("\(line)\n".utf8))
}

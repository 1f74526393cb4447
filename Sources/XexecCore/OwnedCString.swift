import CXexec

/// A copy of a C string that lives as long as this object.
final class OwnedCString {
  let start: UnsafePointer<CChar>

  init(copying other: UnsafePointer<CChar>) {
    guard let copy = strdup(other) else { abort() }
    start = UnsafePointer(copy)
  }

  init(_ buffer: inout OctetBuffer) {
    guard let copy = strdup(buffer.cString()) else { abort() }
    start = UnsafePointer(copy)
  }

  deinit { free(UnsafeMutablePointer(mutating: start)) }
}

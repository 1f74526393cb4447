import CXexec

extension StaticString {
  /// The text as a C string. (Swift 6.0 has no string literals for C in Embedded Swift.)
  var cString: UnsafePointer<CChar> {
    UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
  }
}

/// A copy of a C string that lives as long as this object.
package final class OwnedCString {
  package let start: UnsafePointer<CChar>

  init(copying other: UnsafePointer<CChar>) {
    guard let copy = strdup(other) else { abort() }
    start = UnsafePointer(copy)
  }

  init(_ buffer: inout OctetBuffer) {
    guard let copy = strdup(buffer.cString()) else { abort() }
    start = UnsafePointer(copy)
  }

  deinit { xexec_free(UnsafeMutablePointer(mutating: start)) }
}

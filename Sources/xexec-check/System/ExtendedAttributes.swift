import Glibc

/// What a file system keeps of a file besides its contents and its mode: xattr(7).
enum ExtendedAttributes {
  private typealias Get =
    @convention(c) (
      _ path: UnsafePointer<CChar>, _ name: UnsafePointer<CChar>, _ value: UnsafeMutableRawPointer?,
      _ size: Int
    ) -> Int

  /// getxattr(2), which Swift's Glibc leaves out.
  private static let get = dlsym(nil, "getxattr").map { unsafeBitCast($0, to: Get.self) }

  /// Whether a file has one of a name.
  static func has(_ name: String, _ path: String) -> Bool {
    get.map { $0(path, name, nil, 0) > 0 } ?? false
  }
}

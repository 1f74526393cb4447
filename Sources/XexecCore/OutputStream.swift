import CXexec

/// One of a program's two output streams, as the server reads it.
struct OutputStream {
  var descriptor: FileDescriptor
  let kind: ResponseWriter.Stream
  /// Nothing more is to be read.
  private(set) var isDone = false
  /// After the program's exit: how many of its octets are still in the pipe. A process that it left
  /// behind may write on for ever, and is not waited for.
  private var left: Int?
  /// The pipe was made wider, since the program writes much.
  private var isWide = false

  /// How much a program that writes much may write ahead, in octets: it and the server wake each
  /// other less often. (Linux allows an account 256 such pipes, and then leaves them as they are.)
  private static let widePipe: Int32 = 256 * 1024

  init(descriptor: FileDescriptor, kind: ResponseWriter.Stream, isDone: Bool = false) {
    self.descriptor = descriptor
    self.kind = kind
    self.isDone = isDone
  }

  /// What reading brought.
  enum Reading {
    case octets(Int)
    /// Nothing now.
    case nothing
    /// Nothing ever again.
    case end
  }

  /// Reads into `block` what is there, as much as fits.
  mutating func read(into block: UnsafeMutableBufferPointer<UInt8>) -> Reading {
    if isDone { return .end }
    let count = CXexec.read(
      descriptor.number, block.baseAddress, min(left ?? block.count, block.count))
    if count > 0 {
      if let left { self.left = left - count }
      if count == block.count && !isWide {
        isWide = true
        xexec_set_pipe_size(descriptor.number, OutputStream.widePipe)
      }
      return .octets(count)
    }
    if count < 0 && xexec_errno() == EINTR { return .nothing }
    // what was counted may be gone: a process left behind can read from the pipe itself
    return count < 0 && xexec_errno() == EAGAIN && left == nil ? .nothing : .end
  }

  /// The program has exited: from now on only what is in the pipe already is read.
  mutating func drain() {
    if !isDone { left = Int(xexec_bytes_readable(descriptor.number)) }
  }

  /// Whether all has been read that was there when the program exited.
  var isDrained: Bool { left == 0 }

  mutating func close() { isDone = true }
}

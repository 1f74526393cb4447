import CZlib

/// One direction of a raw deflate stream, as COMPRESS=DEFLATE (RFC 4978) uses it.
final class DeflateStream {
  private enum Direction {
    case compress
    case expand
  }

  private let direction: Direction
  // zlib keeps a pointer back to the structure, so it must not move.
  private let stream: UnsafeMutablePointer<z_stream>

  /// Makes a stream that compresses.
  static func compressor() -> DeflateStream { DeflateStream(.compress) }

  /// Makes a stream that expands what a compressor made.
  static func expander() -> DeflateStream { DeflateStream(.expand) }

  private init(_ direction: Direction) {
    self.direction = direction
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let size = Int32(MemoryLayout<z_stream>.size)
    // A negative window size asks for no zlib header.
    switch direction {
    case .compress:
      deflateInit2_(
        stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
    case .expand:
      inflateInit2_(stream, -15, ZLIB_VERSION, size)
    }
  }

  deinit {
    switch direction {
    case .compress: deflateEnd(stream)
    case .expand: inflateEnd(stream)
    }
    stream.deallocate()
  }

  /// Turns octets into the other form, all that can be known of it.
  ///
  /// - Throws: ``KitError`` if the octets to expand are no deflate stream.
  func process(_ octets: [UInt8]) throws -> [UInt8] {
    var input = octets
    var result: [UInt8] = []
    var status = Z_OK
    input.withUnsafeMutableBufferPointer { input in
      stream.pointee.next_in = input.baseAddress
      stream.pointee.avail_in = uInt(input.count)
      repeat {
        let chunk = [UInt8](unsafeUninitializedCapacity: 65536) { room, count in
          stream.pointee.next_out = room.baseAddress
          stream.pointee.avail_out = uInt(room.count)
          status =
            direction == .compress ? deflate(stream, Z_SYNC_FLUSH) : inflate(stream, Z_SYNC_FLUSH)
          count = room.count - Int(stream.pointee.avail_out)
        }
        result += chunk
      } while status == Z_OK && stream.pointee.avail_out == 0
    }
    // Z_BUF_ERROR only says that there was nothing left to do.
    guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
      throw KitError(.protocolViolation, "not a deflate stream (zlib status \(status))")
    }
    return result
  }
}

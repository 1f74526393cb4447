import CXexec

/// A growing run of octets with one owner: what `[UInt8]` would be, without reference counting, and
/// with the octets at hand as a pointer for `read(2)` and `write(2)`.
///
/// There is no `String` anywhere in the core: IMAP is octets, and Embedded Swift would have to
/// bring Unicode tables along for it.
struct OctetBuffer: ~Copyable {
  private var storage: UnsafeMutablePointer<UInt8>?
  private var capacity = 0
  private(set) var count = 0

  init() {}

  deinit { xexec_free(storage) }

  var isEmpty: Bool { count == 0 }

  /// The octets, valid until the next change.
  var octets: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: storage, count: count) }

  /// The first octet, or nil if there is none.
  var first: UInt8? { count == 0 ? nil : storage.unsafelyUnwrapped[0] }

  /// Makes room for so many octets in all, in one piece: growing step by step leaves holes.
  mutating func reserveCapacity(_ capacity: Int) {
    if capacity > self.capacity { resize(to: capacity) }
  }

  /// Makes room for `additional` more octets.
  private mutating func reserve(_ additional: Int) {
    if count + additional > capacity { grow(to: count + additional) }
  }

  /// Out of memory ends the process, as it does in Dovecot.
  @inline(never)
  private mutating func grow(to needed: Int) {
    resize(to: max(needed, capacity &* 2, 64))
  }

  private mutating func resize(to newCapacity: Int) {
    guard let grown = realloc(storage, newCapacity) else { abort() }
    storage = grown.assumingMemoryBound(to: UInt8.self)
    capacity = newCapacity
  }

  mutating func append(_ octet: UInt8) {
    reserve(1)
    storage.unsafelyUnwrapped[count] = octet
    count += 1
  }

  mutating func append(_ start: UnsafePointer<UInt8>, count added: Int) {
    if added == 0 { return }
    reserve(added)
    // not update(from:count:), which Embedded Swift makes a loop of single octets
    memcpy(storage.unsafelyUnwrapped + count, start, added)
    count += added
  }

  mutating func append(_ octets: UnsafeBufferPointer<UInt8>) {
    guard let start = octets.baseAddress else { return }
    append(start, count: octets.count)
  }

  /// Appends three runs of octets, with one look at the room there is.
  mutating func append(
    _ prefix: StaticString, _ octets: UnsafeBufferPointer<UInt8>, _ suffix: StaticString
  ) {
    let (ahead, behind) = (prefix.utf8CodeUnitCount, suffix.utf8CodeUnitCount)
    reserve(ahead + octets.count + behind)
    let end = storage.unsafelyUnwrapped + count
    memcpy(end, prefix.utf8Start, ahead)
    if let start = octets.baseAddress { memcpy(end + ahead, start, octets.count) }
    memcpy(end + ahead + octets.count, suffix.utf8Start, behind)
    count += ahead + octets.count + behind
  }

  @inline(never)
  mutating func append(_ text: StaticString) {
    append(text.utf8Start, count: text.utf8CodeUnitCount)
  }

  /// Appends the octets of a C string, without its NUL.
  @inline(never)
  mutating func append(cString: UnsafePointer<CChar>) {
    let length = strlen(cString)
    cString.withMemoryRebound(to: UInt8.self, capacity: length) { append($0, count: length) }
  }

  /// Appends the octets of a C string that others have a say in, a user's name for example, so that a
  /// line of the log stays one line.
  mutating func append(forLog string: UnsafePointer<CChar>) {
    let length = strlen(string)
    string.withMemoryRebound(to: UInt8.self, capacity: length) {
      append(UnsafeBufferPointer(start: $0, count: length), controlsAs: UInt8(ascii: "?"))
    }
  }

  /// Appends octets, with another in the place of each that belongs to a control character: of ASCII,
  /// or U+0080 to U+009F. Some terminals take commands from these, and logs are read on terminals.
  @inline(never)
  mutating func append(_ octets: UnsafeBufferPointer<UInt8>, controlsAs replacement: UInt8) {
    // the octet before makes this one a part of such a character
    var isSecond = false
    for index in 0..<octets.count {
      let octet = octets[index]
      let isFirst =
        octet == 0xC2 && index + 1 < octets.count && (0x80..<0xA0).contains(octets[index + 1])
      append(ASCII.isControl(octet) || isFirst || isSecond ? replacement : octet)
      isSecond = isFirst
    }
  }

  /// Appends a number in decimal digits.
  @_optimize(size)
  @inline(never)
  mutating func append(decimal number: Int) {
    if number < 0 { append(UInt8(ascii: "-")) }
    var rest = number.magnitude
    var divisor: UInt = 1
    while rest / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      append(UInt8(ascii: "0") + UInt8(rest / divisor))
      rest %= divisor
      divisor /= 10
    }
  }

  /// Drops the first `dropped` octets.
  mutating func removeFirst(_ dropped: Int) {
    if dropped == 0 { return }
    count -= dropped
    let start = storage.unsafelyUnwrapped
    memmove(start, start + dropped, count)
  }

  /// Drops all octets, and keeps the memory.
  mutating func removeAll() { count = 0 }

  /// The octets as a C string, valid until the next change. The buffer has to hold no NUL of its
  /// own.
  mutating func cString() -> UnsafePointer<CChar> {
    reserve(1)
    storage.unsafelyUnwrapped[count] = 0
    return UnsafeRawPointer(storage.unsafelyUnwrapped).assumingMemoryBound(to: CChar.self)
  }
}

/// The text of a response while it is put together: what is no UTF-8 is replaced, control octets are
/// spaces, and what is longer than a response can be is cut between characters.
///
/// A state machine over octets: how they are cut does not matter.
struct SafeText: ~Copyable {
  /// How many octets of a program's text a response line carries at most, its guards not counted.
  /// Longer lines of a program go on in further responses. (RFC 2683, section 3.2.1.5, has clients
  /// and servers cope with lines of 8000 octets.)
  static let maximum = 8000

  private var text = OctetBuffer()
  private var characters = UTF8Validator()
  /// A CR is dropped at the end of a line and is a control octet anywhere else.
  private var heldCarriageReturn = false
  /// How much of the text fits, when there is more.
  private var cut: Int?

  var isEmpty: Bool { count == 0 }
  var count: Int { cut ?? text.count }
  /// What goes into one response.
  var octets: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: text.octets[..<count]) }

  /// Whether there is more than goes into one response.
  var isFull: Bool { cut != nil }

  // MARK: - Taking octets

  /// Takes octets of a line, without its newline, until the text is full. Returns how many it took.
  mutating func take(_ octets: UnsafeBufferPointer<UInt8>) -> Int {
    var rest = octets[...]
    while cut == nil, let octet = rest.first {
      if characters.pendingCount == 0 && !heldCarriageReturn {
        let plain = ASCII.plainPrefix(UnsafeBufferPointer(rebasing: rest))
        if plain > 0 {
          rest = rest.dropFirst(takePlain(rest.prefix(plain)))
          continue
        }
      }
      take(octet)
      rest = rest.dropFirst()
    }
    return octets.count - rest.count
  }

  private mutating func takePlain(_ octets: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
    let fitting = min(octets.count, Self.maximum - text.count)
    text.append(UnsafeBufferPointer(rebasing: octets.prefix(fitting)))
    if fitting < octets.count { cut = text.count }
    return fitting
  }

  private mutating func take(_ octet: UInt8) {
    if heldCarriageReturn {
      heldCarriageReturn = false
      append(ASCII.space)
    }
    switch characters.take(octet) {
    case .ascii:
      if octet == ASCII.carriageReturn {
        heldCarriageReturn = true
      } else {
        append(ASCII.isControl(octet) && octet != ASCII.tab ? ASCII.space : octet)
      }
    case .incomplete:
      break
    case .complete:
      let pending = characters.pending
      let count = characters.pendingCount
      keepTogether(count + 1)
      text.append(pending.0)
      if count > 1 { text.append(pending.1) }
      if count > 2 { text.append(pending.2) }
      text.append(octet)
      characters.reset()
    case .invalid:
      appendReplacement()
    case .invalidBefore:
      characters.reset()
      appendReplacement()
      take(octet)
    }
  }

  /// The line has ended. The text may be full then.
  mutating func endLine() {
    heldCarriageReturn = false
    if characters.pendingCount > 0 {
      characters.reset()
      appendReplacement()
    }
  }

  private mutating func append(_ octet: UInt8) {
    keepTogether(1)
    text.append(octet)
  }

  /// Appends U+FFFD in place of octets that are no character.
  @inline(never)
  private mutating func appendReplacement() {
    keepTogether(3)
    text.append("\u{FFFD}")
  }

  /// Cuts the text in front of so many octets that come now, if they do not fit.
  private mutating func keepTogether(_ size: Int) {
    if cut == nil && text.count + size > Self.maximum { cut = text.count }
  }

  // MARK: - Giving it away

  /// Drops the first octets.
  mutating func removeFirst(_ count: Int) {
    text.removeFirst(count)
    if let cut { self.cut = cut - count }
  }

  /// Drops what goes into one response. What is more becomes the text.
  mutating func removePart() {
    text.removeFirst(count)
    cut = nil
  }
}

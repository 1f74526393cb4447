import CXexec

/// The literal at the end of a command's line, which is the program's stdin, and the rest of that line.
///
/// A state machine over octets. It knows no program: what becomes of the octets is up to the caller.
struct ClientLiteral {
  private enum State {
    /// None, or all of it has come.
    case none
    /// The client waits for a "+" before it sends it.
    case wanted
    /// Octets of it, or the end of the line behind it, are on their way.
    case coming
    /// Something else came behind it, and is skipped.
    case notLast
  }

  private var state: State
  /// Octets that have not come yet.
  private var left: UInt64
  private var rest = RestOfLine()

  /// No literal.
  init() {
    state = .none
    left = 0
  }

  init(size: UInt64, isSynchronizing: Bool) {
    state = isSynchronizing ? .wanted : .coming
    left = size
  }

  /// Whether the client waits for a "+".
  var isWanted: Bool { state == .wanted }

  /// The "+" has been sent.
  mutating func ask() { state = .coming }

  /// Whether the client is in the middle of sending it, or of what stands in its place.
  var isOnItsWay: Bool { state == .coming || state == .notLast }

  /// Whether what is on its way is nothing that anybody wants.
  var isBeyond: Bool { state == .notLast }

  /// What came behind the literal's octets.
  enum End {
    /// The end of the line, as it should.
    case lineEnd
    /// Something else.
    case somethingElse
  }

  /// Takes octets that the client has sent.
  ///
  /// - Parameters:
  ///   - pass: Takes octets of the literal, and returns how many.
  ///   - end: Is told what came behind them, once.
  /// - Returns: How many octets were taken. Fewer than all of them if `pass` took fewer than it was
  ///   given, if the end of the line has not come as a whole, or if the line is over.
  mutating func take(
    _ octets: UnsafeBufferPointer<UInt8>,
    pass: (UnsafeBufferPointer<UInt8>) -> Int, end: (End) -> Void
  ) -> Int {
    var taken = 0
    while taken < octets.count {
      let unread = UnsafeBufferPointer(rebasing: octets[taken...])
      switch state {
      case .none, .wanted:
        return taken
      case .coming where left > 0:
        let offered = UnsafeBufferPointer(rebasing: unread.prefix(Int(clamping: left)))
        let count = pass(offered)
        taken += count
        left -= UInt64(count)
        if count < offered.count { return taken }
      case .coming:
        guard let lineEnd = lineEnd(of: unread) else { return taken }
        if lineEnd > 0 {
          taken += lineEnd
          state = .none
          end(.lineEnd)
        } else {
          state = .notLast
          end(.somethingElse)
        }
      case .notLast:
        taken += rest.take(unread)
        if rest.isOver { state = .none }
      }
    }
    return taken
  }

  /// How many octets the end of the line has, 0 if something else stands there; nil if more have to
  /// come to tell.
  private func lineEnd(of octets: UnsafeBufferPointer<UInt8>) -> Int? {
    let carriageReturn = octets[0] == ASCII.carriageReturn ? 1 : 0
    if octets.count == carriageReturn { return nil }
    return octets[carriageReturn] == ASCII.lineFeed ? carriageReturn + 1 : 0
  }
}

/// When a client that waits is told that its command is still being worked on: clients give up after
/// a minute or so without a word (RFC 9585).
///
/// A state machine over a clock. The silence lasts as long as the client waits for the server; while
/// the server waits for the client there is none.
struct Silence {
  /// How long a client waits for the first word, and for each further one, in milliseconds.
  static let first = 10_000
  static let further = 15_000
  /// A program's own reports are passed on at this interval at most.
  static let betweenReports = 1000

  /// When the client last heard something, or was last waited for; nil while it is waited for.
  private var since: Int?
  private var limit = Silence.first
  private var lastReport: Int?

  init(now: Int) { since = now }

  /// The client hears something of its command.
  ///
  /// - Parameter report: It is, or there is with it, that the command is still being worked on.
  mutating func end(withReport report: Bool, now: Int) {
    if since != nil { since = now }
    limit = report ? Silence.further : Silence.first
    if report { lastReport = now }
  }

  /// Whether the server waits for the client from now on.
  mutating func setWaitingForClient(_ waiting: Bool, now: Int) {
    if waiting == (since == nil) { return }
    since = waiting ? nil : now
    limit = Silence.first
  }

  /// Milliseconds until the client has to be told something, or nil if it has not.
  func timeout(now: Int) -> Int? {
    since.map { max(0, $0 + limit - now) }
  }

  /// Whether a report of the program may be passed on.
  func takesReport(now: Int) -> Bool {
    lastReport.map { now - $0 >= Silence.betweenReports } ?? true
  }
}

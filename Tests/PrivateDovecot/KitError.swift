/// What went wrong in the test kit: a private Dovecot that did not start, a server that did not
/// answer in time, an answer that breaks the protocol.
public struct KitError: Error, CustomStringConvertible, Sendable {
  /// The kinds of failure that a test may want to tell apart.
  public enum Kind: Sendable, Equatable {
    /// The time allowed has passed.
    case timedOut
    /// The peer has closed or reset the connection.
    case connectionClosed
    /// The peer sent what the protocol does not allow.
    case protocolViolation
    /// The peer refused what was asked of it.
    case refused
    /// A system call, a file or a process failed.
    case system
  }

  /// The kind of the failure.
  public let kind: Kind

  /// What failed, for a person to read.
  public let description: String

  /// Makes an error of a kind with a text that says what failed.
  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

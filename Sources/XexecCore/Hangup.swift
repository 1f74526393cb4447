import CXexec

/// Whether the client has gone, while nothing is read from it: an epoll(7) of its own, which can be
/// watched like any descriptor.
struct Hangup {
  /// Readable when ``look()`` has something to tell.
  let descriptor: FileDescriptor
  private let output: Int32
  /// What is on the other side of two descriptors (ssh, doveadm exec, a shell's pipe) may end its
  /// sending whenever it likes: only the end of the output counts, which epoll always tells.
  let isSocket: Bool
  /// It is always ready, and never gone (epoll_ctl(2), EPERM).
  private(set) var outputIsFile = false

  /// - Parameters:
  ///   - input: What is read from the client.
  ///   - output: What is written to it. The same one, if it is a socket.
  /// - Throws: The errno, if the system has none left.
  init(input: Int32, output: Int32) throws(Errno) {
    descriptor = FileDescriptor(owning: epoll_create1(Int32(EPOLL_CLOEXEC)))
    if !descriptor.isOpen { throw Errno.last }
    self.output = output
    isSocket = input == output
    if watch(EPOLL_CTL_ADD, EPOLLRDHUP) < 0 {
      outputIsFile = xexec_errno() == EPERM
      if !outputIsFile { throw Errno.last }
    }
  }

  enum Finding {
    /// The client is there.
    case none
    /// It has ended its sending side, or has closed the connection.
    case half
    /// It cannot be reached any more.
    case full
  }

  /// What has become of the client. `half` comes once.
  func look() -> Finding {
    var event = epoll_event()
    if epoll_wait(descriptor.number, &event, 1, 0) <= 0 { return .none }
    if event.events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { return .full }
    // it would be told again and again
    return watch(EPOLL_CTL_MOD, nil) < 0 ? .full : .half
  }

  /// Whether the client takes at least a line now.
  var outputIsWritable: Bool {
    var polled = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
    return poll(&polled, 1, 0) > 0
  }

  private func watch(_ operation: Int32, _ events: EPOLL_EVENTS?) -> Int32 {
    var event = epoll_event()
    if isSocket, let events { event.events = events.rawValue }
    return epoll_ctl(descriptor.number, operation, output, &event)
  }
}

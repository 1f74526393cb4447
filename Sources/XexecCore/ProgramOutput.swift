import CXexec

/// A program's two output streams, and the order in which they are read.
struct ProgramOutput {
  private(set) var stdout: OutputStream
  private(set) var stderr: OutputStream
  private var hold: StderrHold
  private let block = Block()

  /// How much is read at once. Less than a pipe holds: the program can write on while the block is
  /// on its way. What becomes of lines of ordinary length fits into 64 kB then.
  static let blockSize = 49152

  private final class Block {
    let octets = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: ProgramOutput.blockSize)
    deinit { octets.deallocate() }
  }

  /// The pipes of a process.
  ///
  /// - Parameter holdsStderr: It waits for stdout, or for the end (``StderrHold``).
  init(stdout: FileDescriptor, stderr: FileDescriptor, holdsStderr: Bool, now: Int) {
    self.stdout = OutputStream(descriptor: stdout, kind: .stdout)
    self.stderr = OutputStream(descriptor: stderr, kind: .stderr)
    hold = StderrHold(until: holdsStderr ? now + StderrHold.period : nil)
  }

  /// The one stream of a service that is not connected to yet.
  init() {
    let closed = FileDescriptor(owning: -1)
    stdout = OutputStream(descriptor: closed, kind: .stdout)
    stderr = OutputStream(descriptor: closed, kind: .stderr, isDone: true)
    hold = StderrHold(until: nil)
  }

  /// There is a connection.
  mutating func connect(_ socket: FileDescriptor) { stdout.descriptor = socket }

  var isDone: Bool { stdout.isDone && stderr.isDone }
  var isOpen: Bool { stdout.descriptor.isOpen }
  var descriptors: [FileDescriptor] { [stdout.descriptor, stderr.descriptor] }

  /// What is to be watched, or -1.
  var watchedStdout: Int32 { stdout.isDone ? -1 : stdout.descriptor.number }
  var watchedStderr: Int32 { stderr.isDone || holdsStderr ? -1 : stderr.descriptor.number }

  // MARK: - stderr waits

  /// Whether nothing is read from stderr yet.
  var holdsStderr: Bool { !hold.isOver }

  mutating func releaseStderr() { hold.release() }
  mutating func releaseStderr(ifDue now: Int) { hold.release(ifDue: now) }

  /// Milliseconds until stderr waits no more; nil if it does not wait.
  func timeout(now: Int) -> Int? { hold.timeout(now: now) }

  // MARK: - Reading

  /// What reading brought.
  enum Reading {
    /// Valid until something else is read.
    case octets(UnsafeBufferPointer<UInt8>)
    case nothing
    /// The stream has ended, or had before.
    case end
  }

  mutating func read(_ kind: ResponseWriter.Stream) -> Reading {
    let reading: OutputStream.Reading
    switch kind {
    case .stdout: reading = stdout.read(into: block.octets)
    case .stderr: reading = stderr.read(into: block.octets)
    }
    switch reading {
    case .octets(let count):
      return .octets(UnsafeBufferPointer(rebasing: block.octets[..<count]))
    case .nothing: return .nothing
    case .end: return .end
    }
  }

  /// The program has exited: from now on only what is in the pipe already is read. Returns whether
  /// that is nothing.
  mutating func drain(_ kind: ResponseWriter.Stream) -> Bool {
    switch kind {
    case .stdout: stdout.drain()
    case .stderr: stderr.drain()
    }
    return isDrained(kind)
  }

  /// Whether all has been read that was there when the program exited.
  func isDrained(_ kind: ResponseWriter.Stream) -> Bool {
    kind == .stdout ? stdout.isDrained : stderr.isDrained
  }

  /// Returns false if the stream was closed before.
  mutating func close(_ kind: ResponseWriter.Stream) -> Bool {
    switch kind {
    case .stdout where !stdout.isDone: stdout.close()
    case .stderr where !stderr.isDone: stderr.close()
    default: return false
    }
    return true
  }
}

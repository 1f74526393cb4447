import CXexec

/// A program that was started: its process group, and the server's ends of its pipes.
struct SpawnedProgram {
  let group: ProcessGroup
  /// Becomes readable when the program has exited (pidfd_open(2)). Not open where the system has no
  /// such thing: the exit has to be looked for then.
  let exit: FileDescriptor
  let stdin: FileDescriptor
  let stdout: FileDescriptor
  let stderr: FileDescriptor

  /// Starts `arguments[0]`, an absolute path.
  ///
  /// The program leads a process group of its own, in the folder `home` if that can be entered and
  /// in `/` else. Its signals are as a fresh process has them, and it has no descriptors but the
  /// three pipes.
  ///
  /// Throws the errno: E2BIG for too many arguments, ENOENT, EACCES, EAGAIN and so on.
  init(
    arguments: [OwnedCString], environment: ProgramEnvironment, home: UnsafePointer<CChar>?
  ) throws(Errno) {
    let stdin = try Pipe()
    let stdout = try Pipe()
    let stderr = try Pipe()
    try stdin.writing.setNonblocking()
    try stdout.reading.setNonblocking()
    try stderr.reading.setNonblocking()
    let folder = try SpawnedProgram.workingFolder(home)

    let plan = SpawnPlan()
    try plan.startAfresh()
    try plan.enter(folder)
    try plan.connect(stdin.reading, to: STDIN_FILENO)
    try plan.connect(stdout.writing, to: STDOUT_FILENO)
    try plan.connect(stderr.writing, to: STDERR_FILENO)
    try plan.closeEverythingElse()
    let pid = try plan.spawn(arguments, environment.entries)

    self.group = ProcessGroup(leader: pid)
    self.exit = FileDescriptor(owning: pidfd_open(pid, 0))
    self.stdin = stdin.writing
    self.stdout = stdout.reading
    self.stderr = stderr.reading
  }

  private static func workingFolder(
    _ home: UnsafePointer<CChar>?
  ) throws(Errno) -> FileDescriptor {
    if let home {
      let folder = FileDescriptor(owning: xexec_open_directory(home))
      if folder.canBeEntered { return folder }
    }
    let root = FileDescriptor(owning: xexec_open_directory(("/" as StaticString).cString))
    if !root.isOpen { throw Errno.last }
    return root
  }
}

/// The steps between fork and exec, as `posix_spawn` takes them.
private final class SpawnPlan {
  private var actions = posix_spawn_file_actions_t()
  private var attributes = posix_spawnattr_t()

  init() {
    // these never fail in glibc
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
  }

  deinit {
    posix_spawn_file_actions_destroy(&actions)
    posix_spawnattr_destroy(&attributes)
  }

  /// A process group of its own, no signal blocked or ignored.
  func startAfresh() throws(Errno) {
    // not sigfillset(): it leaves out the two signals that libc keeps for itself, and they would
    // come to the program ignored
    var all = sigset_t()
    memset(&all, 0xFF, MemoryLayout<sigset_t>.size)
    var none = sigset_t()
    sigemptyset(&none)
    try Errno.check(posix_spawnattr_setsigdefault(&attributes, &all))
    try Errno.check(posix_spawnattr_setsigmask(&attributes, &none))
    try Errno.check(posix_spawnattr_setpgroup(&attributes, 0))
    try Errno.check(
      posix_spawnattr_setflags(
        &attributes,
        Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP)))
  }

  func enter(_ folder: FileDescriptor) throws(Errno) {
    try Errno.check(posix_spawn_file_actions_addfchdir_np(&actions, folder.number))
  }

  func connect(_ descriptor: FileDescriptor, to number: Int32) throws(Errno) {
    try Errno.check(posix_spawn_file_actions_adddup2(&actions, descriptor.number, number))
  }

  func closeEverythingElse() throws(Errno) {
    try Errno.check(posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1))
  }

  func spawn(_ arguments: [OwnedCString], _ environment: [OwnedCString]) throws(Errno) -> pid_t {
    let argv = SpawnPlan.nullTerminated(arguments)
    let envp = SpawnPlan.nullTerminated(environment)
    defer {
      argv.deallocate()
      envp.deallocate()
    }
    var pid: pid_t = 0
    let error = posix_spawn(&pid, argv[0].unsafelyUnwrapped, &actions, &attributes, argv, envp)
    try Errno.check(error)
    return pid
  }

  private static func nullTerminated(
    _ strings: [OwnedCString]
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
    let list = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
      capacity: strings.count + 1)
    for index in 0..<strings.count {
      list[index] = UnsafeMutablePointer(mutating: strings[index].start)
    }
    list[strings.count] = nil
    return list
  }
}

import CSpawn
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
  /// The program leads a session of its own, so that no terminal can stop it, and a process group
  /// that it cannot leave. It works in the folder `home` if that can be entered and in `/` else. Its
  /// signals are as a fresh process has them, and it has no descriptors but the three pipes. It does
  /// not outlive this process (see xexec_spawn.h).
  ///
  /// Throws the errno: E2BIG for too many arguments, ENOENT, EACCES, EAGAIN and so on.
  @_optimize(size)
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

    let pid = try SpawnedProgram.spawn(
      arguments, environment.entries, in: folder,
      streams: (stdin.reading.number, stdout.writing.number, stderr.writing.number))
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

  private static func spawn(
    _ arguments: [OwnedCString], _ environment: [OwnedCString], in folder: FileDescriptor,
    streams: (Int32, Int32, Int32)
  ) throws(Errno) -> pid_t {
    let argv = nullTerminated(arguments)
    let envp = nullTerminated(environment)
    defer {
      argv.deallocate()
      envp.deallocate()
    }
    var program = xexec_program()
    program.path = arguments[0].start
    program.argv = UnsafePointer(argv)
    program.envp = UnsafePointer(envp)
    program.folder = folder.number
    program.streams = streams
    let pid = xexec_spawn(&program)
    if pid < 0 { throw Errno.last }
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

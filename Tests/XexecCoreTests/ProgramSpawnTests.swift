import CXexec
import Testing

@testable import XexecCore

@Suite("SpawnedProgram")
struct ProgramSpawnTests {
  /// Starts a program, as a module `Mod`.
  private func spawn(
    _ arguments: [Octets], username: Octets? = nil, home: Octets? = nil, localIP: Octets? = nil,
    remoteIP: Octets? = nil
  ) throws -> SpawnedProgram {
    ignoreSIGPIPE()
    let module = try #require(table([("xexec", "Mod:/x")]).table.modules.first)
    let request = CRequest(
      "mod", username: username, home: home, localIP: localIP, remoteIP: remoteIP)
    var environment = ProgramEnvironment(request: request.request, module: module)
    environment.addMachine()
    return try SpawnedProgram(
      arguments: arguments.map(\.cString), environment: environment, home: request.request.home)
  }

  /// Reads what a program says on stdout, until it has ended.
  private func output(
    of program: SpawnedProgram
  ) throws -> (stdout: Octets, stderr: Octets, status: TerminationStatus) {
    defer { endGroup(program.group.leader) }
    var texts = [Octets(), Octets()]
    let deadline = Clock.now() + patience
    var streams = [program.stdout, program.stderr]
    while streams.contains(where: { $0.isOpen }) {
      guard Clock.now() < deadline else { throw OutOfPatience() }
      let ready = wait(for: streams.map { ($0.number, POLLIN) }, timeout: 1000)
      for index in 0...1 where ready[index] {
        var block = [UInt8](repeating: 0, count: 4096)
        let count = read(streams[index].number, &block, block.count)
        if count > 0 {
          texts[index] += Octets(block.prefix(count))
        } else if count == 0 {
          streams[index].close()
        }
      }
    }
    var status: TerminationStatus?
    try waitUntil("the exit") {
      status = program.group.reapLeader()
      return status != nil
    }
    streams = []
    return (texts[0], texts[1], try #require(status))
  }

  private func stdout(_ arguments: Octets..., home: Octets? = nil) throws -> Octets {
    try output(of: spawn(arguments, home: home)).stdout
  }

  // MARK: - Arguments and environment

  @Test("Each argument reaches the program byte for byte, and no shell is involved")
  func arguments() throws {
    let everyOctet = Octets(UInt8(1)...255)
    let arguments: [Octets] = [
      "", "a b", " ", "'", "\"", "\\", "$HOME", "`id`", "*", "~", "a\nb", "-n", "--", "",
      .raw(0xFF, 0xFE, 0x80), "\u{1F600}", everyOctet, Octets("x", times: 100_000), "%s", "",
    ]
    let format: Octets = #"%s\0"#
    let output = try output(of: spawn(["/usr/bin/printf", format] + arguments))
    #expect(output.stdout == arguments.reduce("") { $0 + $1 + "\u{0}" })
    #expect(output.status == .exited(0))
  }

  @Test("argv[0] is the program's path")
  func programName() throws {
    #expect(try stdout("/bin/sh", "-c", "echo $0") == "/bin/sh\n")
  }

  private var path: Octets {
    getenv("PATH").map { Octets(String(cString: $0)) }
      ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  }

  private func environment(of program: SpawnedProgram) throws -> Set<Octets> {
    let text = try output(of: program).stdout
    return Set(text.array.split(separator: 0).map { Octets($0) })
  }

  private var timeZone: Set<Octets> {
    getenv("TZ").map { ["TZ=" + Octets(String(cString: $0))] } ?? []
  }

  @Test("The environment has what the contract names, and nothing of the server's own")
  func fullEnvironment() throws {
    let program = try spawn(
      ["/usr/bin/env", "-0"], username: "u@x = y", home: "/no\nwhere", localIP: "::1",
      remoteIP: "192.0.2.7")
    #expect(
      try environment(of: program)
        == timeZone.union([
          "PATH=" + path, "USER=u@x = y", "HOME=/no\nwhere", "LOCAL_IP=::1", "IP=192.0.2.7",
          "XEXEC_MODULE=Mod",
        ]))
  }

  @Test("What is not known is not in the environment")
  func poorEnvironment() throws {
    let program = try spawn(["/usr/bin/env", "-0"])
    #expect(
      try environment(of: program) == timeZone.union(["PATH=" + path, "XEXEC_MODULE=Mod"]))
  }

  @Test("What is known to be empty is there")
  func emptyEnvironment() throws {
    let program = try spawn(["/usr/bin/env", "-0"], username: "")
    #expect(try environment(of: program).contains("USER="))
  }

  // MARK: - Descriptors

  @Test("stdin, stdout and stderr are three pipes, and no other descriptor is open")
  func descriptors() throws {
    // some that would be handed down
    var inherited: [Int32] = [-1, -1]
    #expect(pipe(&inherited) == 0)
    defer { for descriptor in inherited { close(descriptor) } }
    // ls opens the folder itself
    #expect(try stdout("/bin/ls", "/proc/self/fd") == "0\n1\n2\n3\n")

    let fds = (0...2).map { Octets("/proc/self/fd/\($0)") }
    let pipes = try output(of: spawn(["/usr/bin/readlink"] + fds)).stdout.responses
    #expect(pipes.count == 3 && Set(pipes).count == 3)
    #expect(pipes.allSatisfy { $0.string.hasPrefix("pipe:[") })
  }

  /// The flags of open(2) that the descriptors of a process have.
  private func flags(of descriptors: [Int32], in process: String) throws -> [Int32] {
    let files = descriptors.map { Octets("/proc/\(process)/fdinfo/\($0)") }
    let lines = try output(of: spawn(["/bin/grep", "-h", "flags:"] + files)).stdout.responses
    return lines.compactMap {
      $0.string.split(whereSeparator: \.isWhitespace).last.flatMap { Int32($0, radix: 8) }
    }
  }

  @Test("The server's ends do not block, and are none of stdin, stdout and stderr")
  func serversEnds() throws {
    let program = try spawn(["/bin/sh", "-c", "read x"])
    let pipes = [program.stdin, program.stdout, program.stderr].map(\.number)
    #expect((pipes + [program.exit.number]).allSatisfy { $0 > 2 })
    let flags = try flags(of: pipes, in: "\(getpid())")
    #expect(flags.count == 3)
    #expect(flags.allSatisfy { $0 & O_NONBLOCK != 0 && $0 & O_CLOEXEC != 0 })
    program.stdin.close()
    #expect(try output(of: program).status == .exited(1))
  }

  @Test("The program's ends do block")
  func programsEnds() throws {
    let flags = try flags(of: [0, 1, 2], in: "self")
    #expect(flags.count == 3)
    #expect(flags.allSatisfy { $0 & O_NONBLOCK == 0 })
  }

  @Test("What goes into stdin comes to the program, and its two outputs are apart")
  func connections() throws {
    let program = try spawn(["/bin/sh", "-c", "read x; echo out $x; echo err $x >&2; exit 7"])
    let line = Octets("hello\n")
    #expect(line.withBuffer { write(program.stdin.number, $0.baseAddress, $0.count) } == 6)
    let output = try output(of: program)
    #expect(output.stdout == "out hello\n")
    #expect(output.stderr == "err hello\n")
    #expect(output.status == .exited(7))
  }

  @Test("The exit descriptor is readable when the program has exited, and not before")
  func exitDescriptor() throws {
    let program = try spawn(["/bin/sh", "-c", "exec >&- 2>&-; read x"])
    // its outputs are closed, it lives
    try waitUntil("the closed outputs") {
      wait(for: [(program.stdout.number, POLLIN), (program.stderr.number, POLLIN)], timeout: 1000)
        == [true, true]
    }
    #expect(wait(for: [(program.exit.number, POLLIN)], timeout: 0) == [false])
    #expect(program.group.reapLeader() == nil)
    program.stdin.close()
    #expect(wait(for: [(program.exit.number, POLLIN)], timeout: patience) == [true])
    #expect(try output(of: program).status == .exited(1))
  }

  // MARK: - Process

  @Test("Signals have their default disposition and none is blocked, whatever the server's have")
  func signals() throws {
    // SIGPIPE is ignored here anyway
    var blocked = sigset_t()
    var before = sigset_t()
    sigemptyset(&blocked)
    sigaddset(&blocked, SIGUSR1)
    sigaddset(&blocked, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &blocked, &before)
    let program = Result { try spawn(["/bin/cat", "/proc/self/status"]) }
    pthread_sigmask(SIG_SETMASK, &before, nil)

    let status = try output(of: program.get()).stdout.string
    for field in ["SigBlk", "SigIgn", "SigCgt"] {
      #expect(status.contains("\n\(field):\t0000000000000000\n"), "\(field) in \(status)")
    }
  }

  @Test("The program leads a session and a process group of its own, without a terminal")
  func group() throws {
    let program = try spawn(["/bin/cat", "/proc/self/stat"])
    let fields = try output(of: program).stdout.string.split(separator: " ")
    // pid, pgrp, session, tty_nr: proc(5)
    #expect(fields[0] == "\(program.group.leader)")
    #expect(fields[4] == "\(program.group.leader)")
    #expect(fields[5] == "\(program.group.leader)")
    #expect(fields[6] == "0")
  }

  @Test("It runs in the user's home")
  func home() throws {
    #expect(
      try stdout("/bin/pwd", "-P", home: "/usr/bin/")
        == (try stdout("/bin/pwd", "-P", home: "/usr/bin")))
    #expect(try stdout("/bin/pwd", "-P", home: "/proc") == "/proc\n")
  }

  @Test(
    "It runs in / where there is no home that can be entered",
    arguments: [nil, "", "/", "/does/not/exist", "/etc/passwd", Octets("/x", times: 5000)]
      as [Octets?])
  func noHome(home: Octets?) throws {
    #expect(try stdout("/bin/pwd", "-P", home: home) == "/\n")
  }

  @Test("A home that may not be entered is none", .enabled(if: geteuid() != 0))
  func closedHome() throws {
    #expect(try stdout("/bin/pwd", "-P", home: "/root") == "/\n")
  }

  // MARK: - Failures

  @Test(
    "What cannot be started tells why",
    arguments: [
      (["/does/not/exist"], ENOENT),
      (["/bin/sh/sh"], ENOTDIR),
      (["/etc/passwd"], EACCES),
      (["/etc"], EACCES),
      ([Octets("/", times: 5000)], ENAMETOOLONG),
      (["/bin/echo", Octets("x", times: 200_000)], E2BIG),
      (["/bin/echo"] + Array(repeating: Octets("x", times: 100_000), count: 200), E2BIG),
    ] as [([Octets], Int32)])
  func failures(arguments: [Octets], expected: Int32) throws {
    let error = thrown(Errno.self) { try spawn(arguments) }
    #expect(error?.code == expected)
  }

  /// How many descriptors this process has open.
  private func openDescriptors() -> Int {
    var all = (0..<Int32(4096)).map { pollfd(fd: $0, events: 0, revents: 0) }
    // fewer where no more are allowed
    while poll(&all, nfds_t(all.count), 0) < 0 && all.count > 256 { all.removeLast(256) }
    return all.count { $0.revents & Int16(POLLNVAL) == 0 }
  }

  @Test("Neither a program nor a failure leaves a descriptor open")
  func leaks() throws {
    // other tests have descriptors open meanwhile, but never so many
    let before = openDescriptors()
    for _ in 0..<150 { #expect(throws: Errno.self) { try spawn(["/does/not/exist"]) } }
    for _ in 0..<50 { _ = try output(of: spawn(["/bin/true"])) }
    #expect(openDescriptors() < before + 100)
  }

  // MARK: - Process groups

  @Test("A signal reaches the whole group, and the group exists until all of it is gone")
  func groupSignals() throws {
    let program = try spawn(["/bin/sh", "-c", "sleep 60 & sleep 60 & echo; wait"])
    try waitUntil("the start") {
      wait(for: [(program.stdout.number, POLLIN)], timeout: 100) == [true]
    }
    #expect(program.group.exists)
    #expect(program.group.reapLeader() == nil)
    program.group.signal(SIGTERM)
    #expect(try output(of: program).status == .signalled(Int(SIGTERM)))
    try waitUntil("the end of the group") { !program.group.exists }
  }

  @Test("The end of a leader that somebody else has waited for is unknown")
  func reapedElsewhere() throws {
    let program = try spawn(["/bin/true"])
    var status: Int32 = 0
    #expect(waitpid(program.group.leader, &status, 0) == program.group.leader)
    #expect(program.group.reapLeader() == .unknown)
  }
}

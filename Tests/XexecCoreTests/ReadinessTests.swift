import CXexec
import Testing

@testable import XexecCore

@Suite("Descriptors as one")
struct ReadinessTests {
  private func isReadable(_ readiness: Readiness) -> Bool {
    wait(for: [(readiness.descriptor.number, POLLIN)], timeout: 0) == [true]
  }

  @Test("It tells what is there to be read, again and again, and nothing of what is not waited for")
  func reading() throws {
    let readiness = try Readiness()
    let (output, errors) = (try Pipe(), try Pipe())
    readiness.wait(
      for: RunWatch(stdout: output.reading.number, stderr: errors.reading.number), hangup: -1)
    #expect(!isReadable(readiness) && readiness.events() == [])
    write(output.writing.number, "x", 1)
    for _ in 0..<2 { #expect(isReadable(readiness) && readiness.events() == .stdout) }
    errors.writing.close()
    #expect(readiness.events() == [.stdout, .stderr])
    readiness.wait(for: RunWatch(stderr: errors.reading.number), hangup: -1)
    #expect(readiness.events() == .stderr)
    readiness.wait(for: RunWatch(), hangup: output.reading.number)
    #expect(readiness.events() == .hangup)
    readiness.wait(for: RunWatch(exit: output.reading.number), hangup: -1)
    #expect(readiness.events() == .exit)
    readiness.wait(for: RunWatch(), hangup: -1)
    #expect(!isReadable(readiness))
  }

  @Test("A stdin that is full is waited for, and may be closed when it is forgotten")
  func writing() throws {
    let readiness = try Readiness()
    let input = try Pipe()
    try input.writing.setNonblocking()
    let block = [UInt8](repeating: 0, count: 65536)
    while write(input.writing.number, block, block.count) > 0 {}
    readiness.wait(for: RunWatch(stdin: input.writing.number), hangup: -1)
    #expect(readiness.events() == [])
    input.reading.discard()
    #expect(readiness.events() == .stdin)
    readiness.forgetStdin()
    #expect(readiness.events() == [])
    input.writing.close()
    readiness.wait(for: RunWatch(), hangup: -1)
    #expect(!isReadable(readiness))
  }

  @Test("Both directions of one socket are told apart, while either comes and goes")
  func socket() throws {
    let readiness = try Readiness()
    let client = try ClientSocket()
    let socket = client.server
    // on the way to a service
    readiness.wait(for: RunWatch(stdin: socket), hangup: -1)
    #expect(readiness.events() == .stdin)
    readiness.wait(for: RunWatch(stdout: socket), hangup: -1)
    #expect(readiness.events() == [])
    readiness.wait(for: RunWatch(stdout: socket, stdin: socket), hangup: -1)
    #expect(readiness.events() == .stdin)
    client.close()
    #expect(readiness.events() == [.stdout, .stdin])
    readiness.forgetStdin()
    readiness.wait(for: RunWatch(stdout: socket), hangup: -1)
    #expect(readiness.events() == .stdout)
    // held
    readiness.wait(for: RunWatch(stdin: socket), hangup: -1)
    #expect(readiness.events() == .stdin)
  }
}

import Glibc
import Testing

@testable import xexec_modules

@Suite("Who is at the other end of a service's socket")
struct CallerTests {
  @Test("The account of a local socket's other end, and of nothing else")
  func account() {
    var pair: [Int32] = [-1, -1]
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
    #expect(Caller.account(of: pair[0]) == geteuid())
    close(pair[0])
    close(pair[1])
    let tcp = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #expect(Caller.account(of: tcp) == nil)
    close(tcp)
    #expect(Caller.account(of: -1) == nil)
  }

  @Test("An account has its own name and no other")
  func names() {
    #expect(Caller.isAccount(0, named: "root"))
    #expect(!Caller.isAccount(1, named: "root"))
    #expect(!Caller.isAccount(0, named: "nobody"))
    #expect(!Caller.isAccount(0, named: "no such account"))
    #expect(!Caller.isAccount(0, named: ""))
  }
}
